package upgrade

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/podium-cloud/podium/dataplane/release"
)

const (
	maxStarts = 3                // of a release before it is healthy, when the machine or the supervisor ends meanwhile
	stopLimit = 60 * time.Second // for a data plane to stop when it is told to
)

// Config says what a supervisor works with. All fields are required.
type Config struct {
	Dir       string // folder of releases; made when missing
	Installed string // path of the program that the owner has installed
	Keys      release.Keys
	Args      []string // of the data plane
	Env       []string
	Within    time.Duration // in which a release must say that it is healthy
	Settle    time.Duration // for which it must live then
	Stdout    io.Writer
	Stderr    io.Writer
	Logger    *slog.Logger
}

// Supervise runs the data plane until it ends by itself or ctx does, and returns its exit code: whoever keeps this process
// running keeps the data plane so. It replaces the program when that asks for it, and the former one when the new one fails.
func Supervise(ctx context.Context, c Config) (int, error) {
	s := supervisor{Config: c, folder: folder(c.Dir)}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return 1, fmt.Errorf("folder of programs: %w", err)
	}
	if err := s.notice(); err != nil {
		return 1, err
	}
	for {
		again, code, err := s.once(ctx)
		if err != nil || !again {
			return code, err
		}
	}
}

type supervisor struct {
	Config
	folder folder
}

// notice forgets the releases when the owner has installed a program since: what he does counts.
func (s *supervisor) notice() error {
	now, err := digestOf(s.Installed)
	if err != nil {
		return err
	}
	before, err := s.folder.word(installedName)
	if err != nil || before == now {
		return err
	}
	if err := errors.Join(s.folder.setWord(currentName, ""), s.folder.remove(trialName)); err != nil {
		return err
	}
	return s.folder.setWord(installedName, now)
}

// program returns the program that is to run now, verified, and the trial that it is in, nil: none.
func (s *supervisor) program() (string, *Trial, error) {
	t := &Trial{}
	found, err := s.folder.read(trialName, t)
	if err != nil {
		return "", nil, err
	}
	if !found {
		t = nil
	} else if t.Starts >= maxStarts {
		if err := s.back(*t, fmt.Sprintf("It was started %d times and was not healthy.", t.Starts)); err != nil {
			return "", nil, err
		}
		t = nil
	}
	if t != nil { // the machine may have stopped before
		if err := s.folder.setWord(currentName, t.To); err != nil {
			return "", nil, err
		}
	}
	current, err := s.folder.word(currentName)
	if err != nil || current == "" {
		return s.Installed, t, err
	}
	path, err := s.folder.verified(current, s.Keys)
	if err != nil && t != nil {
		if err := s.back(*t, "It could not be verified: "+err.Error()); err != nil {
			return "", nil, err
		}
		return s.program()
	}
	return path, t, err
}

// once runs the data plane to its end; again: it is to be started anew, as another program.
func (s *supervisor) once(ctx context.Context) (again bool, code int, err error) {
	path, trial, err := s.program()
	if err != nil {
		return false, 1, err
	}
	var deadline, settled <-chan time.Time
	if trial != nil {
		trial.Starts++
		if err := s.folder.write(trialName, trial); err != nil {
			return false, 1, err
		}
		deadline = time.After(s.Within)
	}
	p, err := s.start(path)
	if err != nil && trial != nil {
		return true, 0, s.back(*trial, "It could not be started: "+err.Error())
	}
	if err != nil {
		return false, 1, err
	}
	defer p.close()
	for {
		select {
		case word := <-p.words:
			switch verb, rest, _ := strings.Cut(word, " "); {
			case verb == wordReady && trial != nil && settled == nil:
				deadline, settled = nil, time.After(s.Settle)
			case verb == wordUpdate && trial == nil:
				digest, command, _ := strings.Cut(rest, " ")
				if _, err := s.folder.verified(digest, s.Keys); err != nil {
					p.tell(wordRefused + " " + err.Error())
					continue
				}
				p.stop(s.Logger)
				return true, 0, s.swap(digest, command)
			}
		case <-settled:
			if err := s.keep(*trial); err != nil {
				s.Logger.ErrorContext(ctx, "an update that went well could not be written down", "error", err)
			}
			trial, settled = nil, nil
			p.tell(wordKept)
		case <-deadline:
			p.stop(s.Logger)
			return true, 0, s.back(*trial, fmt.Sprintf("It was not healthy within %s.", s.Within))
		case <-p.ended:
			if trial != nil && ctx.Err() == nil { // else both were told to stop, as systemd does
				return true, 0, s.back(*trial, "It ended before it was healthy: "+p.state()+".")
			}
			return false, p.cmd.ProcessState.ExitCode(), nil
		case <-ctx.Done(): // a trial goes on at the next start
			p.stop(s.Logger)
			return false, p.cmd.ProcessState.ExitCode(), nil
		}
	}
}

