package outbound

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func get(t *testing.T, c *http.Client, url string) (string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	res, err := c.Do(r)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return string(text), err
}

// TestClient_RefusesWhatIsNotPublic covers S-20, S-22 and S-24: every spelling of an address that is not public is refused
// before a connection is made.
func TestClient_RefusesWhatIsNotPublic(t *testing.T) {
	c := Client(Config{})
	for _, host := range []string{
		"127.0.0.1", "localhost", "[::1]", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "0.0.0.0",
		"[::ffff:127.0.0.1]", "[::ffff:169.254.169.254]", "[fd00:ec2::254]", "[fe80::1]", "[64:ff9b::a9fe:a9fe]", "[::]", "224.0.0.1",
		"[ff02::1]", "[2002:7f00:1::]",
	} {
		for _, scheme := range []string{"https://", "http://"} {
			if _, err := get(t, c, scheme+host+"/"); !errors.Is(err, ErrRefused) {
				t.Errorf("%s%s: %v, want it refused", scheme, host, err)
			}
		}
	}
	// Public, but not the door of a provider; other spellings of loopback are no names and no addresses, or refused.
	for _, url := range []string{"http://93.184.216.34/", "https://93.184.216.34:22/", "ftp://93.184.216.34/"} {
		if _, err := get(t, c, url); err == nil || !strings.Contains(err.Error(), "not allowed") && !strings.Contains(err.Error(), "scheme") {
			t.Errorf("%s: %v, want it refused", url, err)
		}
	}
	for _, host := range []string{"2130706433", "0x7f000001", "0177.0.0.1", "127.1"} {
		if _, err := get(t, c, "https://"+host+"/"); err == nil {
			t.Errorf("%s is reached", host)
		}
	}
}

// TestClient_ChecksRedirectsAndSize covers S-21 and S-22.
func TestClient_ChecksRedirectsAndSize(t *testing.T) {
	c := Client(Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/metadata":
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/endless":
			for {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		default:
			_, _ = io.WriteString(w, "here")
		}
	}))
	defer server.Close()
	if text, err := get(t, c, server.URL+"/"); err != nil || text != "here" {
		t.Errorf("what is allowed is not reached: %q, %v", text, err)
	}
	for _, path := range []string{"/metadata", "/loop"} {
		if _, err := get(t, c, server.URL+path); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v, want it refused", path, err)
		}
	}
	if text, err := get(t, c, server.URL+"/endless"); !errors.Is(err, ErrTooLarge) || len(text) > 1<<20 {
		t.Errorf("read %d bytes of an endless answer: %v", len(text), err)
	}
	secure := httptest.NewTLSServer(http.RedirectHandler(server.URL, http.StatusFound))
	defer secure.Close()
	trusting := secure.Client().Transport.(*http.Transport).TLSClientConfig
	c.Transport.(*bounded).https.(*http.Transport).TLSClientConfig = trusting
	if _, err := get(t, c, secure.URL); !errors.Is(err, ErrRefused) {
		t.Errorf("from https to http: %v, want it refused", err)
	}
}
