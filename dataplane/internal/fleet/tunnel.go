package fleet

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

const (
	tunnelCheck   = 30 * time.Second // of silence, before the other end is asked whether it is there
	tunnelPause   = time.Second      // before another tunnel after one that worked
	tunnelStreams = 100              // calls at a time
)

// tunnel keeps a connection to the control plane open that the console's calls come by, until ctx ends.
func (l *Link) tunnel(ctx context.Context) {
	failures := 0
	for ctx.Err() == nil {
		began := time.Now()
		err := l.tunnelOnce(ctx)
		if time.Since(began) > tunnelCheck || err == nil {
			failures = 0
			wait(ctx, tunnelPause)
			continue
		}
		if failures++; errors.Is(err, errNoToken) {
			failures = 1
		} else if failures == 1 || failures%20 == 0 {
			l.log.WarnContext(ctx, "the console does not reach this data plane through the link", "error", err, "attempt", failures)
		}
		wait(ctx, l.delay(failures))
	}
}

var errNoToken = errors.New("not registered yet")

// tunnelOnce serves one connection to its end.
func (l *Link) tunnelOnce(ctx context.Context) error {
	token := l.token()
	if token == "" {
		return errNoToken
	}
	conn, err := l.dialTunnel(ctx, token)
	if err != nil {
		return err
	}
	l.log.InfoContext(ctx, "the console reaches this data plane through the link")
	server := &http.Server{
		Handler: http.HandlerFunc(l.throughTunnel), BaseContext: func(net.Listener) context.Context { return ctx },
		Protocols: new(http.Protocols), HTTP2: &http.HTTP2Config{MaxConcurrentStreams: tunnelStreams, SendPingTimeout: tunnelCheck},
		ReadHeaderTimeout: callTimeout, ErrorLog: slog.NewLogLogger(l.log.Handler(), slog.LevelDebug),
	}
	server.Protocols.SetUnencryptedHTTP2(true)
	ended := make(chan struct{})
	end := sync.OnceFunc(func() { close(ended) })
	server.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			end()
		}
	}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(&only{conn: conn, ended: ended, end: end}); !errors.Is(err, net.ErrClosed) && !errors.Is(err, http.ErrServerClosed) {
		return errors.Join(err, server.Close())
	}
	return server.Close()
}

// only is a listener for one connection that is there already; it ends with that, or when it is closed.
type only struct {
	conn  net.Conn // nil: it has been accepted
	ended <-chan struct{}
	end   func()
}

// Accept implements net.Listener.
func (o *only) Accept() (net.Conn, error) {
	if conn := o.conn; conn != nil {
		o.conn = nil
		return conn, nil
	}
	<-o.ended
	return nil, net.ErrClosed
}

// Close implements net.Listener; the connection is the server's to close, which waits for Accept before it does so.
func (o *only) Close() error {
	o.end()
	return nil
}

// Addr implements net.Listener.
func (o *only) Addr() net.Addr { return tunnelAddr{} }

// throughTunnel answers what the console may ask.
func (l *Link) throughTunnel(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/api/") && !strings.HasPrefix(r.URL.Path, "/podium/") {
		http.NotFound(w, r)
		return
	}
	l.c.Console.ServeHTTP(w, r)
}

func (l *Link) dialTunnel(ctx context.Context, token string) (net.Conn, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(l.c.Address, "/")+fleetapi.TunnelPath, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", fleetapi.TunnelProtocol)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set(fleetapi.ClusterHeader, l.c.ClusterID)
	r.Header.Set(fleetapi.NodeHeader, l.nodeID)
	res, err := l.upgrader().RoundTrip(r)
	if err != nil {
		return nil, err
	}
	both, ok := res.Body.(io.ReadWriteCloser)
	if res.StatusCode != http.StatusSwitchingProtocols || !ok {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 500))
		return nil, errors.Join(&statusError{status: res.StatusCode, text: strings.TrimSpace(string(text))}, res.Body.Close())
	}
	if got := res.Header.Get("Upgrade"); got != fleetapi.TunnelProtocol {
		return nil, errors.Join(fmt.Errorf("the control plane answered with the protocol %q", got), res.Body.Close())
	}
	return upgraded{both}, nil
}

// upgrader returns a transport that speaks HTTP/1.1, as only that can be upgraded, with the link's certificates and proxy.
func (l *Link) upgrader() http.RoundTripper {
	l.mu.Lock()
	defer l.mu.Unlock()
	transport, ok := l.http.Transport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	transport = transport.Clone()
	transport.ForceAttemptHTTP2, transport.DisableKeepAlives = false, true
	transport.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	if transport.TLSClientConfig != nil {
		transport.TLSClientConfig.NextProtos = []string{"http/1.1"}
	}
	transport.ResponseHeaderTimeout = callTimeout
	return transport
}

// upgraded is a connection that net/http has let go of: it has no addresses and no deadlines, which HTTP/2 gets along without.
type upgraded struct{ io.ReadWriteCloser }

func (upgraded) LocalAddr() net.Addr              { return tunnelAddr{} }
func (upgraded) RemoteAddr() net.Addr             { return tunnelAddr{} }
func (upgraded) SetDeadline(time.Time) error      { return nil }
func (upgraded) SetReadDeadline(time.Time) error  { return nil }
func (upgraded) SetWriteDeadline(time.Time) error { return nil }

type tunnelAddr struct{}

func (tunnelAddr) Network() string { return "tunnel" }
func (tunnelAddr) String() string  { return "control-plane" }
