// Package app is a data plane, wired from the configuration: the edge, which is one process with an embedded store, and the
// cloud's, which may also be one of many nodes.
package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/internal/config"
)

// Process is what the program is given by its surroundings.
type Process struct {
	Name   string       // of the program
	Share  OpenShared   // nil: it always has an embedded store
	Store  OpenStore    // opens what Share would, for export and import; nil with it
	Bucket OpenBucket   // nil: large payloads lie in a folder, or nowhere
	Files  Files        // nil: exports are files of this machine
	Clock  engine.Clock // nil: the machine's
	Args   []string     // without the program's name
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
	if code, ok := errors.AsType[exitCode](err); ok {
		return int(code)
	}
	_, _ = fmt.Fprintf(p.Stderr, "%s: %v\n", p.Name, err)
	return 1
}

func (p Process) program() config.Program {
	return config.Program{Name: p.Name, Shared: p.Share != nil, Remote: p.Files != nil}
}

func command(ctx context.Context, p Process) error {
	args := p.Args
	switch {
	case len(args) == 1 && args[0] == "version":
		_, err := fmt.Fprintln(p.Stdout, Version())
		return err
	case len(args) > 1 && args[0] == "key" && args[1] == "create":
		return createKey(args[2:], p)
	case len(args) > 0 && args[0] == "export":
		return p.export(ctx, args[1:])
	case len(args) > 0 && args[0] == "import":
		return p.bring(ctx, args[1:])
	case len(args) > 0 && args[0] == "lift-fence":
		return p.liftFence(ctx, args[1:])
	case len(args) > 0 && args[0] == "supervise":
		return p.supervise(ctx, args[1:])
	case len(args) == 1 && args[0] == "help":
		args = []string{"--help"}
	}
	c, err := p.program().Parse(args, p.Env, exists, p.Stderr)
	if err != nil {
		return err
	}
	if p.Env("GOGC") == "" { // else the user has decided
		paceCollector(ctx)
	}
	return p.serve(ctx, c)
}

func createKey(args []string, p Process) error {
	k, err := p.program().ParseKeyCreate(args, p.Env, p.Stderr)
	if err != nil {
		return err
	}
	if err := makeFolderOf(k.KeysFile); err != nil {
		return err
	}
	id, secret, err := access.CreateKey(k.KeysFile, k.Name, fleetapi.ClusterRole(k.Role))
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
