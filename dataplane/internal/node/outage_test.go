package node_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/home"
	"github.com/podium-cloud/podium/dataplane/internal/node"
)

// paper is a directory whose content a test writes.
type paper struct {
	mu   sync.Mutex
	live []node.Node
	err  error
}

func (p *paper) set(err error, live ...node.Node) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.live, p.err = live, err
}

func (p *paper) Beat(context.Context, node.Node) ([]node.Node, int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.live, 1, p.err
}

func (p *paper) Leave(context.Context, string) error        { return nil }
func (p *paper) Revise(context.Context) (int64, error)      { return 1, nil }
func (p *paper) Secret(context.Context) (s string, _ error) { return "secret", nil }

func TestAfterAnOutageOfTheDirectory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		self, other := node.Node{ID: "a", Address: "127.0.0.1:1"}, node.Node{ID: "b", Address: "127.0.0.1:2"}
		p := &paper{live: []node.Node{self, other}}
		c, err := node.Join(t.Context(), node.Config{Directory: p, Self: self, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var told []moved
		c.Run(node.Events{
			Moved: func(_ context.Context, gained []int, dead bool) {
				mu.Lock()
				defer mu.Unlock()
				told = append(told, moved{gained, dead})
			},
			Revised: func(context.Context) {},
		})
		last := func() moved {
			mu.Lock()
			defer mu.Unlock()
			return told[len(told)-1]
		}
		mine := func() (n int) {
			for slot := range home.Slots {
				if c.MineSlot(slot) {
					n++
				}
			}
			return n
		}
		<-time.After(10 * node.Beat) // past the second look at what it began with
		share := mine()

		p.set(errors.New("away"))
		<-time.After(2 * node.Expiry)
		p.set(nil, self) // the other one has not yet written a heartbeat again
		<-time.After(node.Beat)
		synctest.Wait()
		if got := last(); len(got.gained) != share || !got.dead {
			t.Errorf("after the outage it takes up %d slots anew (dead: %v), want its %d", len(got.gained), got.dead, share)
		}
		if got := mine(); got != share {
			t.Errorf("after the outage %d slots live here, want %d: the other node may live", got, share)
		}
		<-time.After(node.Expiry + node.Beat)
		synctest.Wait()
		if got := mine(); got != home.Slots {
			t.Errorf("%d slots live here when the other node stayed silent, want all %d", got, home.Slots)
		}
		if err := c.Leave(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
