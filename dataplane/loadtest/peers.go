package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/podium-cloud/podium/dataplane/edgeproc"
)

// peers says where the servers are that are measured beside each other. What is empty is left out, and the report says so.
type peers struct {
	edge, cloud  string // binaries of Podium
	postgres     string // URL of an empty database for Podium
	redis        string // URL
	conductor    string // the reference server's jar
	conductorDB  string // URL of an empty database for it, over TCP: postgres://user@host:port/db
	java         string // of version 21 or later
	temporal     string // Temporal's command line, which holds its development server
	temporalLoad string // the program in loadtest/temporal
	scale        float64
}

func peersCommand(flags *flag.FlagSet, args []string) (func(context.Context, io.Writer) error, error) {
	var p peers
	flags.StringVar(&p.edge, "edge", "bin/edge", "edge binary")
	flags.StringVar(&p.cloud, "dataplane", "bin/dataplane", "cloud binary")
	flags.StringVar(&p.postgres, "postgres", os.Getenv("PODIUM_TEST_POSTGRES"), "URL of an empty PostgreSQL database for Podium")
	flags.StringVar(&p.redis, "redis", os.Getenv("PODIUM_TEST_REDIS"), "URL of a Redis server")
	flags.StringVar(&p.conductor, "conductor", "", "jar of Conductor OSS (org.conductoross:conductor-server, boot)")
	flags.StringVar(&p.conductorDB, "conductor-postgres", "", "URL of an empty PostgreSQL database for Conductor OSS")
	flags.StringVar(&p.java, "java", "java", "Java 21 or later")
	flags.StringVar(&p.temporal, "temporal", "", "Temporal's command line")
	flags.StringVar(&p.temporalLoad, "temporal-load", "", "load program for Temporal, built from loadtest/temporal")
	flags.Float64Var(&p.scale, "scale", 1, "factor on the number of workflows, for a short look")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if p.scale <= 0 {
		return nil, fmt.Errorf("scale: %g is not positive", p.scale)
	}
	return p.compare, nil
}

// contestant is a server of the comparison.
type contestant struct {
	name string
	// missing says what is needed to run it and is not there.
	missing string
	// many is how many workflows it gets at 50 in flight: enough for about as long as the others.
	many int
	// run starts it, measures each of the loads and stops it.
	run func(ctx context.Context, dir string, loads []Options) (standing, error)
}

// standing is what a contestant showed: a result for each load, and its memory after the last.
type standing struct {
	results []measured
	after   edgeproc.Usage
}

// The first two, which the others are compared with.
const (
	theCeiling = "null server"
	podiumEdge = "Podium, edge (Pebble)"
)

func (p peers) contestants() []contestant {
	missing := func(value, what string) string {
		if value == "" {
			return what + " was not given"
		}
		return ""
	}
	return []contestant{
		{theCeiling, "", 5000, p.runNull},
		{podiumEdge, missing(p.edge, "its binary"), 5000, p.runEdge},
		{"Podium on PostgreSQL and Redis", cmp.Or(missing(p.postgres, "a PostgreSQL database"), missing(p.redis, "a Redis server")), 3000, p.runCloud},
		{"Podium on PostgreSQL and Redis, two nodes", cmp.Or(missing(p.postgres, "a PostgreSQL database"), missing(p.redis, "a Redis server")), 3000, p.runTwo},
		{"Conductor OSS on SQLite, its default", missing(p.conductor, "its jar"), 200, p.runConductorSQLite},
		{"Conductor OSS on PostgreSQL", cmp.Or(missing(p.conductor, "its jar"), missing(p.conductorDB, "a PostgreSQL database")), 200, p.runConductorPostgres},
		{"Temporal's development server, SQLite file", cmp.Or(missing(p.temporal, "its binary"), missing(p.temporalLoad, "its load program")), 200, p.runTemporal},
	}
}

