package fleet

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/through"
)

const (
	tunnelCheck = 20 * time.Second // of silence, before the data plane is asked whether it is there
	tunnelLife  = time.Hour        // after which the data plane has to prove again who it is
	tunnelGrace = 5 * time.Second  // for calls that run when a tunnel ends; streams of events are opened again on the next
)

// tunnels are the connections that data planes keep open for the calls of the console, on this process. The zero value is ready.
type tunnels struct {
	mu sync.Mutex
	by map[string][]*http.ClientConn // by cluster, latest last
}

// Tunnel checks that a node may offer a tunnel to its cluster's console.
func (s *Service) Tunnel(ctx context.Context, token, cluster, node string) error {
	_, err := s.node(ctx, token, cluster, node)
	return err
}

// ServeTunnel has calls of the console answered by the other end of a connection, until that ends or ctx does. It closes it.
func (s *Service) ServeTunnel(ctx context.Context, cluster string, conn net.Conn) error {
	transport := &http.Transport{
		Protocols: new(http.Protocols), HTTP2: &http.HTTP2Config{SendPingTimeout: tunnelCheck},
		DialContext: func(context.Context, string, string) (net.Conn, error) { return conn, nil },
	}
	transport.Protocols.SetUnencryptedHTTP2(true)
	client, err := transport.NewClientConn(ctx, "http", cluster+":80")
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	changed := make(chan struct{}, 1)
	client.SetStateHook(func(*http.ClientConn) {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	s.tunnels.add(cluster, client)
	s.Logger.InfoContext(ctx, "tunnel to a cluster's console is open", "cluster", cluster)
	life := time.NewTimer(tunnelLife)
	defer life.Stop()
	for ended := false; !ended && client.Err() == nil; {
		select {
		case <-changed:
		case <-life.C:
			ended = true
		case <-ctx.Done():
			ended = true
		}
	}
	s.tunnels.remove(cluster, client)
	grace := time.NewTimer(tunnelGrace)
	defer grace.Stop()
	for client.Err() == nil && client.InFlight() > 0 && ctx.Err() == nil {
		select {
		case <-changed:
			continue
		case <-ctx.Done():
		case <-grace.C:
		}
		break
	}
	return client.Close()
}

// Through returns what carries calls to a cluster's data plane through its tunnel; false: there is none on this process.
func (s *Service) Through(cluster string) (http.RoundTripper, bool) {
	s.tunnels.mu.Lock()
	defer s.tunnels.mu.Unlock()
	for _, c := range slices.Backward(s.tunnels.by[cluster]) {
		if c.Err() == nil && c.Available() > 0 {
			return c, true
		}
	}
	return nil, false
}

// Console returns where a browser reaches a cluster's console through its tunnel; false: there is none on this process.
func (s *Service) Console(cluster string) (url string, ok bool) {
	_, ok = s.Through(cluster)
	return s.ConsoleOrigin + through.Address(cluster), ok
}

func (t *tunnels) add(cluster string, c *http.ClientConn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.by == nil {
		t.by = map[string][]*http.ClientConn{}
	}
	t.by[cluster] = append(t.by[cluster], c)
}

func (t *tunnels) remove(cluster string, c *http.ClientConn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	left := slices.DeleteFunc(slices.Clone(t.by[cluster]), func(o *http.ClientConn) bool { return o == c })
	if t.by[cluster] = left; len(left) == 0 {
		delete(t.by, cluster)
	}
}
