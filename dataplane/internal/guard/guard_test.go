package guard

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// names is a resolver that answers from a table; each look-up takes the next answer and the last one stays.
type names map[string][][]string

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	answers := n[host]
	if len(answers) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if len(answers) > 1 {
		n[host] = answers[1:]
	}
	var out []netip.Addr
	for _, a := range answers[0] {
		out = append(out, netip.MustParseAddr(a))
	}
	return out, nil
}

func one(addrs ...string) [][]string { return [][]string{addrs} }

// at returns the URL of s under another host name.
func at(s *httptest.Server, host, path string) string {
	u, _ := url.Parse(s.URL)
	return u.Scheme + "://" + net.JoinHostPort(host, u.Port()) + path
}

func counting(t *testing.T, h http.HandlerFunc) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var n atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		h(w, r)
	}))
	t.Cleanup(s.Close)
	return s, &n
}

func get(t *testing.T, c *http.Client, u string) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, u, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Do(req)
	if err == nil {
		t.Cleanup(func() { res.Body.Close() })
	}
	return res, err
}

func TestClient_RefusesSpecialAddresses(t *testing.T) {
	s, hits := counting(t, func(http.ResponseWriter, *http.Request) {})
	table := names{
		"loopback.test":  one("127.0.0.1"),
		"mixed.test":     one("93.184.215.14", "127.0.0.1"),
		"mapped.test":    one("::ffff:127.0.0.1"),
		"metadata.test":  one("169.254.169.254"),
		"metadata6.test": one("fd00:ec2::254"),
		"2130706433":     one("127.0.0.1"), // what a C library's resolver makes of the odd forms
		"0x7f.1":         one("127.0.0.1"),
		"0177.0.0.1":     one("127.0.0.1"),
		"empty.test":     {{}},
	}
	c := Client(Config{Resolver: table})
	for _, host := range []string{
		"127.0.0.1", "127.1.2.3", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1",
		"10.1.2.3", "172.31.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "169.254.170.2", "fe80::1", "fc00::1", "fd12::1", "2002:7f00:1::",
		"2001:0:7f00:1::", "224.0.0.1", "ff02::1", "255.255.255.255", "240.0.0.1", "198.18.0.1", "192.0.0.1",
		"loopback.test", "mixed.test", "mapped.test", "metadata.test", "metadata6.test", "2130706433", "0x7f.1", "0177.0.0.1",
		"empty.test",
	} {
		_, err := get(t, c, at(s, host, "/"))
		if _, ok := errors.AsType[*Refused](err); !ok {
			t.Errorf("%s: got error %v, want a refusal", host, err)
		}
	}
	if n := hits.Load(); n != 0 {
		t.Errorf("the server was reached %d times", n)
	}
}

func TestClient_OddFormsOfTheSystemResolverStayRefused(t *testing.T) {
	s, hits := counting(t, func(http.ResponseWriter, *http.Request) {})
	c := Client(Config{})
	for _, host := range []string{"localhost", "2130706433", "0x7f000001", "017700000001", "127.1"} {
		if _, err := get(t, c, at(s, host, "/")); err == nil {
			t.Errorf("%s: reached", host)
		}
	}
	if n := hits.Load(); n != 0 {
		t.Errorf("the server was reached %d times", n)
	}
}

