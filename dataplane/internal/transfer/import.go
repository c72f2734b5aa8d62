package transfer

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/podium-cloud/podium/dataplane/internal/payload"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Bounds of what is committed at a time.
const (
	groupSize  = 256     // executions
	groupBytes = 4 << 20 // of payloads
)

// Target is what a file is brought into.
type Target struct {
	Store    store.Store
	Payloads payload.Store // nil: a file with payloads outside of the store is refused
	// Document changes a document on its way; nil leaves it out. A nil Document leaves all as they are.
	Document func(store.Doc) (*store.Doc, error)
}

// Import reads a file into a store. Definitions and documents take the place of those of the same name; an execution that is
// there already is left as it is, so an import that broke off may be made again. The revisions of executions begin
// anew. An error leaves what was imported before.
func Import(ctx context.Context, to Target, from io.Reader) (Manifest, Counts, error) {
	i := importer{to: to, store: to.Store}
	err := i.read(ctx, from, i.record)
	if err != nil {
		return i.manifest, i.done, fmt.Errorf("import: %w", err)
	}
	return i.manifest, i.done, nil
}

// Verify reads a file to its end and says what is in it. docs, unless it is nil, is called for every document.
func Verify(ctx context.Context, from io.Reader, docs func(store.Doc) error) (Manifest, Counts, error) {
	i := importer{}
	err := i.read(ctx, from, func(_ context.Context, kind byte, parts [][]byte) error {
		switch {
		case kind == execution:
			c, _, err := decode(parts)
			if err == nil {
				i.done.Executions++
				i.done.Tasks += len(c.Tasks)
			}
			return err
		case kind == document && len(parts) == 3:
			i.done.Documents++
			if docs != nil {
				return docs(store.Doc{Kind: string(parts[0]), Key: string(parts[1]), Value: parts[2]})
			}
		case kind == outer && len(parts) == 2:
			i.done.Payloads++
		case len(parts) == 1 && (kind == workflowDef || kind == taskDef || kind == schema):
			i.done.Definitions++
		default:
			return fmt.Errorf("%w: there is no record %q of %d parts", errDamaged, kind, len(parts))
		}
		return ctx.Err()
	})
	return i.manifest, i.done, err
}

type importer struct {
	to       Target
	store    store.Store
	reader   *reader
	manifest Manifest
	done     Counts

	group []*store.Change
	bytes int
}

// read calls each for the records between the first and the last.
func (i *importer) read(ctx context.Context, from io.Reader, each func(ctx context.Context, kind byte, parts [][]byte) error) error {
	buffered := bufio.NewReader(from)
	line := make([]byte, len(heading))
	if _, err := io.ReadFull(buffered, line); err != nil || string(line) != heading {
		return fmt.Errorf("this is no export of a data plane in a format of this release; it does not begin with %q", heading)
	}
	expanded, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return err
	}
	defer expanded.Close()
	i.reader = newReader(expanded)
	kind, parts, err := i.reader.next()
	if err != nil {
		return err
	}
	if kind != manifest || len(parts) != 1 || json.Unmarshal(parts[0], &i.manifest) != nil {
		return fmt.Errorf("%w: it has no manifest", errDamaged)
	}
	for {
		kind, parts, err := i.reader.next()
		if err != nil {
			return err
		}
		if kind == end {
			return i.finish(ctx, parts[0])
		}
		if err := each(ctx, kind, parts); err != nil {
			return err
		}
	}
}

func (i *importer) record(ctx context.Context, kind byte, parts [][]byte) error {
	switch {
	case kind == execution:
		return i.execution(ctx, parts)
	case kind == document && len(parts) == 3:
		i.done.Documents++
		return i.document(ctx, &store.Doc{Kind: string(parts[0]), Key: string(parts[1]), Value: parts[2]})
	case kind == outer && len(parts) == 2:
		i.done.Payloads++
		if i.to.Payloads == nil {
			return errors.New("the file holds payloads that lie outside of the store, and there is no place for them")
		}
		return i.to.Payloads.Put(ctx, string(parts[0]), parts[1])
	case len(parts) != 1:
		return errDamaged
	}
	i.done.Definitions++
	switch kind {
	case workflowDef:
		return put(ctx, parts[0], i.store.PutDefs)
	case taskDef:
		return put(ctx, parts[0], i.store.PutTaskDefs)
	case schema:
		return put(ctx, parts[0], i.store.PutSchemas)
	}
	return fmt.Errorf("%w: there is no record %q", errDamaged, kind)
}

func (i *importer) document(ctx context.Context, d *store.Doc) (err error) {
	if i.to.Document != nil {
		if d, err = i.to.Document(*d); err != nil || d == nil {
			return err
		}
	}
	return i.store.PutDocs(ctx, *d)
}

func put[T any](ctx context.Context, b []byte, to func(context.Context, ...*T) error) error {
	v := new(T)
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	return to(ctx, v)
}

func (i *importer) execution(ctx context.Context, parts [][]byte) error {
	c, logs, err := decode(parts)
	if err != nil {
		return err
	}
	i.done.Executions++
	i.done.Tasks += len(c.Tasks)
	_, err = i.store.Load(ctx, c.ID, false)
	if err == nil {
		i.done.There++
		return nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	c.Header.Rev, c.Carried = 1, true
	// The logs come first: an execution that is there has all of them.
	for task, lines := range logs {
		if err := i.logs(ctx, task, lines); err != nil {
			return err
		}
	}
	i.group = append(i.group, c)
	for _, p := range parts {
		i.bytes += len(p)
	}
	if len(i.group) >= groupSize || i.bytes >= groupBytes {
		return i.commit(ctx)
	}
	return nil
}

// logs adds the lines that an import which broke off has not added.
func (i *importer) logs(ctx context.Context, task string, lines []workflow.TaskLog) error {
	there, err := i.store.Logs(ctx, task)
	if err != nil || len(there) >= len(lines) {
		return err
	}
	return i.store.AddLogs(ctx, task, lines[len(there):])
}

func (i *importer) commit(ctx context.Context) error {
	wait, err := i.store.Commit(ctx, nil, i.group)
	if err == nil {
		err = wait()
	}
	i.group, i.bytes = nil, 0
	return err
}

// finish commits what is left and compares the counts.
func (i *importer) finish(ctx context.Context, counts []byte) error {
	if i.group != nil {
		if err := i.commit(ctx); err != nil {
			return err
		}
	}
	var said Counts
	if err := json.Unmarshal(counts, &said); err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	got := i.done
	got.There = 0
	if said != got {
		return fmt.Errorf("%w: it holds %+v and says %+v", errDamaged, got, said)
	}
	return nil
}
