package upgrade_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/upgrade"
	"github.com/podium-cloud/podium/dataplane/release"
)

// The data planes of these tests are scripts that speak to the supervisor as the program does. That is tried with the real one in
// controlplane/internal/apptest.
const (
	healthy = "echo ready >&3\nwhile read line; do say $line; done <&4\n"
	asks    = "echo ready >&3\nsay was $LINE\necho update NEXT cmd_1 >&3\nwhile read line; do say $line; done <&4\n"
	crashes = "say crashing\nexit 3\n"
	hangs   = "say hanging\nread line <&4\n"
)

// place is a folder of releases with a supervisor.
type place struct {
	t      *testing.T
	dir    string
	key    ed25519.PrivateKey
	config upgrade.Config
	said   string // file that the data planes write to
}

func newPlace(t *testing.T) *place {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, dir: t.TempDir(), key: private, said: filepath.Join(t.TempDir(), "said")}
	p.config = upgrade.Config{
		Dir: p.dir, Installed: filepath.Join(t.TempDir(), "edge"), Keys: release.Keys{public}, Args: []string{"--listen"}, Env: os.Environ(),
		Within: time.Minute, Stdout: os.Stdout, Stderr: os.Stderr, Logger: slog.New(slog.DiscardHandler),
	}
	return p
}

func (p *place) write(path, text string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) script(name, text string) string {
	return "#!/bin/sh\nsay() { echo \"" + name + ": $*\" >>" + p.said + "; }\nsay started $*\n" + text
}

// install installs a program, as an owner does.
func (p *place) install(text string) { p.write(p.config.Installed, p.script("installed", text)) }

// release puts a signed program into the folder, as a data plane that has fetched it, and returns its digest.
func (p *place) release(name, text string) string {
	p.t.Helper()
	text = p.script(name, text)
	sum := sha256.Sum256([]byte(text))
	digest := hex.EncodeToString(sum[:])
	statement, err := release.Sign(release.Release{
		Program: "edge", Version: "1.1.0", Platform: "linux/amd64", SHA256: digest, Size: int64(len(text)),
	}, p.key)
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(filepath.Join(p.dir, digest, "program"), text)
	p.write(filepath.Join(p.dir, digest, "program.release"), string(statement))
	return digest
}

// run supervises in the background; the returned function ends that and returns the exit code.
func (p *place) run() (stop func() int) {
	ctx, cancel := context.WithCancel(p.t.Context())
	ended := make(chan int, 1)
	go func() {
		code, err := upgrade.Supervise(ctx, p.config)
		if err != nil {
			p.t.Error(err)
		}
		ended <- code
	}()
	stop = sync.OnceValue(func() int {
		cancel()
		return <-ended
	})
	p.t.Cleanup(func() { stop() })
	return stop
}

// await waits until a data plane has said something.
func (p *place) await(word string) {
	p.t.Helper()
	p.until("somebody says "+word, func() bool {
		b, _ := os.ReadFile(p.said) // it is not there at first
		return strings.Contains(string(b), word)
	})
}

func (p *place) forget() {
	p.t.Helper()
	if err := os.Truncate(p.said, 0); err != nil {
		p.t.Fatal(err)
	}
}

// outcome waits until the last update has an outcome.
func (p *place) outcome() (o upgrade.Outcome) {
	p.t.Helper()
	p.until("the update has an outcome", func() bool {
		b, err := os.ReadFile(filepath.Join(p.dir, "outcome.json"))
		return err == nil && json.Unmarshal(b, &o) == nil && o.Command != ""
	})
	return o
}

// until waits for something that files tell.
func (p *place) until(what string, is func() bool) {
	p.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(time.Minute); !is(); {
		select {
		case <-tick.C:
		case <-late:
			p.t.Fatal("it does not come to pass that " + what)
		}
	}
}

