// Command loadtest measures a server that speaks Conductor's HTTP API from the outside: it registers definitions, starts
// workflows, works on their tasks as SDK workers do, and checks in the end that every workflow was COMPLETED.
//
//	loadtest run   --base URL --scenario S   one scenario against any server; prints a Result as JSON
//	loadtest null  --listen ADDR             serves the same calls from memory: the ceiling of the machine and of this program
//	loadtest edge  --edge FILE               start-up time and memory of an edge binary, as JSON
//	loadtest bench --edge FILE               all of it in one run, null server and edge side by side, as Markdown
//	loadtest peers --edge FILE …             Podium beside Conductor OSS and Temporal in one run, as Markdown
//
// Scenarios: simple (worker tasks in sequence), fanout (one dynamic fork), loop (one loop), system (INLINE tasks, nobody
// polls), sync (as system, one call that waits for the end), backlog (first all starts, then all work), poll (pollers of an
// empty queue).
//
// The exit status is 1 when a call failed or a workflow was not completed.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "loadtest:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return errors.New("which command? run, null, edge, bench or peers")
	}
	flags := flag.NewFlagSet("loadtest "+args[0], flag.ContinueOnError)
	command, ok := map[string]func(*flag.FlagSet, []string) (func(context.Context, io.Writer) error, error){
		"run": scenarioCommand, "null": nullCommand, "edge": edgeCommand, "bench": benchCommand, "peers": peersCommand,
	}[args[0]]
	if !ok {
		return fmt.Errorf("unknown command %q: run, null, edge, bench or peers", args[0])
	}
	do, err := command(flags, args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	return do(ctx, out)
}

func scenarioCommand(flags *flag.FlagSet, args []string) (func(context.Context, io.Writer) error, error) {
	var o Options
	base := flags.String("base", "http://127.0.0.1:8080/api", "API root of the server; several nodes of one server, with commas between, are called in turn")
	keyID := flags.String("key-id", os.Getenv("CONDUCTOR_AUTH_KEY"), "id of an access key; empty: no authentication")
	keySecret := flags.String("key-secret", os.Getenv("CONDUCTOR_AUTH_SECRET"), "its secret")
	timeout := flags.Duration("timeout", 10*time.Minute, "bound on the whole run")
	flags.StringVar(&o.Scenario, "scenario", "simple", "simple, fanout, loop, system, sync, backlog or poll")
	flags.IntVar(&o.Workflows, "n", 2000, "workflows to run")
	flags.IntVar(&o.Concurrency, "c", 50, "workflows in flight; pollers of the scenario poll")
	flags.IntVar(&o.Workers, "workers", 4, "workers of each task type")
	flags.IntVar(&o.Batch, "batch", 20, "tasks that a worker holds at a time")
	flags.IntVar(&o.Tasks, "tasks", 3, "tasks in sequence")
	flags.IntVar(&o.Width, "width", 100, "branches of the scenario fanout")
	flags.IntVar(&o.Iterations, "iterations", 1000, "iterations of the scenario loop")
	flags.IntVar(&o.Keep, "keep", 0, "iterations that a loop keeps; 0: all")
	flags.IntVar(&o.Payload, "payload", 256, "bytes of input that go through each task")
	flags.DurationVar(&o.Duration, "duration", 10*time.Second, "length of the scenario poll")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	return func(ctx context.Context, out io.Writer) error {
		ctx, cancel := context.WithTimeout(ctx, *timeout)
		defer cancel()
		c := newConductor(strings.Split(*base, ",")...)
		defer c.close()
		if *keyID != "" {
			if err := c.logIn(ctx, *keyID, *keySecret); err != nil {
				return err
			}
		}
		result, err := Run(ctx, c, o)
		if err != nil {
			return err
		}
		return errors.Join(writeJSON(out, result), result.Err())
	}, nil
}

func nullCommand(flags *flag.FlagSet, args []string) (func(context.Context, io.Writer) error, error) {
	listen := flags.String("listen", "127.0.0.1:8090", "address to serve")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	return func(ctx context.Context, _ io.Writer) error {
		server := &http.Server{Addr: *listen, Handler: newNullServer(), ReadHeaderTimeout: 10 * time.Second}
		closed := make(chan error, 1)
		context.AfterFunc(ctx, func() { closed <- server.Close() })
		if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return <-closed
	}, nil
}

func edgeCommand(flags *flag.FlagSet, args []string) (func(context.Context, io.Writer) error, error) {
	binary := flags.String("edge", "bin/edge", "edge binary")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	return func(ctx context.Context, out io.Writer) error {
		f, err := measureFootprint(ctx, *binary)
		return errors.Join(err, writeJSON(out, f))
	}, nil
}

func benchCommand(flags *flag.FlagSet, args []string) (func(context.Context, io.Writer) error, error) {
	binary := flags.String("edge", "bin/edge", "edge binary")
	scale := flags.Float64("scale", 1, "factor on the number of workflows, for a short look")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if *scale <= 0 {
		return nil, fmt.Errorf("scale: %g is not positive", *scale)
	}
	return func(ctx context.Context, out io.Writer) error { return bench(ctx, *binary, *scale, out) }, nil
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
