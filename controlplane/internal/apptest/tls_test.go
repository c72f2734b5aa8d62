package apptest_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/apptest"
	"github.com/podium-cloud/podium/controlplane/internal/config"
)

// TestTLS signs up by https.
func TestTLS(t *testing.T) {
	c := config.Config{Data: t.TempDir(), EdgeBinary: binaries.Edge}
	trusted := tlsFiles(t, &c)
	url, _ := apptest.Start(t, c)
	browser := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS13}}}
	defer browser.CloseIdleConnections()
	res, err := browser.Post(url+"/api/v1/signup", "application/json",
		strings.NewReader(`{"email":"ada@example.com","password":"correct horse 9","name":"Ada","organization":"acme"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if cookie := res.Header.Get("Set-Cookie"); res.StatusCode != 201 || !strings.HasPrefix(cookie, "__Host-podium_session=") {
		t.Errorf("%s: %d with the cookie %s", url, res.StatusCode, cookie)
	}
}

// tlsFiles gives a control plane a certificate for 127.0.0.1, and returns what trusts it.
func tlsFiles(t *testing.T, c *config.Config) *x509.CertPool {
	t.Helper()
	// The certificate that comes with httptest is good for 127.0.0.1.
	lender := httptest.NewTLSServer(http.NotFoundHandler())
	defer lender.Close()
	pair, dir := lender.TLS.Certificates[0], t.TempDir()
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	c.TLSCert, c.TLSKey = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{
		c.TLSCert: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, c.TLSKey: {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	trusted := x509.NewCertPool()
	trusted.AddCert(lender.Certificate())
	return trusted
}
