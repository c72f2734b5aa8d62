package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/podium-cloud/podium/dataplane/edgeproc"
)

// report is what bench found, to be written as Markdown.
type report struct {
	machine   machine
	footprint Footprint
	rows      []row
	after     edgeproc.Usage // of the edge, after all scenarios
}

type row struct {
	options    Options
	null, edge measured
}

func (r report) write(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Machine: %s. Load, null server and edge share it.\n\n", r.machine)
	table(&b, []string{
		"scenario", "counted", "null server, per s", "edge, per s", "edge / null", "p50 ms", "p95 ms", "p99 ms", "server time each, ms",
	})
	for _, row := range r.rows {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row.cells(), " | "))
	}
	f := r.footprint
	b.WriteByte('\n')
	table(&b, []string{"edge binary", ""})
	fmt.Fprintf(&b, "| size | %.1f MiB |\n", f.BinaryMiB)
	fmt.Fprintf(&b, "| exec to first answer, median of %d (worst) | %.0f ms (%.0f ms) |\n", len(f.StartMs), f.MedianStart, f.StartMs[len(f.StartMs)-1])
	fmt.Fprintf(&b, "| resident memory, idle | %.1f MiB |\n", f.IdleMiB)
	fmt.Fprintf(&b, "| resident memory, after all scenarios (peak) | %.1f MiB (%.1f MiB) |\n", mebibytes(r.after.Resident), mebibytes(r.after.Peak))
	_, err := w.Write(b.Bytes())
	return err
}

// table begins a table: the first column is text, the others are figures.
func table(b *bytes.Buffer, columns []string) {
	fmt.Fprintf(b, "| %s |\n| --- |%s\n", strings.Join(columns, " | "), strings.Repeat(" ---: |", len(columns)-1))
}

func (r row) cells() []string {
	unit, null := r.null.rate()
	_, edge := r.edge.rate()
	cells := []string{describe(r.options), unit, fmt.Sprintf("%.0f", null), fmt.Sprintf("%.0f", edge), fmt.Sprintf("%.0f %%", 100*edge/null)}
	if l := r.edge.Latency; l != nil {
		cells = append(cells, fmt.Sprintf("%.1f", l.P50), fmt.Sprintf("%.1f", l.P95), fmt.Sprintf("%.1f", l.P99))
	} else {
		cells = append(cells, "", "", "")
	}
	return append(cells, fmt.Sprintf("%.3f", 1000*r.edge.cpu.Seconds()/(edge*r.edge.Seconds)))
}

// rate is what the scenario is about, per second, and what it counts.
func (m measured) rate() (unit string, perSecond float64) {
	switch m.Scenario {
	case "poll":
		return "polls", m.PollsPerSec
	case "fanout":
		return "branches", m.TasksPerSec
	}
	return "workflows", m.WorkflowsPerSec
}

// describe names a scenario with the flags that repeat it.
func describe(o Options) string {
	switch o.Scenario {
	case "poll":
		return fmt.Sprintf("`poll -c %d -duration %s`", o.Concurrency, o.Duration)
	case "fanout":
		return fmt.Sprintf("`fanout -width %d -n %d -c %d`", o.Width, o.Workflows, o.Concurrency)
	}
	return fmt.Sprintf("`%s -n %d -c %d`", o.Scenario, o.Workflows, o.Concurrency)
}
