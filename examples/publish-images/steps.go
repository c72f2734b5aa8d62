package publish

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"

	"github.com/conductor-sdk/conductor-go/sdk/model"

	"github.com/podium-cloud/podium/examples/internal/example"
)

// Publisher does the work of the example's tasks. Every step may run twice for the same task (a worker that dies after
// the work and before its report) and leaves the same files both times.
type Publisher struct {
	library *os.Root // originals
	work    *os.Root // encoded images on their way
	network *Network
}

// Open makes a publisher that reads originals in the folder library and keeps its own files, the delivery network
// included, in the folder data. Both folders are made when they are absent.
func Open(library, data string) (*Publisher, error) {
	originals, err := openFolder(library)
	if err != nil {
		return nil, err
	}
	work, err := openFolder(path.Join(data, "work"))
	if err != nil {
		return nil, errors.Join(err, originals.Close())
	}
	network, err := OpenNetwork(path.Join(data, "cdn"))
	if err != nil {
		return nil, errors.Join(err, originals.Close(), work.Close())
	}
	return &Publisher{library: originals, work: work, network: network}, nil
}

// Close releases the folders; the files stay.
func (p *Publisher) Close() error {
	return errors.Join(p.library.Close(), p.work.Close(), p.network.Close())
}

func openFolder(dir string) (*os.Root, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	return os.OpenRoot(dir)
}

type inspectInput struct {
	Image string `json:"image"`
}

// Picture describes an encoded image.
type Picture struct {
	Format string `json:"format"` // png, jpeg or gif
	Width  int    `json:"width"`  // pixels
	Height int    `json:"height"` // pixels
}

func (p *Publisher) inspect(_ *model.Task, in inspectInput) (Picture, error) {
	original, err := p.original(in.Image)
	if err != nil {
		return Picture{}, err
	}
	picture, err := Inspect(bytes.NewReader(original))
	if err != nil {
		return Picture{}, example.Permanent("image: %s: %w", in.Image, err)
	}
	return picture, nil
}

// original reads an image of the library. A name that is missing or leaves the library is an error for good.
func (p *Publisher) original(name string) ([]byte, error) {
	if name == "" {
		return nil, example.Permanent("image: missing; give the name of a file in the library")
	}
	b, err := p.library.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, example.Permanent("image: the library has no %s", name)
	}
	if err != nil {
		return nil, example.Permanent("image: %w", err)
	}
	return b, nil
}

type encodeInput struct {
	Image  string `json:"image"`
	Format string `json:"format"`
	Width  int    `json:"width"`
}

type encodeOutput struct {
	Picture
	File  string `json:"file"`
	Bytes int    `json:"bytes"`
}

func (p *Publisher) encode(t *model.Task, in encodeInput) (encodeOutput, error) {
	original, err := p.original(in.Image)
	if err != nil {
		return encodeOutput{}, err
	}
	var encoded bytes.Buffer
	picture, err := Encode(&encoded, bytes.NewReader(original), in.Format, in.Width)
	if err != nil {
		return encodeOutput{}, example.Permanent("%s: %w", in.Image, err)
	}
	if err := p.work.MkdirAll(t.WorkflowInstanceId, 0o750); err != nil {
		return encodeOutput{}, fmt.Errorf("make work folder: %w", err)
	}
	file := path.Join(t.WorkflowInstanceId, fmt.Sprintf("%d.%s", picture.Width, picture.Format))
	if err := p.work.WriteFile(file, encoded.Bytes(), 0o640); err != nil {
		return encodeOutput{}, fmt.Errorf("write encoded image: %w", err)
	}
	return encodeOutput{Picture: picture, File: file, Bytes: encoded.Len()}, nil
}

type deployInput struct {
	Show    string `json:"show"`
	Country string `json:"country"`
	File    string `json:"file"`
}

type deployOutput struct {
	Path string `json:"path"` // on the delivery network
}

func (p *Publisher) deploy(_ *model.Task, in deployInput) (deployOutput, error) {
	for field, value := range map[string]string{"show": in.Show, "country": in.Country, "file": in.File} {
		if value == "" {
			return deployOutput{}, example.Permanent("%s: missing", field)
		}
	}
	encoded, err := p.work.ReadFile(in.File)
	if err != nil {
		return deployOutput{}, fmt.Errorf("read encoded image: %w", err)
	}
	target := path.Join(in.Show, in.Country, path.Base(in.File))
	if err := p.network.Put(target, encoded); err != nil {
		return deployOutput{}, err
	}
	return deployOutput{Path: target}, nil
}

type verifyInput struct {
	Path string `json:"path"`
	Picture
}

type verifyOutput struct {
	Verified bool `json:"verified"`
}

// verify is the flaky step: the first look at an edge that has no copy fails, and the retry finds one.
func (p *Publisher) verify(_ *model.Task, in verifyInput) (verifyOutput, error) {
	served, err := p.network.Get(in.Path)
	if err != nil {
		return verifyOutput{}, err
	}
	got, err := Inspect(bytes.NewReader(served))
	if err != nil {
		return verifyOutput{}, fmt.Errorf("the edge serves %s damaged: %w", in.Path, err)
	}
	if got != in.Picture {
		return verifyOutput{}, example.Permanent("the edge serves %s as %v, want %v", in.Path, got, in.Picture)
	}
	return verifyOutput{Verified: true}, nil
}

type notifyInput struct {
	Show      string                    `json:"show"`
	Country   string                    `json:"country"`
	Published map[string]map[string]any `json:"published"` // output of each branch, by its reference name
}

type notifyOutput struct {
	Notification string   `json:"notification"` // file that holds the message
	Published    []string `json:"published"`    // paths on the delivery network, sorted
}

// notify leaves a message for the team. It is one file per workflow, so that a repeated call tells nothing twice.
func (p *Publisher) notify(t *model.Task, in notifyInput) (notifyOutput, error) {
	out := notifyOutput{Notification: path.Join("notifications", t.WorkflowInstanceId+".json")}
	for _, branch := range slices.Sorted(maps.Keys(in.Published)) {
		target, ok := in.Published[branch]["path"].(string)
		if !ok {
			return notifyOutput{}, example.Permanent("published: branch %s has no path", branch)
		}
		out.Published = append(out.Published, target)
	}
	slices.Sort(out.Published)
	message, err := json.MarshalIndent(map[string]any{
		"to": "team of " + in.Show, "country": in.Country, "published": out.Published,
	}, "", "  ")
	if err != nil {
		return notifyOutput{}, fmt.Errorf("encode message: %w", err)
	}
	if err := p.network.Leave(out.Notification, message); err != nil {
		return notifyOutput{}, err
	}
	return out, nil
}
