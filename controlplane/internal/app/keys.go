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

       controlplane keys rotate-signing [--data folder] [--postgres URL] [--overlap 10m]
       another key signs the tokens that data planes believe, once they have had time to learn of it; tokens that the key
       before has signed stay good until they end

       controlplane keys rotate-authority [--data folder] [--postgres URL] [--overlap 10m] [--retire-at-once | --back]
       another authority signs the certificates of data planes: all control planes trust it, after the overlap it issues, and
       when all that the one before has issued has ended, that one is destroyed; --back has the one before issue again
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
	run := map[string]func(context.Context, Process) error{"rotate": rotateKeys, "rotate-signing": rotateSigning, "rotate-authority": rotateAuthority}
	name := ""
	if len(p.Args) > 1 {
		name = p.Args[1]
	}
	if run[name] == nil {
		fmt.Fprint(p.Stderr, keysUsage)
		return 2
	}
	p.Args = p.Args[2:]
	if err := run[name](ctx, p); err != nil {
		fmt.Fprintf(p.Stderr, "controlplane: %v\n", err)
		return 1
	}
	return 0
}

// withStore runs do on the store of a control plane, which may run, and the folder of its keys. more adds flags.
func withStore(ctx context.Context, p Process, name string, more func(*flag.FlagSet), do func(s *store.Store, folder string) error) (err error) {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(p.Stderr)
	data := flags.String("data", cmp.Or(p.Env("PODIUM_DATA"), ".podium"), "`folder` of the control plane's data")
	postgres := flags.String("postgres", "", "`URL` of its PostgreSQL database (environment: PODIUM_POSTGRES)")
	more(flags)
	if err := flags.Parse(p.Args); err != nil {
		return err
	}
	folder := filepath.Join(*data, "controlplane")
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
	return do(s, folder)
}

func rotateKeys(ctx context.Context, p Process) error {
	var kmsKey string
	return withStore(ctx, p, "controlplane keys rotate", func(flags *flag.FlagSet) {
		flags.StringVar(&kmsKey, "kms-key", p.Env("PODIUM_KMS_KEY"), "`ARN` of an AWS KMS key (environment: PODIUM_KMS_KEY)")
	}, func(s *store.Store, folder string) error {
		wrapper, err := openWrapper(ctx, kmsKey, filepath.Join(folder, "kek"))
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
	})
}
