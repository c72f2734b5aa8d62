package app

import (
	"net"
	"net/http"
	"sync"
)

// unused are the connections on which no request has come yet. Browsers and HTTP clients open such ahead of need, and a
// server that stops would wait 5 s for each.
type unused struct {
	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// track is an http.Server's ConnState.
func (u *unused) track(c net.Conn, s http.ConnState) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if s == http.StateNew {
		u.conns[c] = struct{}{}
		return
	}
	delete(u.conns, c)
}

func (u *unused) close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for c := range u.conns {
		_ = c.Close() // nobody is told: nobody has asked anything
	}
}
