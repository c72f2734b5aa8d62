package fleet

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/net/http2"

	"github.com/podium-cloud/podium/controlplane/internal/through"
)

const (
	tunnelCheck = 20 * time.Second // of silence, before the data plane is asked whether it is there
	tunnelLife  = time.Hour        // after which the data plane has to prove again who it is
)

// tunnels are the connections that data planes keep open for the calls of the console, on this process. The zero value is ready.
type tunnels struct {
	mu sync.Mutex
	by map[string][]*http2.ClientConn // by cluster, latest last
}

// Tunnel checks that a node may offer a tunnel to its cluster's console.
func (s *Service) Tunnel(ctx context.Context, token, cluster, node string) error {
	_, err := s.node(ctx, token, cluster, node)
	return err
}

// ServeTunnel has calls of the console answered by the other end of a connection, until that ends or ctx does.
func (s *Service) ServeTunnel(ctx context.Context, cluster string, conn net.Conn) error {
	ended := make(chan struct{})
	watched := &watchedConn{Conn: conn, ended: ended}
	defer watched.Close() //nolint:errcheck // nothing is lost with it
	client, err := (&http2.Transport{AllowHTTP: true, ReadIdleTimeout: tunnelCheck}).NewClientConn(watched)
	if err != nil {
		return err
	}
	s.tunnels.add(cluster, client)
	s.Logger.InfoContext(ctx, "tunnel to a cluster's console is open", "cluster", cluster)
	life := time.NewTimer(tunnelLife)
	defer life.Stop()
	select {
	case <-ended:
		s.tunnels.remove(cluster, client)
		return nil
	case <-ctx.Done():
	case <-life.C:
	}
	s.tunnels.remove(cluster, client)
	// Streams of events never end by themselves; browsers open them again on the next tunnel.
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := client.Shutdown(grace); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// Through returns what carries calls to a cluster's data plane through its tunnel; false: there is none on this process.
func (s *Service) Through(cluster string) (http.RoundTripper, bool) {
	s.tunnels.mu.Lock()
	defer s.tunnels.mu.Unlock()
	all := s.tunnels.by[cluster]
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].CanTakeNewRequest() {
			return all[i], true
		}
	}
	return nil, false
}

// Console returns where a browser reaches a cluster's console through its tunnel; false: there is none on this process.
func (s *Service) Console(cluster string) (url string, ok bool) {
	_, ok = s.Through(cluster)
	return s.ConsoleOrigin + through.Address(cluster), ok
}

func (t *tunnels) add(cluster string, c *http2.ClientConn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.by == nil {
		t.by = map[string][]*http2.ClientConn{}
	}
	t.by[cluster] = append(t.by[cluster], c)
}

func (t *tunnels) remove(cluster string, c *http2.ClientConn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.by[cluster]
	for i, o := range all {
		if o == c {
			all = append(all[:i:i], all[i+1:]...)
			break
		}
	}
	if t.by[cluster] = all; len(all) == 0 {
		delete(t.by, cluster)
	}
}

// watchedConn tells when it has ended.
type watchedConn struct {
	net.Conn
	once  sync.Once
	ended chan struct{}
}

// Read implements net.Conn.
func (c *watchedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil {
		c.end()
	}
	return n, err
}

// Close implements net.Conn.
func (c *watchedConn) Close() error {
	c.end()
	return c.Conn.Close()
}

func (c *watchedConn) end() { c.once.Do(func() { close(c.ended) }) }
