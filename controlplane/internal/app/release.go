package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"runtime"

	"github.com/podium-cloud/podium/controlplane/internal/releases"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/release"
)

const releaseUsage = `usage: controlplane release key FILE
       makes the key that signs releases of data planes, and prints its public half for --release-keys; keep the file away from
       control planes

       controlplane release sign --key FILE --version 1.4.0 [--platform linux/amd64] PROGRAM...
       writes the signed statement of each program beside it, as PROGRAM.release; PROGRAM is a file called edge or dataplane
`

// releaseCommand runs a subcommand of release and returns the exit code. It needs no control plane.
func releaseCommand(_ context.Context, p Process) int {
	var err error
	switch {
	case len(p.Args) == 3 && p.Args[1] == "key":
		var public release.Keys
		if public, err = releases.NewKey(p.Args[2]); err == nil {
			fmt.Fprintln(p.Stdout, public)
		}
	case len(p.Args) > 2 && p.Args[1] == "sign":
		err = signReleases(p)
	default:
		fmt.Fprint(p.Stderr, releaseUsage)
		return 2
	}
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintf(p.Stderr, "controlplane: %v\n", err)
		return 1
	}
	return 0
}

func signReleases(p Process) error {
	flags := flag.NewFlagSet("controlplane release sign", flag.ContinueOnError)
	flags.SetOutput(p.Stderr)
	key := flags.String("key", "", "`file` of the key")
	version := flags.String("version", "", "`version` of the programs, such as 1.4.0")
	platform := flags.String("platform", "linux/amd64", "`platform` that they are for")
	if err := flags.Parse(p.Args[2:]); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		return errors.New("name the programs that are to be signed")
	}
	for _, program := range flags.Args() {
		r, err := releases.Publish(*key, program, release.Release{Version: *version, Platform: *platform})
		if err != nil {
			return fmt.Errorf("%s: %w", program, err)
		}
		fmt.Fprintf(p.Stdout, "%s  %s %s for %s\n", r.SHA256, r.Program, r.Version, r.Platform)
	}
	return nil
}

// edgeReleases finds releases of the edge for this machine's platform, by version.
func edgeReleases(shelf *releases.Shelf, controlPlane string) func(version string) (url, sha256 string, ok bool) {
	return func(version string) (url, sha256 string, ok bool) {
		r, ok := shelf.Find(version, "edge", runtime.GOOS+"/"+runtime.GOARCH)
		return controlPlane + fleetapi.ReleasesPath + r.SHA256, r.SHA256, ok
	}
}
