package app

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"github.com/podium-cloud/podium/controlplane/internal/envelope"
	"github.com/podium-cloud/podium/controlplane/internal/store"
	"github.com/podium-cloud/podium/controlplane/internal/tenancy"
)

const keysUsage = `usage: controlplane keys rotate [--data folder] [--postgres URL] [--kms-key ARN]
       a new key in the data folder, or the given key of AWS KMS, wraps the keys of all organizations from now on;
       the control plane may run meanwhile
`

// sharesFolder holds the shares of organizations, in the control plane's folder.
const sharesFolder = "shares"

// openWrapper returns what wraps the keys of organizations: a key of AWS KMS, or the keys in a file.
func openWrapper(ctx context.Context, kmsKey, file string) (envelope.Wrapper, error) {
	if kmsKey == "" {
		return envelope.OpenLocal(file)
	}
	c, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("--kms-key: %w", err)
	}
	return envelope.NewKMS(c, kmsKey), nil
}

// keysCommand runs a subcommand of keys and returns the exit code.
func keysCommand(ctx context.Context, p Process) int {
	if len(p.Args) < 2 || p.Args[1] != "rotate" {
		fmt.Fprint(p.Stderr, keysUsage)
		return 2
	}
	p.Args = p.Args[2:]
	if err := rotateKeys(ctx, p); err != nil {
		fmt.Fprintf(p.Stderr, "controlplane: %v\n", err)
		return 1
	}
	return 0
}

func rotateKeys(ctx context.Context, p Process) (err error) {
	flags := flag.NewFlagSet("controlplane keys rotate", flag.ContinueOnError)
	flags.SetOutput(p.Stderr)
	data := flags.String("data", cmp.Or(p.Env("PODIUM_DATA"), ".podium"), "`folder` of the control plane's data")
	postgres := flags.String("postgres", "", "`URL` of its PostgreSQL database (environment: PODIUM_POSTGRES)")
	kmsKey := flags.String("kms-key", p.Env("PODIUM_KMS_KEY"), "`ARN` of an AWS KMS key (environment: PODIUM_KMS_KEY)")
	if err := flags.Parse(p.Args); err != nil {
		return err
	}
	folder := filepath.Join(*data, "controlplane")
	file := filepath.Join(folder, "kek")
	if _, err := os.Stat(filepath.Join(folder, "key")); err != nil {
		return fmt.Errorf("--data: is not the folder of a control plane: %w", err)
	}
	s, err := store.Open(ctx, store.Config{
		Path: filepath.Join(folder, "podium.db"), Postgres: cmp.Or(*postgres, p.Env("PODIUM_POSTGRES")),
		Scope: tenancy.Scope{Everywhere: true},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	wrapper, err := openWrapper(ctx, *kmsKey, file)
	if err != nil {
		return err
	}
	local, isLocal := wrapper.(*envelope.Local)
	if isLocal {
		if err := local.Add(); err != nil {
			return err
		}
	}
	shares, err := envelope.OpenShares(filepath.Join(folder, sharesFolder), wrapper)
	if err != nil {
		return err
	}
	n, err := envelope.New(s, shares, now).Rewrap(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "wrapped %d keys of organizations again\n", n)
	if isLocal {
		return local.Drop()
	}
	return nil
}
