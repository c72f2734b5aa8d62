package apptest_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/apptest"
	"github.com/podium-cloud/podium/controlplane/internal/config"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// TestAuthority_Rotates: S-46. A real data plane is linked by TLS in every phase of a rotation and on the way back, and does what
// it is asked there.
func TestAuthority_Rotates(t *testing.T) {
	t.Parallel() // it waits for what is rotated to be taken up
	c := config.Config{Data: t.TempDir(), EdgeBinary: binaries.Edge}
	trusted := tlsFiles(t, &c)
	url, _ := apptest.Start(t, c)
	ada := apptest.NewClient(t, url)
	ada.Trust(trusted)
	ada.SignUp("acme")
	ada.Call("POST", "/organizations/acme/clusters", map[string]string{"name": "own", "cloud": "remote"}, 202, nil)
	var i invitation
	ada.Call("POST", "/organizations/acme/clusters/own/join-tokens", nil, 201, &i)
	data := t.TempDir()
	join(t, i.program(t)+" --control-plane-ca "+c.TLSCert, data)
	ada.AwaitState("acme", "own", "READY")
	offers(ada, "rotate-certificate", "collect-diagnostics", "drain", "resume")

	var node string
	holds := func() tls.Certificate {
		t.Helper()
		var f struct{ NodeID, Key, Certificate string }
		b, err := os.ReadFile(filepath.Join(data, "link.json"))
		if err == nil {
			err = json.Unmarshal(b, &f)
		}
		var pair tls.Certificate
		if err == nil {
			node = f.NodeID
			pair, err = tls.X509KeyPair([]byte(f.Certificate), []byte(f.Key))
		}
		if err != nil {
			t.Fatal(err)
		}
		return pair
	}
	issuer := func() string { return strings.TrimPrefix(holds().Leaf.Issuer.CommonName, "Podium data planes ") }
	rotate := func(args ...string) (id string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), binaries.ControlPlane, append([]string{"keys", "rotate-authority", "--data", c.Data}, args...)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		id, _, _ = strings.Cut(string(out), " ")
		return id
	}
	renew := func() {
		t.Helper()
		if done := ask(t, ada, node, "rotate-certificate"); done.State != "DONE" {
			t.Fatalf("the rotation of a certificate came to %+v", done)
		}
	}
	// The running control plane takes up by itself what the command has changed.
	renewsFrom := func(authority string) {
		t.Helper()
		ada.Await("certificates from "+authority, func(context.Context) (bool, string) {
			renew()
			return issuer() == authority, issuer()
		})
	}

	first := issuer()
	if second := rotate("--overlap", "1h"); second == first {
		t.Fatal("the rotation made no authority")
	}
	if renew(); issuer() != first {
		t.Errorf("%s issues before its time", issuer())
	}
	if back := rotate("--back"); back != first {
		t.Errorf("the way back leads to %s, not to %s", back, first)
	}
	third := rotate("--overlap", "0s")
	renewsFrom(third)
	if back := rotate("--back"); back != first {
		t.Errorf("the way back leads to %s, not to %s", back, first)
	}
	renewsFrom(first)

	old := holds()
	last := rotate("--overlap", "0s", "--retire-at-once")
	ada.Await("a certificate from "+last, func(context.Context) (bool, string) {
		if told := ask(t, ada, node, "collect-diagnostics"); told.State != "DONE" {
			t.Fatalf("diagnostics came to %+v", told)
		}
		return issuer() == last, issuer()
	})
	if err := present(t, url, trusted, &old); err == nil {
		t.Error("a certificate is taken whose authority is retired")
	}
	if now := holds(); present(t, url, trusted, &now) != nil {
		t.Error("the certificate of the node is not taken")
	}
}

// present makes a connection with a certificate, whoever is trusted at its other end.
func present(t *testing.T, url string, trusted *x509.CertPool, pair *tls.Certificate) error {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{
		RootCAs: trusted, MinVersion: tls.VersionTLS12,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return pair, nil },
	}}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport}).Post(url+fleetapi.SyncPath, "application/json", strings.NewReader("{}"))
	if err != nil {
		return err
	}
	return res.Body.Close()
}