func TestClient_AllowsWhatIsListed(t *testing.T) {
	s, _ := counting(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") })
	table := names{"inside.test": one("127.0.0.1"), "other.test": one("127.0.0.1")}
	for _, tc := range []struct {
		allow []string
		host  string
		want  bool
	}{
		{[]string{"inside.test"}, "inside.test", true},
		{[]string{"Inside.Test."}, "inside.test", true},
		{[]string{"inside.test"}, "other.test", false},
		{[]string{"inside.test"}, "127.0.0.1", false},
		{[]string{"127.0.0.0/8"}, "other.test", true},
		{[]string{"127.0.0.1"}, "127.0.0.1", true},
		{[]string{"::ffff:127.0.0.1"}, "127.0.0.1", true},
		{[]string{"10.0.0.0/8"}, "127.0.0.1", false},
		{[]string{"*"}, "127.0.0.1", true},
		{nil, "127.0.0.1", false},
	} {
		_, err := get(t, Client(Config{Allow: tc.allow, Resolver: table}), at(s, tc.host, "/"))
		if (err == nil) != tc.want {
			t.Errorf("allow %v, host %s: error %v", tc.allow, tc.host, err)
		}
	}
}

func TestClient_ConnectsToTheCheckedAddress(t *testing.T) {
	// The second look-up would lead inside; there is none.
	table := names{"rebind.test": {{"93.184.215.14", "2606:2800:21f:cb07::1"}, {"127.0.0.1"}}}
	var dialled []string
	d := &dialer{resolver: table, dial: func(_ context.Context, _, address string) (net.Conn, error) {
		dialled = append(dialled, address)
		return nil, errors.New("nobody answers")
	}}
	if _, err := d.DialContext(t.Context(), "tcp", "rebind.test:443"); err == nil {
		t.Fatal("connected")
	}
	if got := strings.Join(dialled, " "); got != "93.184.215.14:443 [2606:2800:21f:cb07::1]:443" {
		t.Errorf("dialled %s", got)
	}
	if _, err := d.DialContext(t.Context(), "tcp", "rebind.test:443"); err == nil || len(dialled) != 2 {
		t.Errorf("the changed answer was dialled: %v", dialled)
	}
}

func TestClient_Redirects(t *testing.T) {
	table := names{"a.test": one("127.0.0.1"), "b.test": one("127.0.0.1"), "inside.test": one("127.0.0.1")}
	c := Client(Config{Allow: []string{"a.test", "b.test"}, Resolver: table})
	var s *httptest.Server
	s, _ = counting(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/hops":
			var left int
			fmt.Sscan(r.URL.Query().Get("n"), &left)
			if left == 0 {
				fmt.Fprint(w, "arrived")
				return
			}
			http.Redirect(w, r, fmt.Sprintf("/hops?n=%d", left-1), http.StatusFound)
		case "/to":
			http.Redirect(w, r, r.URL.Query().Get("u"), http.StatusFound)
		case "/echo":
			fmt.Fprintf(w, "%s|%s|%s|%s", r.Header.Get("Authorization"), r.Header.Get("X-Api-Key"), r.Header.Get("Cookie"), r.Header.Get("Accept"))
		}
	})

	for n, want := range map[int]bool{3: true, 4: false} {
		if _, err := get(t, c, at(s, "a.test", fmt.Sprintf("/hops?n=%d", n))); (err == nil) != want {
			t.Errorf("%d redirects: error %v", n, err)
		}
	}
	for _, target := range []string{at(s, "inside.test", "/echo"), "http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "gopher://a.test/"} {
		if _, err := get(t, c, at(s, "a.test", "/to?u="+url.QueryEscape(target))); err == nil {
			t.Errorf("redirect to %s was followed", target)
		}
	}

	fetch := func(u string) string {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, u, nil)
		req.Header.Set("Authorization", "Bearer secret")
		req.Header.Set("X-Api-Key", "secret")
		req.Header.Set("Cookie", "session=secret")
		req.Header.Set("Accept", "text/plain")
		res, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		return string(b)
	}
	if got := fetch(at(s, "a.test", "/to?u=/echo")); got != "Bearer secret|secret|session=secret|text/plain" {
		t.Errorf("same host: %s", got)
	}
	if got := fetch(at(s, "a.test", "/to?u="+url.QueryEscape(at(s, "b.test", "/echo")))); got != "|||text/plain" {
		t.Errorf("credentials went to another host: %s", got)
	}
	back := at(s, "b.test", "/to?u="+url.QueryEscape(at(s, "a.test", "/echo")))
	if got := fetch(at(s, "a.test", "/to?u="+url.QueryEscape(back))); got != "|||text/plain" {
		t.Errorf("credentials came back by way of another host: %s", got)
	}
}

func TestClient_RedirectMayNotLeaveTLS(t *testing.T) {
	plain, hits := counting(t, func(http.ResponseWriter, *http.Request) {})
	secure := httptest.NewTLSServer(http.RedirectHandler(plain.URL, http.StatusFound))
	defer secure.Close()
	c := Client(Config{Allow: []string{"127.0.0.1"}})
	c.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	if _, err := get(t, c, secure.URL); err == nil || hits.Load() != 0 {
		t.Errorf("redirect from https to http was followed: %v", err)
	}
}

func TestParse_NamesEveryBadEntry(t *testing.T) {
	l, err := Parse([]string{"good.test", "10.0.0.0/33", "10.0.0.0/8", "host:80", "", "*.test", "user@host", " 192.168.1.1 "})
	if err == nil {
		t.Fatal("no error")
	}
	for _, bad := range []string{`"10.0.0.0/33"`, `"host:80"`, `""`, `"*.test"`, `"user@host"`} {
		if !strings.Contains(err.Error(), bad) {
			t.Errorf("error does not name %s: %v", bad, err)
		}
	}
	if !l.host("good.test") || !l.addr(netip.MustParseAddr("10.2.3.4")) || !l.addr(netip.MustParseAddr("192.168.1.1")) || l.all {
		t.Errorf("the good entries are not in force: %+v", l)
	}
}

func TestSpecial_PublicAddressesPass(t *testing.T) {
	for _, a := range []string{"93.184.215.14", "8.8.8.8", "2606:4700::1111", "172.32.0.1", "100.128.0.1", "169.253.0.1"} {
		if kind := special(netip.MustParseAddr(a)); kind != "" {
			t.Errorf("%s counts as %s", a, kind)
		}
	}
}
