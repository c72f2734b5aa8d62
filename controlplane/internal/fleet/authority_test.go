package fleet_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"path/filepath"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/fleet"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
)

// TestAuthority_IsReplacedInPhases: S-46. Two control planes on one database, one of which rotates.
func TestAuthority_IsReplacedInPhases(t *testing.T) {
	b := setup(t)
	sealer, err := identity.OpenSealer(filepath.Join(t.TempDir(), "key"))
	must(t, err)
	var processes [2]*fleet.Authority
	for i := range processes {
		processes[i], err = fleet.OpenAuthority(t.Context(), b.store, sealer, func() time.Time { return b.clock })
		must(t, err)
	}
	here, there := processes[0], processes[1]
	b.Authority = there
	joined := 0
	issue := func() *x509.Certificate {
		t.Helper()
		must(t, there.Reload(t.Context()))
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		must(t, err)
		der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
		must(t, err)
		token, err := b.JoinToken(t.Context(), "a")
		must(t, err)
		joined++
		r := registration("a", "n"+string(rune('0'+joined)))
		r.CSR = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
		answer, err := b.Register(t.Context(), token, r)
		must(t, err)
		block, _ := pem.Decode([]byte(answer.Certificate))
		certificate, err := x509.ParseCertificate(block.Bytes)
		must(t, err)
		return certificate
	}
	trusts := func(want bool, c *x509.Certificate) {
		t.Helper()
		for i, a := range processes {
			// As it is when the certificate is fresh: that it has ended is another matter.
			_, err := c.Verify(x509.VerifyOptions{
				Roots: a.Pool(), CurrentTime: c.NotBefore.Add(time.Minute), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
			})
			if (err == nil) != want {
				t.Errorf("control plane %d, %s: trusted %v, want %v: %v", i, b.clock, err == nil, want, err)
			}
		}
	}

	before := issue()
	next, retired, err := here.Rotate(t.Context(), fleet.RotateConfig{Overlap: 10 * time.Minute})
	must(t, err)
	if !next.IssuesFrom.Equal(epoch.Add(10*time.Minute)) || retired.Sub(next.IssuesFrom) <= before.NotAfter.Sub(epoch) {
		t.Errorf("it issues from %v, and the one before is retired at %v", next.IssuesFrom, retired)
	}
	b.clock = next.IssuesFrom.Add(-time.Second)
	if c := issue(); c.Issuer.String() != before.Issuer.String() {
		t.Errorf("before its time %s issues", c.Issuer)
	}
	b.clock = next.IssuesFrom
	after := issue()
	if after.Issuer.String() == before.Issuer.String() {
		t.Error("at its time it does not issue")
	}
	trusts(true, before)
	trusts(true, after)

	_, _, err = here.Back(t.Context())
	must(t, err)
	if c := issue(); c.Issuer.String() != before.Issuer.String() {
		t.Errorf("on the way back %s issues", c.Issuer)
	}
	trusts(true, after)
	again, _, err := here.Back(t.Context()) // back from the way back
	must(t, err)
	if again.ID != next.ID {
		t.Errorf("the way back from it leads to %s", again.ID)
	}

	b.clock = b.clock.Add(25 * time.Hour)
	must(t, there.Reload(t.Context()))
	trusts(false, before)
	trusts(true, after)
	if _, _, err := here.Back(t.Context()); err == nil {
		t.Error("there is a way back to what is retired")
	}
}
