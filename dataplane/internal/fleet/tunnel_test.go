package fleet

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// tunnels plays the control plane: it hands the connections of tunnels to the test.
func tunnels(t *testing.T, refuse func() bool) (address string, conns <-chan net.Conn) {
	t.Helper()
	out := make(chan net.Conn, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		want := map[string]string{
			"Authorization": "Bearer link-1", fleetapi.ClusterHeader: "clu_a", fleetapi.NodeHeader: "node_1",
			"Connection": "Upgrade", "Upgrade": fleetapi.TunnelProtocol,
		}
		for name, value := range want {
			if got := r.Header.Get(name); got != value {
				t.Errorf("%s is %q, want %q", name, got, value)
			}
		}
		if refuse() {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "+fleetapi.TunnelProtocol+"\r\n\r\n")
		out <- conn
	}))
	t.Cleanup(server.Close)
	return server.URL, out
}

func TestTunnel(t *testing.T) {
	refusals := 2
	address, conns := tunnels(t, func() bool { refusals--; return refusals >= 0 })
	l, err := Open(t.Context(), Config{
		Address: address, ClusterID: "clu_a", Apply: func(fleetapi.Config) error { return nil },
		Console: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "served "+r.URL.Path) }),
	})
	if err != nil {
		t.Fatal(err)
	}
	l.delay = func(int) time.Duration { return time.Millisecond }
	l.link, l.nodeID = "link-1", "node_1"
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); l.tunnel(ctx) }()
	defer stop()

	for i := range 3 { // each comes after the one before has been cut; the last is open when the data plane ends
		var conn net.Conn
		select {
		case conn = <-conns:
		case <-time.After(time.Minute):
			t.Fatal("no tunnel is dialled")
		}
		asking := &http.Transport{Protocols: new(http.Protocols), DialContext: func(context.Context, string, string) (net.Conn, error) { return conn, nil }}
		asking.Protocols.SetUnencryptedHTTP2(true)
		client, err := asking.NewClientConn(t.Context(), "http", "clu_a:80")
		if err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]int{"/api/workflow/x": 200, "/podium/v1/info": 200, "/": 404, "/metrics": 404, "/healthz": 404, "/api": 404} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://clu_a"+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			res, err := client.RoundTrip(r)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			text, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if res.StatusCode != want || want == 200 && string(text) != "served "+path {
				t.Errorf("%s: %d %s, want %d", path, res.StatusCode, text, want)
			}
		}
		if i < 2 {
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	stop()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Error("an open tunnel outlives the data plane")
	}
}
