package balancer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/podium-cloud/podium/provisioner/local/vpc"
)

const dialTimeout = 2 * time.Second

// dialer connects to a node.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// dialFrom returns what connects from a network namespace; "" is that of this process.
func dialFrom(namespace string) dialer {
	if namespace == "" {
		return (&net.Dialer{Timeout: dialTimeout}).DialContext
	}
	return func(ctx context.Context, _, address string) (net.Conn, error) {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return nil, fmt.Errorf("address of a node: %w", err)
		}
		ctx, cancel := context.WithTimeout(ctx, dialTimeout)
		defer cancel()
		return vpc.Dial(ctx, namespace, to)
	}
}

// passer carries requests to nodes.
type passer struct {
	pool *pool
	http *http.Transport
	grpc *http.Transport
}

func newPasser(p *pool, dial dialer) *passer {
	grpc := &http.Transport{DialContext: dial, DisableCompression: true, Protocols: &http.Protocols{}}
	grpc.Protocols.SetUnencryptedHTTP2(true)
	return &passer{
		pool: p, grpc: grpc,
		http: &http.Transport{DialContext: dial, DisableCompression: true, MaxIdleConnsPerHost: 256, IdleConnTimeout: time.Minute},
	}
}

// RoundTrip carries a request to a node. One that no node has seen is carried to another when its node cannot be reached; one
// that only asks, also when its node ends before it has answered.
func (p *passer) RoundTrip(r *http.Request) (*http.Response, error) {
	for {
		m, err := p.pool.take(r.Context())
		if err != nil {
			return nil, err
		}
		res, err := p.send(r, m)
		if err == nil {
			return res, nil
		}
		p.pool.give(m)
		if r.Context().Err() != nil {
			return nil, err
		}
		unseen := unreached(err)
		if unseen {
			p.pool.away(m)
		}
		if asks := r.Method == http.MethodGet && (r.Body == nil || r.Body == http.NoBody); !unseen && !asks {
			return nil, err
		}
	}
}

func (p *passer) send(r *http.Request, m *member) (*http.Response, error) {
	out := r.Clone(r.Context())
	transport := p.http
	if out.URL.Host = m.HTTP; isGRPC(r) {
		transport, out.URL.Host = p.grpc, m.GRPC
	}
	if r.Body != nil && r.Body != http.NoBody {
		out.Body = io.NopCloser(r.Body) // a transport closes it also when it was never read
	}
	res, err := transport.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusSwitchingProtocols {
		p.pool.give(m) // what it has become is no request any more
		return res, nil
	}
	if transport == p.grpc {
		statusLast(res)
	}
	res.Body = &answer{ReadCloser: res.Body, end: sync.OnceFunc(func() { p.pool.give(m) })}
	return res, nil
}

// statusLast moves the status of a gRPC answer that has nothing else to where it is in all others. Headers that leave before it is
// known that nothing follows them must not hold it.
func statusLast(res *http.Response) {
	for name, values := range res.Header {
		if strings.HasPrefix(name, "Grpc-") {
			if res.Trailer == nil {
				res.Trailer = http.Header{}
			}
			res.Trailer[name] = values
			delete(res.Header, name)
		}
	}
}

// answer tells when it has been read.
type answer struct {
	io.ReadCloser
	end func()
}

func (a *answer) Close() error {
	a.end()
	return a.ReadCloser.Close()
}

func isGRPC(r *http.Request) bool {
	return r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc")
}

// unreached reports whether nobody has seen the request.
func unreached(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

// refuse answers a request that could not be carried.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) {
		return // nobody waits for it
	}
	if isGRPC(r) {
		const unavailable = "14"
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Grpc-Status", unavailable)
		w.Header().Set("Grpc-Message", "the node could not be reached")
		return
	}
	status := http.StatusBadGateway
	if errors.Is(err, errNone) {
		w.Header().Set("Retry-After", "1")
		status = http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"message":"The node could not be reached. Try again.","retryable":true}`)
}
