package engine

import (
	"context"
	"sync"
)

// background is work that goes on beside calls, until stop. A bounded number of pieces runs at a time.
type background struct {
	ctx  context.Context
	end  context.CancelFunc
	mu   sync.Mutex
	work sync.WaitGroup
	free chan struct{}
}

// maxBackground bounds the pieces of background work that run; they mostly wait for the disk.
const maxBackground = 64

func newBackground() *background {
	b := &background{free: make(chan struct{}, maxBackground)}
	b.ctx, b.end = context.WithCancel(context.Background())
	return b
}

// keep calls f beside the caller; it is one that goes on until its context ends.
func (b *background) keep(f func(ctx context.Context)) { b.work.Go(func() { f(b.ctx) }) }

// run calls f beside the caller; its context ends with stop.
func (b *background) run(f func(ctx context.Context)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ctx.Err() != nil {
		return
	}
	b.work.Go(func() {
		select {
		case b.free <- struct{}{}:
			defer func() { <-b.free }()
			f(b.ctx)
		case <-b.ctx.Done():
		}
	})
}

// stop ends the context of what runs and waits for it.
func (b *background) stop() {
	b.mu.Lock()
	b.end()
	b.mu.Unlock()
	b.work.Wait()
}

// busy are the things that are being worked on, each by one.
type busy struct {
	mu    sync.Mutex
	again map[string]bool // whether somebody has come for it meanwhile
}

// begin reports whether nobody works on a thing; the caller does from then on. Otherwise whoever does will do it again.
func (b *busy) begin(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.again[id]; ok {
		b.again[id] = true
		return false
	}
	if b.again == nil {
		b.again = map[string]bool{}
	}
	b.again[id] = false
	return true
}

// end reports whether the work is over; otherwise it is to be done again.
func (b *busy) end(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.again[id] {
		b.again[id] = false
		return false
	}
	delete(b.again, id)
	return true
}
