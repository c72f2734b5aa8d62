package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"

	"github.com/podium-cloud/podium/controlplane/internal/config"
)

// Process is what the program is given by the operating system.
type Process struct {
	Args       []string // without the program
	Env        func(key string) string
	Executable string // path of the own program
	Stdout     io.Writer
	Stderr     io.Writer
}

const usage = `Podium control plane

usage: controlplane serve [flags]     run the control plane and its clusters
       controlplane serve --help      the flags and their defaults
`

// Main runs a command until it is done or ctx ends, and returns the exit code.
func Main(ctx context.Context, p Process) int {
	if len(p.Args) == 0 || p.Args[0] != "serve" {
		fmt.Fprint(p.Stderr, usage)
		if len(p.Args) > 0 && (p.Args[0] == "help" || p.Args[0] == "-h" || p.Args[0] == "--help") {
			return 0
		}
		return 2
	}
	c, err := config.Parse(config.Process{Args: p.Args[1:], Env: p.Env, Executable: p.Executable, Stderr: p.Stderr})
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintf(p.Stderr, "controlplane: %v\n", err)
		return 2
	}
	if err := serve(ctx, c, p); err != nil {
		fmt.Fprintf(p.Stderr, "controlplane: %v\n", err)
		return 1
	}
	return 0
}

func serve(ctx context.Context, c config.Config, p Process) error {
	a, err := Open(ctx, c, slog.New(slog.NewTextHandler(p.Stderr, nil)))
	if err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "\n  Podium is at %s\n  Its data is in %s\n  Ctrl-C stops it and its clusters; the next start brings them back.\n\n",
		a.URL(), c.Data)
	err = a.Run(ctx)
	fmt.Fprintln(p.Stdout, "  Podium has stopped.")
	return err
}
