// Package transfer carries a whole data plane from one store to another by way of a file: executions with their tasks, logs
// and outstanding work, definitions, schemas, documents, and the payloads that lie outside of the store.
//
// The file is a line that names the format and its version, and behind it a zstd stream of records (record.go). The first
// record is the [Manifest]. The last one holds the counts of the others and the SHA-256 of all that comes before it, so a file
// that was cut off or changed is noticed. All of that may be sealed (seal.go), and is an age file then.
package transfer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/payload"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// heading is the first line of a file.
const heading = "podium data plane 2\n"

// Kinds of records, with their parts.
const (
	manifest    = 'm' // JSON
	workflowDef = 'd' // JSON
	taskDef     = 't' // JSON
	schema      = 's' // JSON
	document    = 'c' // kind, key, value
	execution   = 'e' // see encode
	outer       = 'p' // a payload outside of the store: path, content
	end         = 'z' // JSON of Counts, SHA-256
)

// Counts says how much was carried.
type Counts struct {
	Executions  int
	Tasks       int
	Definitions int // of workflows and tasks, and schemas
	Documents   int
	Payloads    int // that lie outside of the store
	There       int // executions that were not imported as the store has them already
}

// Manifest says what a file is a copy of.
type Manifest struct {
	ClusterID string    `json:"clusterId"`
	Software  string    `json:"software"` // version that wrote it
	TakenAt   time.Time `json:"takenAt"`
	// SecretKey opens the secrets in the file. It is sealed to whom the file is sealed to, also when the file was opened since;
	// nil in a file that was never sealed.
	SecretKey []byte `json:"secretKey,omitempty"`
}

// largest is the most that a payload outside of the store may have, in bytes.
const largest = maxPart

// meta is what an execution has beside its payloads.
type meta struct {
	Header  *decide.Header
	Work    []store.Work                  `json:",omitempty"`
	Own     *decide.Outstanding           `json:",omitempty"`
	Summary *workflow.Summary             `json:",omitempty"` // without input and output, whose excerpts may be no text
	Tasks   []store.Ref                   `json:",omitempty"`
	Logs    map[string][]workflow.TaskLog `json:",omitempty"`
}

// parts of an execution's record before those of its tasks: meta, plan, input, variables, output, and the excerpts of input
// and output in the search row.
const fixedParts = 7

// Export writes everything in a view, and the payloads beside it; nil: there are none. A payload whose execution is removed
// meanwhile is left out.
func Export(ctx context.Context, v store.View, beside payload.Store, m Manifest, to io.Writer) (Counts, error) {
	var n Counts
	if _, err := io.WriteString(to, heading); err != nil {
		return n, fmt.Errorf("export: %w", err)
	}
	compressed, err := zstd.NewWriter(to, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return n, fmt.Errorf("export: %w", err)
	}
	w := newWriter(compressed)
	head, err := json.Marshal(m)
	if err == nil {
		err = w.write(manifest, head)
	}
	if err == nil {
		err = exportAll(ctx, v, w, &n)
	}
	if err == nil && beside != nil {
		err = exportPayloads(ctx, beside, w, &n)
	}
	if err != nil {
		return n, fmt.Errorf("export: %w", err)
	}
	if err := w.finish(n); err != nil {
		return n, fmt.Errorf("export: %w", err)
	}
	if err := compressed.Close(); err != nil {
		return n, fmt.Errorf("export: %w", err)
	}
	return n, nil
}

func exportAll(ctx context.Context, s store.View, w *writer, n *Counts) error {
	if err := exportConfiguration(ctx, s, w, n); err != nil {
		return err
	}
	plans := map[string]bool{} // written already
	return s.Each(ctx, func(c *store.Change, logs map[string][]workflow.TaskLog) error {
		parts, err := encode(c, logs)
		if err != nil {
			return fmt.Errorf("encode %s: %w", c.ID, err)
		}
		if plans[c.Header.Plan] {
			parts[1] = nil
		}
		plans[c.Header.Plan] = true
		n.Executions++
		n.Tasks += len(c.Tasks)
		return w.write(execution, parts...)
	})
}