// compare runs every contestant in turn, each on an empty folder, and writes a table of what each did.
func (p peers) compare(ctx context.Context, out io.Writer) error {
	here := thisMachine()
	var err error
	if here.syncTime, err = syncTime(os.TempDir()); err != nil {
		return err
	}
	var b, absent bytes.Buffer
	fmt.Fprintf(&b, "Machine: %s. Load and server share it; one server runs at a time.\n\n", here)
	table(&b, []string{
		"server", "workflows/s, 50 in flight", "of null", "the edge does", "p50 ms", "p99 ms", "p50 ms, 1 in flight", "its processor time per task, ms", "memory after, MiB",
	})
	var ceiling, edge float64
	for _, c := range p.contestants() {
		if c.missing != "" {
			fmt.Fprintf(&absent, "* %s was not measured: %s.\n", c.name, c.missing)
			continue
		}
		fmt.Fprintln(os.Stderr, c.name)
		s, err := c.measure(ctx, p.scale)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		busy, alone := s.results[len(s.results)-1], s.results[len(s.results)-2]
		switch c.name {
		case theCeiling:
			ceiling = busy.WorkflowsPerSec
		case podiumEdge:
			edge = busy.WorkflowsPerSec
		}
		times := ""
		if edge > 0 {
			times = fmt.Sprintf("%.1f times", edge/busy.WorkflowsPerSec)
		}
		fmt.Fprintf(&b, "| %s | %.1f | %.2f %% | %s | %.1f | %.1f | %.1f | %.2f | %.0f |\n", c.name, busy.WorkflowsPerSec,
			100*busy.WorkflowsPerSec/ceiling, times, busy.Latency.P50, busy.Latency.P99, alone.Latency.P50,
			1000*busy.cpu.Seconds()/float64(busy.Workflows*busy.TasksEach), mebibytes(s.after.Resident))
	}
	if absent.Len() > 0 {
		fmt.Fprintf(&b, "\n%s", absent.Bytes())
	}
	_, err = out.Write(b.Bytes())
	return err
}

// measure warms a contestant up, which virtual machines need, then puts one workflow at a time on it, then 50.
func (c contestant) measure(ctx context.Context, scale float64) (s standing, err error) {
	dir, err := os.MkdirTemp("", "podium-peers-")
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	n := func(workflows int) int { return max(10, int(float64(workflows)*scale)) }
	return c.run(ctx, dir, []Options{
		{Scenario: "simple", Workflows: n(c.many / 2), Concurrency: 50},
		{Scenario: "simple", Workflows: n(30), Concurrency: 1},
		{Scenario: "simple", Workflows: n(c.many), Concurrency: 50},
	})
}

// drive measures a server of Conductor's API.
func drive(ctx context.Context, loads []Options, nodes ...node) (s standing, err error) {
	for _, o := range loads {
		m, err := measure(ctx, o, nodes...)
		if err != nil {
			return s, err
		}
		s.results = append(s.results, m)
	}
	s.after, err = usageOf(nodes)
	return s, err
}

func (p peers) runNull(ctx context.Context, _ string, loads []Options) (standing, error) {
	server, err := startNull(ctx)
	if err != nil {
		return standing{}, err
	}
	defer server.stop()
	return drive(ctx, loads, server.node())
}

func (p peers) runEdge(ctx context.Context, dir string, loads []Options) (standing, error) {
	return serve(ctx, dir, 1, loads, func(listen string) []string {
		return []string{p.edge, "--listen", listen, "--data", filepath.Join(dir, "data")}
	})
}

func (p peers) runCloud(ctx context.Context, dir string, loads []Options) (standing, error) {
	return p.runNodes(ctx, dir, 1, loads)
}

// runTwo goes on with the database of the one node.
func (p peers) runTwo(ctx context.Context, dir string, loads []Options) (standing, error) {
	return p.runNodes(ctx, dir, 2, loads)
}

func (p peers) runNodes(ctx context.Context, dir string, nodes int, loads []Options) (standing, error) {
	return serve(ctx, dir, nodes, loads, func(listen string) []string {
		return []string{p.cloud, "--listen", listen, "--postgres", p.postgres, "--redis", p.redis}
	})
}

