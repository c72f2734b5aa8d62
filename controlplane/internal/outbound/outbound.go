// Package outbound makes the HTTP client for addresses that tenants choose, such as those of their identity providers.
//
// Such a client checks each address at the moment it connects to it, after the name has been looked up, so a name that
// changes its answer gains nothing. It reaches public addresses by https only, on the ports that are used for it; the
// operator may allow further networks, by any port and http as well. It ends answers that are slow or large.
package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

const (
	timeout      = 10 * time.Second
	maxBody      = 1 << 20
	maxHeader    = 64 << 10
	maxRedirects = 3
)

// ErrRefused says that a request was not sent because of where it would have gone.
var ErrRefused = errors.New("the address is not allowed")

// ErrTooLarge says that an answer has more than 1 MiB.
var ErrTooLarge = errors.New("the answer is larger than 1 MiB")

// Config says where a client may go. The zero value reaches public addresses only.
type Config struct {
	// Allow lists networks that may be reached although they are not public.
	Allow []netip.Prefix
	// Resolver looks names up; nil is the system's.
	Resolver *net.Resolver
}

// Client returns a client for c. Answers of more than 1 MiB or 10 s are errors.
func Client(c Config) *http.Client {
	return &http.Client{
		Timeout: timeout, CheckRedirect: checkRedirect,
		Transport: &bounded{
			https: transport(c, func(a netip.AddrPort) bool {
				return c.allowed(a.Addr()) || public(a.Addr()) && (a.Port() == 443 || a.Port() == 8443)
			}),
			http: transport(c, func(a netip.AddrPort) bool { return c.allowed(a.Addr()) }),
		},
	}
}

func (c Config) allowed(a netip.Addr) bool {
	for _, p := range c.Allow {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// transport uses no proxy of the environment: it would connect in our place, unchecked.
func transport(c Config, may func(netip.AddrPort) bool) *http.Transport {
	d := &net.Dialer{Timeout: timeout, Resolver: c.Resolver}
	d.ControlContext = func(_ context.Context, _, address string, _ syscall.RawConn) error {
		a, err := netip.ParseAddrPort(address)
		if err != nil || !may(netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())) {
			return ErrRefused
		}
		return nil
	}
	return &http.Transport{
		DialContext: d.DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: timeout, ResponseHeaderTimeout: timeout,
		MaxResponseHeaderBytes: maxHeader, MaxIdleConns: 20, IdleConnTimeout: time.Minute,
	}
}

// bounded limits what is read of an answer.
type bounded struct{ https, http http.RoundTripper }

func (b *bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	by := b.https
	switch {
	case r.URL.Scheme == "http":
		by = b.http
	case r.URL.Scheme != "https":
		return nil, fmt.Errorf("%w: the scheme is %s", ErrRefused, r.URL.Scheme)
	}
	res, err := by.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = &limitedBody{res.Body, maxBody}
	return res, nil
}

type limitedBody struct {
	io.ReadCloser
	left int
}

func (b *limitedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, ErrTooLarge
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// checkRedirect refuses to leave TLS and to hand a body or credentials to another host.
func checkRedirect(r *http.Request, via []*http.Request) error {
	first := via[0]
	switch {
	case len(via) > maxRedirects:
		return fmt.Errorf("%w: more than %d redirects", ErrRefused, maxRedirects)
	case first.Method != http.MethodGet && !strings.EqualFold(r.URL.Host, first.URL.Host):
		return fmt.Errorf("%w: a redirect to another host", ErrRefused)
	case via[len(via)-1].URL.Scheme == "https" && r.URL.Scheme != "https":
		return fmt.Errorf("%w: a redirect from https to %s", ErrRefused, r.URL.Scheme)
	}
	if !strings.EqualFold(r.URL.Host, first.URL.Host) {
		r.Header.Del("Authorization")
	}
	return nil
}

// special are the networks that are not the public internet (IANA's special-purpose registries). Forms that carry an IPv4
// address inside an IPv6 one are refused as a whole: who routes them decides where they lead.
var special = func() []netip.Prefix {
	var all []netip.Prefix
	for text := range strings.FieldsSeq(`0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
		192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
		::/96 ::ffff:0:0/96 ::ffff:0:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20
		5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8`) {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}()

func public(a netip.Addr) bool {
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
