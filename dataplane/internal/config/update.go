package config

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/podium-cloud/podium/dataplane/release"
)

// Updates is what the owner says of updates that the control plane asks for. They need a supervisor (Supervise).
type Updates struct {
	Keys   release.Keys   // whose signatures count; none: nothing is updated
	Mirror string         // URL that releases are fetched from; "": the control plane
	Window release.Window // when updates may be made
	Up     bool           // lower versions are refused, also when they are forced
}

// updateFlags are Updates as they are given.
type updateFlags struct {
	keys, mirror, window string
	up                   bool
}

const keysUsage = "comma-separated public `keys`, of which one must have signed a release before it is run (default: none, and nothing is updated)"

func (f *updateFlags) add(fs *flag.FlagSet) {
	fs.StringVar(&f.keys, "release-keys", "", keysUsage)
	fs.StringVar(&f.mirror, "release-mirror", "", "`URL` that releases are fetched from, as URL/DIGEST and URL/DIGEST.release (default: the control plane)")
	fs.StringVar(&f.window, "update-window", "", "`time` (UTC) in which the control plane may have this program updated, such as \"sat,sun 02:00-05:00\" (default: always)")
	fs.BoolVar(&f.up, "refuse-downgrades", false, "refuse updates to lower versions, also when the control plane forces them")
}

// set checks what was given.
func (u *Updates) set(f updateFlags) error {
	var err, failed error
	u.Mirror, u.Up = f.mirror, f.up
	if u.Keys, err = release.ParseKeys(f.keys); err != nil {
		failed = fmt.Errorf("--release-keys: %w", err)
	}
	if u.Window, err = release.ParseWindow(f.window); err != nil {
		failed = errors.Join(failed, fmt.Errorf("--update-window: %w", err))
	}
	if f.mirror != "" {
		if err := checkURL(f.mirror, false); err != nil {
			failed = errors.Join(failed, fmt.Errorf("--release-mirror %w", err))
		}
	}
	return failed
}

// Supervise is what the subcommand of that name is started with.
type Supervise struct {
	Programs string // folder of releases
	Keys     release.Keys
	Within   time.Duration // in which a release must become healthy
	Settle   time.Duration // for which it must live then
	Args     []string      // of the data plane
}

// ParseSupervise reads the flags of "supervise".
func (p Program) ParseSupervise(args []string, env Env, out io.Writer) (Supervise, error) {
	var s Supervise
	var keys string
	fs := flag.NewFlagSet(p.Name+" supervise", flag.ContinueOnError)
	fs.SetOutput(out)
	fs.StringVar(&s.Programs, "programs", "", "`folder` for releases and what is known of them")
	fs.StringVar(&keys, "release-keys", "", keysUsage)
	fs.DurationVar(&s.Within, "healthy-within", 3*time.Minute, "`time` in which a release must become healthy: ready to serve, and heard by the control plane")
	fs.DurationVar(&s.Settle, "healthy-for", 20*time.Second, "`time` for which it must then go on before the former program is given up")
	if err := p.parse(fs, args, env); err != nil {
		return Supervise{}, err
	}
	var err error
	s.Args = fs.Args()
	switch s.Keys, err = release.ParseKeys(keys); {
	case err != nil:
		return s, fmt.Errorf("--release-keys: %w", err)
	case s.Programs == "":
		return s, errors.New("--programs is missing: name a folder for releases")
	case s.Within <= 0 || s.Settle < 0:
		return s, errors.New("--healthy-within must be positive, and --healthy-for not negative")
	}
	return s, nil
}