func (p peers) runConductorSQLite(ctx context.Context, dir string, loads []Options) (standing, error) {
	return p.runConductor(ctx, dir, loads)
}

// runConductorPostgres has state, queues and index in PostgreSQL, in a database of its own.
func (p peers) runConductorPostgres(ctx context.Context, dir string, loads []Options) (standing, error) {
	u, err := url.Parse(p.conductorDB)
	if err != nil {
		return standing{}, fmt.Errorf("conductor-postgres: %w", err)
	}
	password, _ := u.User.Password()
	return p.runConductor(ctx, dir, loads,
		"--spring.datasource.url=jdbc:postgresql://"+u.Host+u.Path, "--spring.datasource.username="+u.User.Username(), "--spring.datasource.password="+password,
		"--conductor.db.type=postgres", "--conductor.queue.type=postgres", "--conductor.indexing.type=postgres")
}

func (p peers) runConductor(ctx context.Context, dir string, loads []Options, more ...string) (standing, error) {
	return serve(ctx, dir, 1, loads, func(listen string) []string {
		_, port, _ := net.SplitHostPort(listen)
		return slices.Concat([]string{p.java, "-jar", p.conductor, "--server.port=" + port, "--server.address=127.0.0.1"}, more)
	})
}

// serve starts the nodes of a server of Conductor's API on free ports, gives each two minutes to answer, and measures them.
func serve(ctx context.Context, dir string, nodes int, loads []Options, command func(listen string) []string) (standing, error) {
	var running []node
	for range nodes {
		server, err := startServer(ctx, dir, command)
		if err != nil {
			return standing{}, err
		}
		defer server.stop()
		running = append(running, server.node())
	}
	return drive(ctx, loads, running...)
}

func startServer(ctx context.Context, dir string, command func(listen string) []string) (*child, error) {
	listen, err := edgeproc.FreeAddress(ctx)
	if err != nil {
		return nil, err
	}
	origin, args := "http://"+listen, command(listen)
	program, err := filepath.Abs(args[0])
	if !strings.ContainsRune(args[0], filepath.Separator) {
		program, err = exec.LookPath(args[0])
	}
	if err != nil {
		return nil, err
	}
	starting, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	return startChild(starting, origin, answers(origin), dir, program, args[1:]...)
}

// runTemporal has the workers in the load program, as Temporal's are libraries.
func (p peers) runTemporal(ctx context.Context, dir string, loads []Options) (s standing, err error) {
	listen, err := edgeproc.FreeAddress(ctx)
	if err != nil {
		return s, err
	}
	_, port, _ := net.SplitHostPort(listen)
	starting, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	load := func(ctx context.Context, o Options) (m measured, err error) {
		o = o.defaults()
		raw, err := exec.CommandContext(ctx, p.temporalLoad, "--address", listen, "-n", fmt.Sprint(o.Workflows), "-c", fmt.Sprint(o.Concurrency)).Output() //nolint:gosec // the operator names the program
		if err == nil {
			err = json.Unmarshal(raw, &m.Result)
		}
		return m, err
	}
	ready := func(ctx context.Context) error {
		for {
			if _, err := load(ctx, Options{Workflows: 1, Concurrency: 1}); err == nil || ctx.Err() != nil {
				return errors.Join(err, ctx.Err())
			}
		}
	}
	server, err := startChild(starting, "", ready, dir, p.temporal, "server", "start-dev", "--ip", "127.0.0.1", "--port", port, "--headless",
		"--log-level", "error", "--db-filename", filepath.Join(dir, "temporal.db"))
	if err != nil {
		return s, err
	}
	defer server.stop()
	for _, o := range loads {
		before, err := edgeproc.UsageOf(server.pid)
		if err != nil {
			return s, err
		}
		m, err := load(ctx, o)
		if err != nil {
			return s, err
		}
		if s.after, err = edgeproc.UsageOf(server.pid); err != nil {
			return s, err
		}
		m.cpu = s.after.CPU - before.CPU
		s.results = append(s.results, m)
	}
	return s, nil
}
