// Package footage is the worker of the ingest-footage example: it archives, splits, transcodes, transcribes, merges and
// captions footage. What is done with which kind of file, by whom and in which order is not here but in the definitions of
// workflows (workflows/*.json) and event handlers (events/*.json).
//
// Footage is text, a scene per line, so that the example runs anywhere: transcoding compresses it, a transcript is what is
// said between quotation marks.
package footage

import (
	"bytes"
	"compress/gzip"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/conductor-sdk/conductor-go/sdk/model"

	"github.com/podium-cloud/podium/examples/internal/example"
)

//go:embed workflows/*.json events/*.json
var definitions embed.FS

// scenes is how many there are in a chunk.
const scenes = 5

// Studio does the work of the example's tasks on the files of a folder: landed/ in; archive/, masters/ and captions/ out.
// Every step may run twice for the same task and leaves the same files both times.
type Studio struct {
	Folder *os.Root
	Opus   func() bool                    // whether sound in Opus can be transcribed; without, such chunks fail for good
	Done   func(step, file, chunk string) // told of each step that is about to be done; may be nil
}

// Example makes the example.
func (s *Studio) Example() example.Example {
	return example.Example{
		Definitions: definitions, Workflow: "footage_landed",
		Steps: map[string]model.ExecuteTaskFunction{
			"archive_footage":  s.step(s.archive),
			"split_cut":        s.step(s.split),
			"transcode_chunk":  s.step(s.transcode),
			"transcribe_chunk": s.step(s.transcribe),
			"merge_chunks":     s.step(s.merge),
			"caption_cut":      s.step(s.caption),
		},
	}
}

// work is the input of every step.
type work struct {
	File   string   `json:"file"`
	Chunk  string   `json:"chunk"`
	Chunks []string `json:"chunks"`
}

type output map[string]any

func (s *Studio) step(f func(work) (output, error)) model.ExecuteTaskFunction {
	return example.Step(func(t *model.Task, in work) (output, error) {
		if s.Done != nil {
			s.Done(t.TaskDefName, in.File, in.Chunk)
		}
		return f(in)
	})
}

func (s *Studio) archive(in work) (output, error) {
	content, err := s.landed(in.File)
	if err != nil {
		return nil, err
	}
	return s.put(path.Join("archive", in.File), content)
}

func (s *Studio) split(in work) (output, error) {
	content, err := s.landed(in.File)
	if err != nil {
		return nil, err
	}
	var chunks []string
	for lines := range slices.Chunk(slices.Collect(strings.Lines(string(content))), scenes) {
		chunk := fmt.Sprintf("%03d", len(chunks)+1)
		chunks = append(chunks, chunk)
		if _, err := s.put(piece(in.File, chunk, "txt"), []byte(strings.Join(lines, ""))); err != nil {
			return nil, err
		}
	}
	return output{"chunks": chunks}, nil
}

func (s *Studio) transcode(in work) (output, error) {
	content, err := s.Folder.ReadFile(piece(in.File, in.Chunk, "txt"))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err = w.Write(content)
	if err := errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	return s.put(piece(in.File, in.Chunk, "gz"), b.Bytes())
}

var said = regexp.MustCompile(`"[^"]*"`)

func (s *Studio) transcribe(in work) (output, error) {
	content, err := s.Folder.ReadFile(piece(in.File, in.Chunk, "txt"))
	if err != nil {
		return nil, err
	}
	if bytes.Contains(content, []byte("[opus]")) && !s.Opus() {
		return nil, example.Permanent("chunk %s of %s: sound in Opus cannot be read", in.Chunk, in.File)
	}
	return s.put(piece(in.File, in.Chunk, "srt"), append(bytes.Join(said.FindAll(content, -1), []byte("\n")), '\n'))
}

func (s *Studio) merge(in work) (output, error)   { return s.together(in, "gz", "masters") }
func (s *Studio) caption(in work) (output, error) { return s.together(in, "srt", "captions") }

func (s *Studio) together(in work, kind, folder string) (output, error) {
	var whole []byte
	for _, chunk := range in.Chunks {
		content, err := s.Folder.ReadFile(piece(in.File, chunk, kind))
		if err != nil {
			return nil, err
		}
		whole = append(whole, content...)
	}
	return s.put(path.Join(folder, in.File+"."+kind), whole)
}

func piece(file, chunk, kind string) string { return path.Join("chunks", file, chunk+"."+kind) }

func (s *Studio) landed(file string) ([]byte, error) {
	content, err := s.Folder.ReadFile(path.Join("landed", file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, example.Permanent("file: %s has not landed", file)
	}
	return content, err
}

func (s *Studio) put(file string, content []byte) (output, error) {
	if err := s.Folder.MkdirAll(path.Dir(file), 0o750); err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	if err := s.Folder.WriteFile(file, content, 0o640); err != nil {
		return nil, fmt.Errorf("write %s: %w", file, err)
	}
	return output{"file": file}, nil
}
