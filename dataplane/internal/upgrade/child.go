package upgrade

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/podium-cloud/podium/dataplane/release"
)

// childEnv names the folder of releases to a data plane that is supervised.
const childEnv = "PODIUM_SUPERVISED"

// Words between the two processes.
const (
	wordReady   = "ready"   // child: it is healthy
	wordUpdate  = "update"  // child: DIGEST COMMAND, to be replaced
	wordKept    = "kept"    // parent: the release stays
	wordRefused = "refused" // parent: REASON
)

// Files of the data plane that lead to its supervisor and from there.
const (
	toParent   = 3
	fromParent = 4
)

// Child is the data plane's end of its supervisor.
type Child struct {
	folder  folder
	trial   *Trial // that this process is in; nil: none
	outcome Outcome

	mu      sync.Mutex
	say     *os.File
	readied bool

	refused chan string
	kept    chan struct{} // closed when the trial has ended well
	gone    chan struct{} // closed when the supervisor has
}

// Attach returns this process's end of its supervisor, nil without one.
func Attach(env func(string) string) (*Child, error) {
	dir := env(childEnv)
	if dir == "" {
		return nil, nil //nolint:nilnil // most data planes have none
	}
	c := &Child{
		folder: folder(dir), say: os.NewFile(toParent, "supervisor"),
		refused: make(chan string, 1), kept: make(chan struct{}), gone: make(chan struct{}),
	}
	t := &Trial{}
	found, err := c.folder.read(trialName, t)
	if err != nil {
		return nil, err
	}
	if found {
		c.trial = t
	}
	if _, err := c.folder.read(outcomeName, &c.outcome); err != nil {
		return nil, err
	}
	go c.listen(os.NewFile(fromParent, "supervisor"))
	return c, nil
}

func (c *Child) listen(from *os.File) {
	defer close(c.gone)
	for lines := bufio.NewScanner(from); lines.Scan(); {
		switch verb, rest, _ := strings.Cut(lines.Text(), " "); verb {
		case wordKept:
			close(c.kept)
		case wordRefused:
			c.refused <- rest
		}
	}
}

// Gone is closed when the supervisor has ended: the data plane must too, or it would stand in the way of the next one.
func (c *Child) Gone() <-chan struct{} { return c.gone }

// Ready tells the supervisor that this process is healthy. It may be repeated.
func (c *Child) Ready() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.readied {
		c.readied = true
		_, _ = fmt.Fprintln(c.say, wordReady) // a supervisor that is gone is noticed by Gone
	}
}

// Last returns the update that this process began with: one under way, whose end comes by Ended, or how the last one ended; the
// zero value without any.
func (c *Child) Last() (o Outcome, underWay bool) {
	if c.trial != nil {
		return Outcome{Command: c.trial.Command, To: c.trial.To}, true
	}
	return c.outcome, false
}

// Kept is closed when the release that this process is has been found healthy.
func (c *Child) Kept() <-chan struct{} { return c.kept }

// Replace asks the supervisor for a release that was fetched, in the name of a command. It returns an error when that refuses;
// otherwise this process is told to stop, and ctx's end is the caller's business.
func (c *Child) Replace(done <-chan struct{}, digest, command string) error {
	if _, err := fmt.Fprintln(c.say, wordUpdate, digest, command); err != nil {
		return fmt.Errorf("ask the supervisor: %w", err)
	}
	select {
	case reason := <-c.refused:
		return errors.New(reason)
	case <-done:
		return nil
	}
}

// Trying reports whether this process is a release on trial: no other update begins meanwhile.
func (c *Child) Trying() bool {
	if c.trial == nil {
		return false
	}
	select {
	case <-c.kept:
		return false
	default:
		return true
	}
}

// has reports whether a release has been fetched and is as it was signed.
func (c *Child) has(digest string, keys release.Keys) bool {
	_, err := c.folder.verified(digest, keys)
	return err == nil
}
