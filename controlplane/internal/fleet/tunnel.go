package fleet

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/notify"
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
	by map[string][]offered // by cluster, latest last
}

// offered is a tunnel, and by which link token.
type offered struct {
	*http.ClientConn
	linkHash string
}

// Tunnel checks that a node may offer a tunnel to its cluster's console.
func (s *Service) Tunnel(ctx context.Context, token, cluster, node string) error {
	_, err := s.node(ctx, token, cluster, node)
	return err
}

// ServeTunnel has calls of the console answered by the other end of a connection, whose node has shown a link token, until that
// ends, ctx does or the node is revoked. It closes it.
func (s *Service) ServeTunnel(ctx context.Context, token, cluster string, conn net.Conn) error {
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
	o := offered{client, hash(token)}
	s.tunnels.add(cluster, o)
	s.Logger.InfoContext(ctx, "tunnel to a cluster's console is open", "cluster", cluster)
	life := time.NewTimer(tunnelLife)
	defer life.Stop()
	look := time.NewTicker(tunnelCheck) // a node may be revoked on another replica
	defer look.Stop()
	watching, stop := context.WithCancel(ctx)
	defer stop()
	news, revoked := s.Hub.Watch(watching, notify.Config(cluster)), false
	for ended := false; !ended && client.Err() == nil; {
		select {
		case <-changed:
		case <-news:
			revoked = !s.good(ctx, o)
		case <-look.C:
			revoked = !s.good(ctx, o)
		case <-life.C:
			ended = true
		case <-ctx.Done():
			ended = true
		}
		ended = ended || revoked
	}
	s.tunnels.remove(cluster, o)
	grace := time.NewTimer(tunnelGrace)
	defer grace.Stop()
	for client.Err() == nil && client.InFlight() > 0 && ctx.Err() == nil && !revoked {
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
func (s *Service) Through(ctx context.Context, cluster string) (http.RoundTripper, bool) {
	s.tunnels.mu.Lock()
	list := s.tunnels.by[cluster]
	s.tunnels.mu.Unlock()
	for _, o := range slices.Backward(list) {
		if o.Err() == nil && o.Available() > 0 && s.good(ctx, o) {
			return o, true
		}
	}
	return nil, false
}

// good reports whether the node that has offered a tunnel is not refused meanwhile.
func (s *Service) good(ctx context.Context, o offered) bool {
	_, err := s.Store.NodeByLink(ctx, o.linkHash)
	return err == nil
}

// Console returns where a browser reaches a cluster's console through its tunnel; false: there is none on this process.
func (s *Service) Console(ctx context.Context, cluster string) (url string, ok bool) {
	_, ok = s.Through(ctx, cluster)
	return s.ConsoleOrigin + through.Address(cluster), ok
}

func (t *tunnels) add(cluster string, o offered) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.by == nil {
		t.by = map[string][]offered{}
	}
	t.by[cluster] = append(slices.Clone(t.by[cluster]), o)
}

func (t *tunnels) remove(cluster string, gone offered) {
	t.mu.Lock()
	defer t.mu.Unlock()
	left := slices.DeleteFunc(slices.Clone(t.by[cluster]), func(o offered) bool { return o == gone })
	if t.by[cluster] = left; len(left) == 0 {
		delete(t.by, cluster)
	}
}
