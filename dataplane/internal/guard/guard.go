// Package guard makes HTTP clients that are safe to point at addresses chosen by tenants: HTTP tasks, webhooks, sinks.
//
// Such a client resolves the host, checks every address it got, and connects to a checked address; nothing is looked
// up twice, so a name that changes its answer gains nothing. Loopback, private and otherwise special addresses are
// refused unless the operator allows them. Each redirect is checked like the first request.
package guard

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Config says where a client may go. The zero value reaches public addresses only.
type Config struct {
	// Allow lists hosts, addresses and CIDRs that may be reached although they are not public. A host is allowed
	// whatever it resolves to; "*" allows everything.
	Allow []string
	// Resolver looks names up; nil is the system's resolver.
	Resolver Resolver
}

// Resolver looks up the addresses of a host name.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Refused says that a request was not sent because of where it would have gone.
type Refused struct {
	Host   string // as the request names it
	Reason string
}

func (e *Refused) Error() string { return fmt.Sprintf("request to %s refused: %s", e.Host, e.Reason) }

const (
	maxRedirects   = 3
	dialTimeout    = 10 * time.Second
	maxHeaderBytes = 1 << 20
)

// Client returns a client that goes where c allows. It has no overall time limit: the request's context sets it. Its
// errors wrap [*Refused] where the guard refused. An entry of Allow that makes no sense is an error of [Parse]; here
// it allows nothing.
func Client(c Config) *http.Client {
	allow, _ := Parse(c.Allow)
	resolver := c.Resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	d := &dialer{allow: allow, resolver: resolver, dial: (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext}
	t := &http.Transport{
		DialContext:            d.DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           100,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    dialTimeout,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
	if allow.all {
		// Nothing to guard: a proxy of the environment would bypass the check of addresses, so only here is it used.
		t.Proxy = http.ProxyFromEnvironment
	}
	return &http.Client{Transport: t, CheckRedirect: checkRedirect}
}

// dialer connects to checked addresses only.
type dialer struct {
	allow    List
	resolver Resolver
	dial     func(ctx context.Context, network, address string) (net.Conn, error)
}

func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if d.allow.all {
		return d.dial(ctx, network, address)
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	addrs, err := d.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, a := range addrs {
		conn, err := d.dial(ctx, network, net.JoinHostPort(a.String(), port))
		if err == nil {
			return conn, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// resolve returns the addresses of host if all of them may be reached.
func (d *dialer) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	var addrs []netip.Addr
	if a, err := netip.ParseAddr(host); err == nil {
		addrs = []netip.Addr{a}
	} else if addrs, err = d.resolver.LookupNetIP(ctx, "ip", host); err != nil {
		return nil, fmt.Errorf("look up %s: %w", host, err)
	}
	if len(addrs) == 0 {
		return nil, &Refused{Host: host, Reason: "the name has no address"}
	}
	for i, a := range addrs {
		addrs[i] = a.Unmap()
		if d.allow.host(host) || d.allow.addr(a) {
			continue
		}
		if kind := special(a); kind != "" {
			return nil, &Refused{Host: host, Reason: kind + " addresses are not allowed here"}
		}
	}
	return addrs, nil
}

// checkRedirect bounds redirects, refuses to leave TLS, and takes credentials away when the host changes: the client
// copies the first request's headers to every hop, and its own list of credentials is short.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return &Refused{Host: req.URL.Host, Reason: fmt.Sprintf("more than %d redirects", maxRedirects)}
	}
	if req.URL.Scheme != "http" && req.URL.Scheme != "https" {
		return &Refused{Host: req.URL.Host, Reason: fmt.Sprintf("redirect to scheme %q", req.URL.Scheme)}
	}
	if via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme == "http" {
		return &Refused{Host: req.URL.Host, Reason: "redirect from https to http"}
	}
	first := origin(via[0].URL)
	for _, r := range append(via[1:len(via):len(via)], req) {
		if origin(r.URL) != first {
			keepHarmless(req.Header)
			break
		}
	}
	return nil
}

func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// keepHarmless removes all headers but those that say what is sent and what is wanted.
func keepHarmless(h http.Header) {
	for name := range h {
		switch name {
		case "Accept", "Accept-Language", "Content-Type", "Content-Encoding", "User-Agent":
		default:
			h.Del(name)
		}
	}
}
