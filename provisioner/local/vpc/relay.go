package vpc

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
)

// relay listens in a namespace and passes connections on to the same address outside.
type relay struct {
	listener net.Listener
	mu       sync.Mutex
	open     map[net.Conn]bool
}

// Relay lets programs in a zone reach an address of the machine's loopback at the same address in the zone, as long as this
// process lives. One that is there stays.
func (n *Networks) Relay(id, zone, address string) error {
	ns := n.Namespace(id, zone)
	n.mu.Lock()
	defer n.mu.Unlock()
	key := ns + " " + address
	if n.relays[key] != nil {
		return nil
	}
	r := &relay{open: map[net.Conn]bool{}}
	err := Inside(ns, func() (err error) {
		r.listener, err = new(net.ListenConfig).Listen(context.Background(), "tcp", address) // does not wait
		return err
	})
	if err != nil {
		return fmt.Errorf("listen on %s in zone %s: %w", address, zone, err)
	}
	n.relays[key] = r
	go r.serve(address)
	return nil
}

// closeRelays ends the relays of a network, which would keep its namespaces alive.
func (n *Networks) closeRelays(id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for key, r := range n.relays {
		if strings.HasPrefix(key, n.router(id)+".") {
			r.close()
			delete(n.relays, key)
		}
	}
}

func (r *relay) serve(to string) {
	for {
		in, err := r.listener.Accept()
		if err != nil {
			return // closed
		}
		go r.pass(in, to)
	}
}

func (r *relay) pass(in net.Conn, to string) {
	defer in.Close()
	out, err := new(net.Dialer).DialContext(context.Background(), "tcp", to) // of loopback: answers at once
	if err != nil {
		return
	}
	defer out.Close()
	if !r.keep(in) {
		return
	}
	defer r.drop(in)
	var both sync.WaitGroup
	both.Go(func() { forward(out, in) })
	both.Go(func() { forward(in, out) })
	both.Wait()
}

// forward copies until one side ends, and tells the other.
func forward(to, from net.Conn) {
	_, _ = io.Copy(to, from) // an error ends the connection, as an end does
	if t, ok := to.(*net.TCPConn); ok {
		_ = t.CloseWrite()
	}
}

func (r *relay) keep(c net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open == nil {
		return false
	}
	r.open[c] = true
	return true
}

func (r *relay) drop(c net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, c)
}

func (r *relay) close() {
	_ = r.listener.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.open {
		_ = c.Close()
	}
	r.open = nil
}
