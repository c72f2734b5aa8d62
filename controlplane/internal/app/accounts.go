package app

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/naming"
)

const accountsUsage = `usage: controlplane accounts reset-second-factor [flags] EMAIL   switches it off; the password alone lets them in again
flags: --data folder, --postgres URL, as of serve. The control plane may run meanwhile.
Make sure first, by other means than e-mail, that it is they who ask for it.
`

// accountsCommand runs a subcommand of accounts and returns the exit code.
func accountsCommand(ctx context.Context, p Process) int {
	if len(p.Args) < 2 || p.Args[1] != "reset-second-factor" {
		fmt.Fprint(p.Stderr, accountsUsage)
		return 2
	}
	if err := resetSecondFactor(ctx, p); err != nil {
		fmt.Fprintf(p.Stderr, "controlplane: %v\n", err)
		return 1
	}
	return 0
}

func resetSecondFactor(ctx context.Context, p Process) error {
	flags := flag.NewFlagSet("controlplane accounts", flag.ContinueOnError)
	flags.SetOutput(p.Stderr)
	data := flags.String("data", cmp.Or(p.Env("PODIUM_DATA"), ".podium"), "`folder` of the control plane's data")
	postgres := flags.String("postgres", "", "`URL` of its PostgreSQL database (environment: PODIUM_POSTGRES)")
	var emails []string
	for rest := p.Args[2:]; ; { // flags may stand before and after the address
		if err := flags.Parse(rest); err != nil {
			return err
		}
		if rest = flags.Args(); len(rest) == 0 {
			break
		}
		emails, rest = append(emails, rest[0]), rest[1:]
	}
	if len(emails) != 1 {
		return errors.New("accounts: give one e-mail")
	}
	email, wrong := naming.Email(emails[0])
	if wrong != "" {
		return fmt.Errorf("accounts: %q %s", emails[0], wrong)
	}
	db, err := openStore(ctx, *data, cmp.Or(*postgres, p.Env("PODIUM_POSTGRES")), nil)
	if err != nil {
		return err
	}
	sealer, err := identity.OpenSealer(filepath.Join(*data, "controlplane", "key"))
	if err == nil {
		err = identity.New(identity.Deps{Store: db, Sealer: sealer, Now: now, Logger: slog.New(slog.DiscardHandler)}).ResetSecondFactor(ctx, operator, email)
	}
	if err = errors.Join(err, db.Close()); err == nil {
		fmt.Fprintf(p.Stdout, "%s signs in with the password alone\n", email)
	}
	return err
}
