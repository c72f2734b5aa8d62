package app

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/store"
	"github.com/podium-cloud/podium/controlplane/internal/tenancy"
)

const auditUsage = `usage: controlplane audit verify [--data folder] [--postgres URL]   look through the audit log of every organization
       controlplane audit key [--data folder] [--postgres URL]      print the public key that exports are signed with
       controlplane audit verify-file [--key file] export.jsonl     look through an exported audit log
`

// errBroken says that a chain was tampered with; the details have been printed.
var errBroken = errors.New("the audit log was tampered with")

// auditCommand runs a subcommand of audit and returns the exit code: 1 when something does not hold or cannot be read.
func auditCommand(ctx context.Context, p Process) int {
	run := map[string]func(context.Context, Process) error{
		"verify": verifyAudit, "key": printAuditKey, "verify-file": verifyAuditFile,
	}
	name := ""
	if len(p.Args) > 1 {
		name = p.Args[1]
	}
	if run[name] == nil {
		fmt.Fprint(p.Stderr, auditUsage)
		return 2
	}
	p.Args = p.Args[2:]
	if err := run[name](ctx, p); err != nil {
		fmt.Fprintf(p.Stderr, "controlplane: %v\n", err)
		return 1
	}
	return 0
}

// openAudit opens the log of a control plane that may be running.
func openAudit(ctx context.Context, p Process) (*audit.Service, func() error, error) {
	flags := flag.NewFlagSet("controlplane audit", flag.ContinueOnError)
	flags.SetOutput(p.Stderr)
	data := flags.String("data", cmp.Or(p.Env("PODIUM_DATA"), ".podium"), "`folder` of the control plane's data")
	postgres := flags.String("postgres", "", "`URL` of its PostgreSQL database (environment: PODIUM_POSTGRES)")
	if err := flags.Parse(p.Args); err != nil {
		return nil, nil, err
	}
	folder := filepath.Join(*data, "controlplane")
	if _, err := os.Stat(filepath.Join(folder, "key")); err != nil { // or it would be made
		return nil, nil, fmt.Errorf("--data: is not the folder of a control plane: %w", err)
	}
	s, err := store.Open(ctx, store.Config{
		Path: filepath.Join(folder, "podium.db"), Postgres: cmp.Or(*postgres, p.Env("PODIUM_POSTGRES")),
		Scope: tenancy.Scope{Everywhere: true},
	})
	if err != nil {
		return nil, nil, err
	}
	sealer, err := identity.OpenSealer(filepath.Join(folder, "key"))
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	signer, err := identity.OpenSigner(ctx, s, sealer, "", now)
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return audit.New(s, signer, now), s.Close, nil
}

func verifyAudit(ctx context.Context, p Process) (err error) {
	log, done, err := openAudit(ctx, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	broken := false
	err = log.VerifyAll(ctx, func(v audit.Verified) {
		if v.Broken != nil {
			broken = true
			fmt.Fprintf(p.Stdout, "BROKEN  %s  entry %d %s\n", v.Chain, v.Broken.Sequence, v.Broken.What)
			return
		}
		fmt.Fprintf(p.Stdout, "intact  %s  %d entries, signed up to %d\n", v.Chain, v.Entries, v.SignedTo)
	})
	if err == nil && broken {
		return errBroken
	}
	return err
}

func printAuditKey(ctx context.Context, p Process) (err error) {
	log, done, err := openAudit(ctx, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	key, err := log.PublicKey()
	fmt.Fprint(p.Stdout, key)
	return err
}

func verifyAuditFile(_ context.Context, p Process) error {
	flags := flag.NewFlagSet("controlplane audit verify-file", flag.ContinueOnError)
	flags.SetOutput(p.Stderr)
	keyFile := flags.String("key", "", "`file` with the public key (PEM); without it the one in the export is taken")
	if err := flags.Parse(p.Args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("verify-file: name one file")
	}
	var key ed25519.PublicKey
	if *keyFile != "" {
		text, err := os.ReadFile(*keyFile)
		if err != nil {
			return fmt.Errorf("--key: %w", err)
		}
		if key, err = audit.DecodeKey(text); err != nil {
			return fmt.Errorf("--key %s: %w", *keyFile, err)
		}
	}
	file, err := os.Open(flags.Arg(0))
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	v, err := audit.VerifyFile(file, key)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "intact  %s  %d entries\n", v.Chain, v.Entries)
	if key == nil {
		fmt.Fprintln(p.Stdout, "The file is whole. That it was signed by your control plane shows only with its key (--key).")
	}
	return nil
}