// TestSupervise_KeepsAReleaseThatIsHealthy covers S-86, with what follows.
func TestSupervise_KeepsAReleaseThatIsHealthy(t *testing.T) {
	p := newPlace(t)
	next := p.release("next", healthy)
	p.install(strings.ReplaceAll(asks, "NEXT", next))
	stop := p.run()
	p.await("next: started --listen")
	p.await("next: kept")
	if o := p.outcome(); o.Failed != "" || o.Command != "cmd_1" || o.To != next {
		t.Errorf("outcome is %+v", o)
	}
	stop()

	p.forget()
	stop = p.run()
	p.await("next: started") // and goes on with it
	stop()
	p.forget()
	p.install(healthy + "# another one\n")
	p.run()
	p.await("installed: started") // what the owner installs counts
}

func TestSupervise_GoesBackFromWhatDoesNotBecomeHealthy(t *testing.T) {
	for name, c := range map[string]struct {
		text, reason string
		within       time.Duration
	}{
		"it ends":        {crashes, "exit status 3", time.Minute},
		"it hangs":       {hangs, "not healthy within", 200 * time.Millisecond},
		"it cannot run":  {"", "could not be started", time.Minute},
		"it ends, later": {"echo ready >&3\nsay then\nexit 4\n", "exit status 4", time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			p.config.Within, p.config.Settle = c.within, time.Minute
			next := p.release("next", c.text)
			if c.text == "" {
				if err := os.Chmod(filepath.Join(p.dir, next, "program"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			p.install("[ -e " + p.said + ".once ] || { touch " + p.said + ".once\n" + strings.ReplaceAll(asks, "NEXT", next) + "}\nsay again\n" + healthy)
			p.run()
			if o := p.outcome(); !strings.Contains(o.Failed, c.reason) || o.To != next {
				t.Errorf("outcome is %+v", o)
			}
			p.await("installed: again")
		})
	}
}

// TestSupervise_RefusesWhatWasNotSigned covers S-86: the running data plane goes on.
func TestSupervise_RefusesWhatWasNotSigned(t *testing.T) {
	for name, spoil := range map[string]func(p *place, digest string){
		"a changed program": func(p *place, digest string) {
			p.write(filepath.Join(p.dir, digest, "program"), p.script("next", healthy+"say evil\n"))
		},
		"another key": func(p *place, _ string) {
			public, _, err := ed25519.GenerateKey(nil)
			if err != nil {
				p.t.Fatal(err)
			}
			p.config.Keys = release.Keys{public}
		},
		"no statement": func(p *place, digest string) {
			if err := os.Remove(filepath.Join(p.dir, digest, "program.release")); err != nil {
				p.t.Fatal(err)
			}
		},
		"a path": func(p *place, digest string) {
			p.install(strings.ReplaceAll(asks, "NEXT", "../"+filepath.Base(p.dir)+"/"+digest))
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			next := p.release("next", healthy)
			p.install(strings.ReplaceAll(asks, "NEXT", next))
			spoil(p, next)
			p.run()
			p.await("installed: refused")
			b, err := os.ReadFile(p.said)
			if err != nil || strings.Contains(string(b), "next:") {
				t.Errorf("what was run: %s, %v", b, err)
			}
		})
	}
}

// TestSupervise_GoesOnAfterItsOwnEnd ends the supervisor while a release is on trial, more often than a release may be tried.
func TestSupervise_GoesOnAfterItsOwnEnd(t *testing.T) {
	p := newPlace(t)
	next := p.release("next", hangs)
	p.install("[ -e " + p.said + ".once ] || { touch " + p.said + ".once\n" + strings.ReplaceAll(asks, "NEXT", next) + "}\nsay again\n" + healthy)
	for range 3 {
		stop := p.run()
		p.await("next: hanging")
		stop()
		p.forget()
	}
	p.run()
	p.await("installed: again")
	if o := p.outcome(); !strings.Contains(o.Failed, "started 3 times") {
		t.Errorf("outcome is %+v", o)
	}
}

// TestSupervise_EndsAsItsDataPlaneDoes leaves restarts to whoever keeps the supervisor running.
func TestSupervise_EndsAsItsDataPlaneDoes(t *testing.T) {
	p := newPlace(t)
	p.install(crashes)
	if code, err := upgrade.Supervise(t.Context(), p.config); code != 3 || err != nil {
		t.Errorf("it ends with %d, %v", code, err)
	}
}
