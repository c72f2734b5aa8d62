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
