package transfer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Bounds of what is committed at a time.
const (
	groupSize  = 256     // executions
	groupBytes = 4 << 20 // of payloads
)

type importer struct {
	store  store.Store
	reader *reader
	done   Counts

	group []*store.Change
	bytes int
}

func (i *importer) run(ctx context.Context) error {
	for {
		kind, parts, err := i.reader.next()
		if err != nil {
			return err
		}
		if kind == end {
			return i.finish(ctx, parts[0])
		}
		if err := i.record(ctx, kind, parts); err != nil {
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
		return i.store.PutDocs(ctx, store.Doc{Kind: string(parts[0]), Key: string(parts[1]), Value: parts[2]})
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
