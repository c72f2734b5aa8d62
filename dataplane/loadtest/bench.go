package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/podium-cloud/podium/dataplane/edgeproc"
)

// plan is what bench runs, in this order. Fan-outs run about as many branches at every width, so that their time per
// branch can be compared.
func plan(scale float64) []Options {
	n := func(workflows int) int { return max(1, int(float64(workflows)*scale)) }
	return []Options{
		{Scenario: "simple", Workflows: n(5000), Concurrency: 50},
		{Scenario: "system", Workflows: n(5000), Concurrency: 50},
		{Scenario: "sync", Workflows: n(1000), Concurrency: 1},
		{Scenario: "fanout", Workflows: n(1000), Concurrency: 20, Width: 10},
		{Scenario: "fanout", Workflows: n(100), Concurrency: 4, Width: 100},
		{Scenario: "fanout", Workflows: n(20), Concurrency: 1, Width: 1000},
		{Scenario: "fanout", Workflows: n(2), Concurrency: 1, Width: 10000},
		{Scenario: "backlog", Workflows: n(5000), Concurrency: 50},
		{Scenario: "poll", Concurrency: 1000, Duration: time.Duration(scale * float64(10*time.Second))},
	}
}

// measured is the result of a scenario on one server.
type measured struct {
	Result
	cpu time.Duration // processor time that the server took for it
}

// bench measures the null server and an edge, each a process of its own, scenario by scenario, and writes a report.
func bench(ctx context.Context, binary string, scale float64, out io.Writer) error {
	footprint, err := measureFootprint(ctx, binary)
	if err != nil {
		return err
	}
	ceiling, err := startNull(ctx)
	if err != nil {
		return err
	}
	defer ceiling.stop()
	r := report{machine: thisMachine(), footprint: footprint}
	if r.machine.syncTime, err = syncTime(os.TempDir()); err != nil {
		return err
	}
	err = withEdge(ctx, binary, func(edge *edgeproc.Process) error {
		for _, o := range plan(scale) {
			fmt.Fprintf(os.Stderr, "%s\n", describe(o))
			null, err := measure(ctx, o, ceiling.node())
			if err != nil {
				return fmt.Errorf("null server: %w", err)
			}
			real, err := measure(ctx, o, node{edge.API, edge.PID()})
			if err != nil {
				return fmt.Errorf("edge: %w", err)
			}
			r.rows = append(r.rows, row{options: o, null: null, edge: real})
		}
		usage, err := settled(ctx, edge.PID())
		r.after = usage
		return err
	})
	if err != nil {
		return err
	}
	return r.write(out)
}

// node is a process of the server that is measured.
type node struct {
	api string // http://127.0.0.1:port/api
	pid int
}

// usageOf adds up what nodes have taken.
func usageOf(nodes []node) (sum edgeproc.Usage, err error) {
	for _, n := range nodes {
		u, err := edgeproc.UsageOf(n.pid)
		if err != nil {
			return sum, err
		}
		sum.CPU += u.CPU
		sum.Resident += u.Resident
	}
	return sum, nil
}

// measure puts a load on the nodes of a server, which are called in turn.
func measure(ctx context.Context, o Options, nodes ...node) (measured, error) {
	before, err := usageOf(nodes)
	if err != nil {
		return measured{}, err
	}
	var bases []string
	for _, n := range nodes {
		bases = append(bases, n.api)
	}
	c := newConductor(bases...)
	defer c.close()
	result, err := Run(ctx, c, o)
	if err == nil {
		err = result.Err()
	}
	if err != nil {
		return measured{}, fmt.Errorf("%s: %w", describe(o), err)
	}
	after, err := usageOf(nodes)
	return measured{Result: result, cpu: after.CPU - before.CPU}, err
}

// startNull starts this program's null server as a process of its own and returns when it answers.
func startNull(ctx context.Context) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	listen, err := edgeproc.FreeAddress(ctx)
	if err != nil {
		return nil, err
	}
	origin := "http://" + listen
	return startChild(ctx, origin, answers(origin), "", self, "null", "--listen", listen)
}
