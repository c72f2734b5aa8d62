package vpc

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// dialTimeout bounds the wait for the other end, which is on this machine.
const dialTimeout = 5 * time.Second

// relay passes connections on.
type relay struct {
	listener net.Listener
	dial     func(context.Context) (net.Conn, error)
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
	r, err := openRelay(ns, address)
	if err != nil {
		return err
	}
	n.relays[key] = r
	return nil
}

// OpenRelay is [Networks.Relay] for a namespace by its name; it ends when the result is closed.
func OpenRelay(ns, address string) (io.Closer, error) { return openRelay(ns, address) }

func openRelay(ns, address string) (*relay, error) {
	r := newRelay(func(ctx context.Context) (net.Conn, error) { return new(net.Dialer).DialContext(ctx, "tcp", address) })
	err := Inside(ns, func() (err error) {
		r.listener, err = new(net.ListenConfig).Listen(context.Background(), "tcp", address) // does not wait
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listen on %s in namespace %s: %w", address, ns, err)
	}
	go r.serve()
	return r, nil
}

// Door listens on an address of the machine and passes connections on to a node of a network, as long as this process lives.
// One that is there stays.
func (n *Networks) Door(id, address string, node netip.AddrPort) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	key := doorOf(n.Router(id))
	if n.relays[key] != nil {
		return nil
	}
	r := newRelay(func(ctx context.Context) (net.Conn, error) { return n.DialNode(ctx, id, node) })
	var err error
	if r.listener, err = new(net.ListenConfig).Listen(context.Background(), "tcp", address); err != nil { // does not wait
		return fmt.Errorf("listen on %s: %w", address, err)
	}
	n.relays[key] = r
	go r.serve()
	return nil
}

// Shut ends the door of a network.
func (n *Networks) Shut(id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if r := n.relays[doorOf(n.Router(id))]; r != nil {
		_ = r.Close()
		delete(n.relays, doorOf(n.Router(id)))
	}
}

func doorOf(router string) string { return router + ". door" }

func newRelay(dial func(context.Context) (net.Conn, error)) *relay {
	return &relay{dial: dial, open: map[net.Conn]bool{}}
}

// closeRelays ends the relays of a network, which would keep its namespaces alive.
func (n *Networks) closeRelays(id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for key, r := range n.relays {
		if strings.HasPrefix(key, n.Router(id)+".") {
			_ = r.Close()
			delete(n.relays, key)
		}
	}
}

func (r *relay) serve() {
	for {
		in, err := r.listener.Accept()
		if err != nil {
			return // closed
		}
		go r.pass(in)
	}
}

func (r *relay) pass(in net.Conn) {
	defer in.Close()
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	out, err := r.dial(ctx)
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

// Close ends the relay with all that passes through it.
func (r *relay) Close() error {
	err := r.listener.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.open {
		_ = c.Close()
	}
	r.open = nil
	return err
}