func exportConfiguration(ctx context.Context, s store.View, w *writer, n *Counts) error {
	defs, err := s.Defs(ctx)
	if err == nil {
		err = writeJSON(w, workflowDef, defs)
	}
	if err != nil {
		return err
	}
	tasks, err := s.TaskDefs(ctx)
	if err == nil {
		err = writeJSON(w, taskDef, tasks)
	}
	if err != nil {
		return err
	}
	schemas, err := s.Schemas(ctx)
	if err == nil {
		err = writeJSON(w, schema, schemas)
	}
	if err != nil {
		return err
	}
	n.Definitions = len(defs) + len(tasks) + len(schemas)
	kinds, err := s.DocKinds(ctx)
	if err != nil {
		return err
	}
	for _, kind := range kinds {
		docs, err := s.Docs(ctx, kind)
		if err != nil {
			return err
		}
		for _, d := range docs {
			if err := w.write(document, []byte(d.Kind), []byte(d.Key), d.Value); err != nil {
				return err
			}
			n.Documents++
		}
	}
	return nil
}

func exportPayloads(ctx context.Context, from payload.Store, w *writer, n *Counts) error {
	return from.Each(ctx, func(path string) error {
		b, err := from.Get(ctx, path, largest)
		if errors.Is(err, payload.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		n.Payloads++
		return w.write(outer, []byte(path), b)
	})
}

func writeJSON[T any](w *writer, kind byte, all []T) error {
	for _, v := range all {
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if err := w.write(kind, b); err != nil {
			return err
		}
	}
	return nil
}

func encode(c *store.Change, logs map[string][]workflow.TaskLog) ([][]byte, error) {
	m := meta{Header: c.Header, Work: c.Work, Own: c.Own, Logs: logs}
	parts := make([][]byte, fixedParts, fixedParts+3*len(c.Tasks))
	parts[1] = c.Plan
	for i, p := range []*workflow.Payload{c.Input, c.Variables, c.Output} {
		if p != nil {
			parts[2+i] = *p
		}
	}
	if c.Summary != nil {
		sum := *c.Summary
		parts[5], parts[6] = []byte(sum.Input), []byte(sum.Output)
		sum.Input, sum.Output = "", ""
		m.Summary = &sum
	}
	for _, t := range c.Tasks {
		m.Tasks = append(m.Tasks, store.Ref{Seq: t.Seq, ID: t.ID})
		parts = append(parts, t.Task, t.Input, t.Output)
	}
	var err error
	parts[0], err = json.Marshal(m)
	return parts, err
}

func decode(parts [][]byte) (*store.Change, map[string][]workflow.TaskLog, error) {
	var m meta
	if len(parts) < fixedParts {
		return nil, nil, errDamaged
	}
	if err := json.Unmarshal(parts[0], &m); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	if m.Header == nil || len(parts) != fixedParts+3*len(m.Tasks) {
		return nil, nil, errDamaged
	}
	c := &store.Change{ID: m.Header.ID, Header: m.Header, Work: m.Work, Own: m.Own, Summary: m.Summary}
	if len(parts[1]) > 0 {
		c.Plan = parts[1]
	}
	for i, p := range []**workflow.Payload{&c.Input, &c.Variables, &c.Output} {
		*p = new(workflow.Payload(parts[2+i]))
	}
	if c.Summary != nil {
		c.Summary.Input, c.Summary.Output = string(parts[5]), string(parts[6])
	}
	for i, ref := range m.Tasks {
		t := parts[fixedParts+3*i:]
		c.Tasks = append(c.Tasks, store.Row{Seq: ref.Seq, ID: ref.ID, New: true, Task: t[0], Input: t[1], Output: t[2]})
	}
	return c, m.Logs, nil
}
