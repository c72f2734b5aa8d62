package fleet

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// authority plays a control plane that serves TLS and issues certificates for a day, on a clock of the test's.
type authority struct {
	*httptest.Server
	key  *ecdsa.PrivateKey
	root *x509.Certificate

	mu      sync.Mutex
	clock   time.Time
	public  *ecdsa.PublicKey // of the node
	lose    bool             // the next renewal's answer gets lost
	renewed int
	last    *x509.Certificate // that came with a sync
}

func newCA(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{key: key, clock: time.Now()}
	root := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: a.clock, NotAfter: a.clock.AddDate(1, 0, 0), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, root, root, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if a.root, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(a.root)
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+fleetapi.RegisterPath, a.register)
	mux.HandleFunc("POST "+fleetapi.RenewPath, a.renew)
	mux.HandleFunc("POST "+fleetapi.SyncPath, a.sync)
	a.Server = httptest.NewUnstartedServer(mux)
	a.TLS = &tls.Config{ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: pool, Time: a.now}
	a.StartTLS()
	t.Cleanup(a.Close)
	return a
}

func (a *authority) now() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.clock
}

func (a *authority) pass(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.clock = a.clock.Add(d)
}

func (a *authority) issue(text string) string {
	block, _ := pem.Decode([]byte(text))
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		panic(err)
	}
	a.public = csr.PublicKey.(*ecdsa.PublicKey)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: a.clock, NotAfter: a.clock.Add(24 * time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, a.root, csr.PublicKey, a.key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func (a *authority) register(w http.ResponseWriter, r *http.Request) {
	var req fleetapi.RegisterRequest
	_ = json.NewDecoder(r.Body).Decode(&req)
	a.mu.Lock()
	defer a.mu.Unlock()
	_ = json.NewEncoder(w).Encode(fleetapi.RegisterResponse{LinkToken: "link", Config: fleetapi.Config{Revision: 1}, Certificate: a.issue(req.CSR)})
}

func (a *authority) renew(w http.ResponseWriter, r *http.Request) {
	var req fleetapi.RenewRequest
	_ = json.NewDecoder(r.Body).Decode(&req)
	a.mu.Lock()
	defer a.mu.Unlock()
	proof, _ := base64.StdEncoding.DecodeString(req.Proof)
	sum := sha256.Sum256([]byte(req.CSR))
	if !ecdsa.VerifyASN1(a.public, sum[:], proof) {
		http.Error(w, "no proof", http.StatusUnprocessableEntity)
		return
	}
	former := a.public
	certificate := a.issue(req.CSR)
	if a.lose {
		a.lose, a.public = false, former // the control plane takes either key until the new one is used
		panic(http.ErrAbortHandler)
	}
	a.renewed++
	_ = json.NewEncoder(w).Encode(fleetapi.RenewResponse{Certificate: certificate})
}

func (a *authority) sync(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(r.TLS.VerifiedChains) == 0 {
		http.Error(w, "no certificate", http.StatusUnauthorized)
		return
	}
	a.last = r.TLS.VerifiedChains[0][0]
	_ = json.NewEncoder(w).Encode(fleetapi.SyncResponse{Config: &fleetapi.Config{Revision: 1}})
}

func (a *authority) open(t *testing.T, c Config) *Link {
	t.Helper()
	c.Roots = x509.NewCertPool()
	c.Roots.AddCert(a.Certificate())
	if c.Address == "" {
		c.Address = a.URL
	}
	c.ClusterID, c.JoinToken = "clu_a", func() (string, error) { return "join", nil }
	c.Apply = func(fleetapi.Config) error { return nil }
	c.Health = func(context.Context) fleetapi.Health { return fleetapi.Health{} }
	l, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	l.now, l.lot = a.now, 0
	return l
}

func once(t *testing.T, l *Link) {
	t.Helper()
	if err := l.runOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestCertificate_IsRenewedInTimeAndAfterDaysWithoutUs(t *testing.T) {
	a, path := newCA(t), filepath.Join(t.TempDir(), "link.json")
	l := a.open(t, Config{Memory: File(path)})
	once(t, l) // registers
	once(t, l)
	a.pass(10 * time.Hour)
	once(t, l)
	if a.renewed != 0 {
		t.Errorf("renewed %d times within its first half", a.renewed)
	}
	a.pass(7 * time.Hour)
	once(t, l)
	if a.renewed != 1 {
		t.Errorf("renewed %d times after 70 of 100", a.renewed)
	}
	a.pass(5 * 24 * time.Hour) // nobody could be reached
	once(t, l)
	if a.renewed != 2 || a.last.NotAfter.Before(a.now()) {
		t.Errorf("renewed %d times after days, until %v", a.renewed, a.last.NotAfter)
	}
	a.pass(time.Hour)
	again := a.open(t, Config{Memory: File(path)}) // a restart keeps key and certificate
	once(t, again)
	if a.renewed != 2 {
		t.Errorf("renewed %d times by a restart", a.renewed)
	}
}

func TestCertificate_RotatesTheKeyAlsoWhenAnAnswerIsLost(t *testing.T) {
	a := newCA(t)
	l := a.open(t, Config{Memory: File(filepath.Join(t.TempDir(), "link.json"))})
	once(t, l)
	once(t, l)
	before := l.state.Key
	a.mu.Lock()
	a.lose = true
	a.mu.Unlock()
	if err := l.renew(t.Context(), true); err == nil {
		t.Fatal("the answer was lost, and nobody says so")
	}
	once(t, l) // goes on with what it has
	if err := l.renew(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	once(t, l)
	if l.state.Key == before || l.state.Next != "" {
		t.Error("the key is the old one")
	}
	if !a.last.PublicKey.(*ecdsa.PublicKey).Equal(a.public) {
		t.Error("the calls come with another certificate")
	}
}

// TestProxy reaches the control plane through an HTTP proxy only: its name leads nowhere.
func TestProxy(t *testing.T) {
	a := newCA(t)
	var tunnels []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tunnels = append(tunnels, r.Method+" "+r.Host)
		there, err := net.Dial("tcp", a.Listener.Addr().String())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		here, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n") // the caller sees what is missing
		go func() { _, _ = io.Copy(there, buffered); _ = there.Close() }()
		go func() { _, _ = io.Copy(here, there); _ = here.Close() }()
	}))
	defer proxy.Close()
	at, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	// httptest's certificate is good for example.com.
	l := a.open(t, Config{Memory: File(filepath.Join(t.TempDir(), "link.json")), Address: "https://example.com", Proxy: http.ProxyURL(at)})
	once(t, l)
	once(t, l)
	if len(tunnels) == 0 || tunnels[0] != "CONNECT example.com:443" || a.last == nil {
		t.Errorf("tunnels %v", tunnels)
	}
}
