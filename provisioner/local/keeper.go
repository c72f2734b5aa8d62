package local

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/podium-cloud/podium/provisioner"
)

const (
	firstDelay = 100 * time.Millisecond // before a node that ended is started again; doubled each time
	lastDelay  = 10 * time.Second
	// steady is the life after which an end counts as the first again.
	steady = 30 * time.Second
	// hopeless is the number of ends in a row after which a new node is given up. The keeper goes on.
	hopeless = 4
)

// keeper keeps one unit running until it is told to let go.
type keeper struct {
	release context.CancelFunc
	done    chan struct{} // closed when it has let go

	mu   sync.Mutex
	ends int   // in a row
	last error // why it is not running, nil while it runs
}

// keep watches p and starts the unit again when it ends. p may be nil: then it is started.
func (c *Cloud) keep(u unit, p *process) *keeper {
	ctx, release := context.WithCancel(context.Background())
	k := &keeper{release: release, done: make(chan struct{})}
	go func() {
		defer close(k.done)
		for delay := firstDelay; ; delay = min(2*delay, lastDelay) {
			if p == nil {
				var err error
				if p, err = c.launch(u); err != nil {
					k.notStarted(err)
					c.Logger.Error("start a process", "unit", u, "error", err)
				}
			}
			if p != nil {
				k.runs()
				began := time.Now()
				if p.wait(ctx) != nil {
					return
				}
				if time.Since(began) > steady {
					delay = firstDelay
					k.steadied()
				}
				k.ended(fmt.Errorf("the data plane ended (%s)%s", p.status(), c.lastWords(u)))
				c.Logger.Warn("process ended, start it again", "unit", u, "pid", p.pid, "status", p.status(), "delay", delay)
				p = nil
			}
			if !pause(ctx, delay) {
				return
			}
		}
	}()
	return k
}

// letGo ends the watch; the node runs on.
func (k *keeper) letGo() {
	k.release()
	<-k.done
}

// trouble says why the node does not run, nil if it does.
func (k *keeper) trouble() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ends >= hopeless {
		return provisioner.Permanent(k.last)
	}
	return k.last
}

func (k *keeper) ended(why error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ends++
	k.last = why
}

// notStarted does not count as an end: the port may be in use for a moment only.
func (k *keeper) notStarted(why error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last = why
}

func (k *keeper) runs() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last = nil
}

func (k *keeper) steadied() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ends = 0
}

// lastWords returns the last line of the unit's log, which says most often why it ended.
func (c *Cloud) lastWords(u unit) string {
	const tail, most = 4096, 300
	f, err := os.Open(c.path(string(u), logName))
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }() // was only read
	fi, err := f.Stat()
	if err != nil {
		return ""
	}
	b := make([]byte, tail)
	n, _ := f.ReadAt(b, max(0, fi.Size()-tail)) // what could be read is enough
	lines := strings.Split(strings.TrimSpace(string(b[:n])), "\n")
	line := lines[len(lines)-1]
	if line == "" {
		return ""
	}
	return ": " + line[:min(len(line), most)]
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