// swap makes a release the program that runs, on trial.
func (s *supervisor) swap(digest, command string) error {
	from, err := s.folder.word(currentName)
	if err != nil {
		return err
	}
	s.Logger.Info("another release is tried", "sha256", digest, "former", from)
	if err := s.folder.write(trialName, Trial{Command: command, From: from, To: digest, Since: time.Now().UTC()}); err != nil {
		return err
	}
	return s.folder.setWord(currentName, digest) // when the machine stops before that, the trial's start does it
}

// keep ends a trial well.
func (s *supervisor) keep(t Trial) error {
	s.Logger.Info("the release is healthy and stays", "sha256", t.To)
	if err := s.folder.write(outcomeName, Outcome{Command: t.Command, To: t.To, At: time.Now().UTC()}); err != nil {
		return err
	}
	return errors.Join(s.folder.remove(trialName), s.folder.sweep(t.From, t.To))
}

// back ends a trial with the former program.
func (s *supervisor) back(t Trial, reason string) error {
	s.Logger.Error("the release does not become healthy, the former program is started again", "sha256", t.To, "reason", reason)
	if err := s.folder.write(outcomeName, Outcome{Command: t.Command, To: t.To, Failed: reason, At: time.Now().UTC()}); err != nil {
		return err
	}
	if err := s.folder.setWord(currentName, t.From); err != nil {
		return err
	}
	return s.folder.remove(trialName)
}

// process is a data plane that runs.
type process struct {
	cmd   *exec.Cmd
	words chan string   // that it says
	ended chan struct{} // closed when it has ended
	say   *os.File
	hear  *os.File
}

func (s *supervisor) start(path string) (*process, error) {
	hear, theirs, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start data plane: %w", err)
	}
	defer theirs.Close() //nolint:errcheck // the process has its own
	listen, say, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start data plane: %w", err), hear.Close())
	}
	defer listen.Close()                 //nolint:errcheck // the process has its own
	cmd := exec.Command(path, s.Args...) //nolint:noctx // the installed program or a verified one; it is ended by stop
	cmd.Env = append(append([]string{}, s.Env...), childEnv+"="+s.Dir)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = s.Stdout, s.Stderr, []*os.File{theirs, listen}
	p := &process{cmd: cmd, words: make(chan string), ended: make(chan struct{}), say: say, hear: hear}
	if err := cmd.Start(); err != nil {
		p.close()
		return nil, fmt.Errorf("start data plane: %w", err)
	}
	go func() {
		_ = cmd.Wait() // how it ended is asked of ProcessState
		close(p.ended)
	}()
	go func() {
		for lines := bufio.NewScanner(hear); lines.Scan(); {
			select {
			case p.words <- lines.Text():
			case <-p.ended:
				return
			}
		}
	}()
	return p, nil
}

// tell says a word to the process, which may have ended.
func (p *process) tell(word string) {
	_, _ = fmt.Fprintln(p.say, strings.ReplaceAll(word, "\n", " "))
}

// stop ends the process, by force when it takes too long.
func (p *process) stop(log *slog.Logger) {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	select {
	case <-p.ended:
	case <-time.After(stopLimit):
		log.Error("the data plane does not stop, it is killed")
		_ = p.cmd.Process.Kill() // it may have ended meanwhile
		<-p.ended
	}
}

func (p *process) state() string { return p.cmd.ProcessState.String() }

func (p *process) close() {
	_ = p.say.Close()
	_ = p.hear.Close()
}
