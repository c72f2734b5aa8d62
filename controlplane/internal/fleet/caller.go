package fleet

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"

	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// Caller is what a connection says of who is at its other end.
type Caller struct {
	TLS         bool              // it is served by TLS here; behind a proxy that does TLS it is not
	Certificate *x509.Certificate // of the caller, verified; nil: there is none
}

type callerKey struct{}

// WithCaller returns a context for the calls of a connection.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerOf returns what is known of the connection; the zero value without any.
func CallerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}

var errCertificate = problem.New(problem.Unauthenticated, "The call must come with the certificate of its node; renew it.")

// prove checks that the caller has the node's key, where the connection can show it, by a certificate that is issued by us.
func (c Caller) prove(n Node, issued func(*x509.Certificate) bool) error {
	if !c.TLS {
		return nil
	}
	if c.Certificate == nil || !issued(c.Certificate) || n.PublicKey == "" || len(c.Certificate.URIs) != 1 ||
		c.Certificate.URIs[0].String() != identityOf(n.ClusterID, n.ID).String() {
		return errCertificate
	}
	key, err := publicKey(c.Certificate.PublicKey)
	if err != nil || key != n.PublicKey && key != n.FormerKey {
		return errCertificate
	}
	return nil
}

// Renew exchanges a certificate request for a certificate. The node proves by a signature to have its present key, or the one
// before: the answer that told it of the present one may have been lost. It is repeatable.
func (s *Service) Renew(ctx context.Context, token string, r fleetapi.RenewRequest) (fleetapi.RenewResponse, error) {
	n, err := s.Store.NodeByLink(ctx, hash(token))
	if err := known(err, token, n.LinkHash); err != nil {
		return fleetapi.RenewResponse{}, err
	}
	if n.ClusterID != r.ClusterID || n.ID != r.NodeID {
		return fleetapi.RenewResponse{}, problem.Missing("cluster")
	}
	csr, key, err := request(r.CSR)
	if err != nil {
		return fleetapi.RenewResponse{}, err
	}
	if !signed(r, n.PublicKey) && !signed(r, n.FormerKey) {
		return fleetapi.RenewResponse{}, problem.Wrong("proof", "must be a signature of csr by the key before")
	}
	if key != n.PublicKey {
		if err := s.Store.SetNodeKeys(ctx, n.ClusterID, n.ID, key, n.PublicKey); err != nil {
			return fleetapi.RenewResponse{}, err
		}
	}
	certificate, err := s.Authority.issue(csr, n.ClusterID, n.ID)
	return fleetapi.RenewResponse{Certificate: certificate}, err
}

// signed reports whether the proof of a request is by a key, PEM.
func signed(r fleetapi.RenewRequest, key string) bool {
	block, _ := pem.Decode([]byte(key))
	if block == nil {
		return false
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return false
	}
	public, ok := parsed.(*ecdsa.PublicKey)
	proof, err := base64.StdEncoding.DecodeString(r.Proof)
	sum := sha256.Sum256([]byte(r.CSR))
	return ok && err == nil && ecdsa.VerifyASN1(public, sum[:], proof)
}
