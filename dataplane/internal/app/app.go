// Package app is the edge data plane: one process, an embedded store, everything wired from the configuration.
package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/internal/config"
)

// Process is what the program is given by its surroundings.
type Process struct {
	Args   []string // without the program's name
	Env    config.Env
	Stdout io.Writer
	Stderr io.Writer
}

// Run does what the arguments say and returns the exit code: 0, or 1 after a message on stderr. Serving ends when ctx
// does.
func Run(ctx context.Context, p Process) int {
	err := command(ctx, p)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	_, _ = fmt.Fprintf(p.Stderr, "edge: %v\n", err)
	return 1
}

func command(ctx context.Context, p Process) error {
	args := p.Args
	switch {
	case len(args) == 1 && args[0] == "version":
		_, err := fmt.Fprintln(p.Stdout, Version())
		return err
	case len(args) > 1 && args[0] == "key" && args[1] == "create":
		return createKey(args[2:], p)
	case len(args) == 1 && args[0] == "help":
		args = []string{"--help"}
	}
	c, err := config.Parse(args, p.Env, exists, p.Stderr)
	if err != nil {
		return err
	}
	return Serve(ctx, c, p.Env, p.Stderr)
}

func createKey(args []string, p Process) error {
	k, err := config.ParseKeyCreate(args, p.Env, p.Stderr)
	if err != nil {
		return err
	}
	if err := makeFolderOf(k.KeysFile); err != nil {
		return err
	}
	id, secret, err := access.CreateKey(k.KeysFile, k.Name)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Stdout, "CONDUCTOR_AUTH_KEY=%s\nCONDUCTOR_AUTH_SECRET=%s\n", id, secret)
	_, _ = fmt.Fprintf(p.Stderr, "The secret is shown only here; %s holds its hash.\n", k.KeysFile)
	return err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
