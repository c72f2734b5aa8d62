package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"

	"github.com/podium-cloud/podium/controlplane/internal/config"
	"github.com/podium-cloud/podium/provisioner/local/balancer"
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
       controlplane audit …           verify the audit log or an export of it
       controlplane organizations …   list, suspend and resume organizations, and give them plans
       controlplane backups …         bring in a backup that was made elsewhere
       controlplane accounts …        switch off the second factor of somebody who has lost it
       controlplane keys rotate       replace the key that wraps the keys of organizations
       controlplane keys rotate-signing   replace the key that signs tokens for data planes
       controlplane keys rotate-authority   replace what signs the certificates of data planes
       controlplane release …         make the key that signs releases of data planes, and sign them
       controlplane version           which version this is
`

// Main runs a command until it is done or ctx ends, and returns the exit code.
func Main(ctx context.Context, p Process) int {
	command := ""
	if len(p.Args) > 0 {
		command = p.Args[0]
	}
	switch command {
	case "serve":
		return serve(ctx, p)
	case "audit":
		return auditCommand(ctx, p)
	case "accounts":
		return accountsCommand(ctx, p)
	case "organizations":
		return organizationsCommand(ctx, p)
	case "backups":
		return backupsCommand(ctx, p)
	case "keys":
		return keysCommand(ctx, p)
	case "release":
		return releaseCommand(ctx, p)
	case "balance":
		return balance(ctx, p)
	case "version":
		fmt.Fprintln(p.Stdout, Version())
		return 0
	case "help", "-h", "--help":
		fmt.Fprint(p.Stdout, usage)
		return 0
	}
	fmt.Fprint(p.Stderr, usage)
	return 2
}

func serve(ctx context.Context, p Process) int {
	c, err := config.Parse(config.Process{Args: p.Args[1:], Env: p.Env, Executable: p.Executable, Stderr: p.Stderr})
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintf(p.Stderr, "controlplane: %v\n", err)
		return 2
	}
	if err := run(ctx, c, p); err != nil {
		fmt.Fprintf(p.Stderr, "controlplane: %v\n", err)
		return 1
	}
	return 0
}

// balance runs what stands before the nodes of a cluster; the control plane starts it.
func balance(ctx context.Context, p Process) int {
	flags := flag.NewFlagSet("controlplane balance", flag.ContinueOnError)
	flags.SetOutput(p.Stderr)
	folder := flags.String("folder", "", "`folder` with the plan")
	if err := flags.Parse(p.Args[1:]); err != nil {
		return 2
	}
	if err := balancer.Run(ctx, *folder, slog.New(slog.NewTextHandler(p.Stderr, nil))); err != nil {
		fmt.Fprintf(p.Stderr, "controlplane: %v\n", err)
		return 1
	}
	return 0
}

func run(ctx context.Context, c config.Config, p Process) error {
	log := slog.New(slog.NewTextHandler(p.Stderr, nil))
	a, err := Open(ctx, c, log)
	if err != nil {
		return err
	}
	log.InfoContext(ctx, "control plane starts", "version", Version(), "url", a.URL(), "data", c.Data)
	fmt.Fprintf(p.Stdout, "\n  Podium is at %s\n  Its data is in %s\n  Ctrl-C stops it and its clusters; the next start brings them back.\n\n",
		a.URL(), c.Data)
	err = a.Run(ctx)
	fmt.Fprintln(p.Stdout, "  Podium has stopped.")
	return err
}
