package fleet

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

// certificateLife is how long a node's certificate lasts; it is renewed before that is over. A node that was away for
// longer renews it all the same, as it proves to have the key.
const certificateLife = 24 * time.Hour

// authorityLife is long, as the authority is known to this control plane alone.
const authorityLife = 20 * 365 * 24 * time.Hour

// AuthorityStore keeps the authority, sealed.
type AuthorityStore interface {
	// FleetAuthority returns what is stored, after storing the candidate if nothing is.
	FleetAuthority(ctx context.Context, candidate string) (string, error)
}

// Sealer seals secrets, bound to a context.
type Sealer interface {
	Seal(secret []byte, context string) string
	Open(sealed, context string) ([]byte, error)
}

// Authority issues the certificates by which nodes are known on connections that this control plane serves by TLS.
type Authority struct {
	key         crypto.Signer
	certificate *x509.Certificate
	now         func() time.Time
}

const authorityContext = "fleet authority"

// OpenAuthority loads the authority, making it at the first time.
func OpenAuthority(ctx context.Context, s AuthorityStore, sealer Sealer, now func() time.Time) (*Authority, error) {
	candidate, err := newAuthority(now())
	if err != nil {
		return nil, fmt.Errorf("make fleet authority: %w", err)
	}
	sealed, err := s.FleetAuthority(ctx, sealer.Seal(candidate, authorityContext))
	if err != nil {
		return nil, err
	}
	text, err := sealer.Open(sealed, authorityContext)
	if err != nil {
		return nil, fmt.Errorf("open fleet authority: %w", err)
	}
	a := &Authority{now: now}
	keyBlock, rest := pem.Decode(text)
	certificateBlock, _ := pem.Decode(rest)
	if keyBlock == nil || certificateBlock == nil {
		return nil, errors.New("open fleet authority: it is no key with a certificate")
	}
	key, err := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	if err != nil {
		return nil, fmt.Errorf("open fleet authority: %w", err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("open fleet authority: the key cannot sign")
	}
	a.key = signer
	if a.certificate, err = x509.ParseCertificate(certificateBlock.Bytes); err != nil {
		return nil, fmt.Errorf("open fleet authority: %w", err)
	}
	return a, nil
}

// newAuthority returns a key and its certificate, PEM.
func newAuthority(now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "Podium data planes"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(authorityLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...), nil
}

func serial() *big.Int {
	n, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)) // rand.Reader never fails
	return n
}

// Pool returns what the certificates of nodes are verified by.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// request reads a certificate request and the key that it proves to have.
func request(text string) (*x509.CertificateRequest, string, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, "", problem.Wrong("csr", "must be a certificate request in PEM")
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil || csr.CheckSignature() != nil {
		return nil, "", problem.Wrong("csr", "must be a certificate request, signed by its key")
	}
	key, err := publicKey(csr.PublicKey)
	return csr, key, err
}

// publicKey is how keys are stored and compared.
func publicKey(key any) (string, error) {
	if _, ok := key.(*ecdsa.PublicKey); !ok {
		return "", problem.Wrong("csr", "must be for an ECDSA key")
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", problem.Wrong("csr", "holds a key that makes no sense")
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

// identity is the name of a node in its certificate. Nothing of what the request says of itself is taken over.
func identityOf(cluster, node string) *url.URL {
	return &url.URL{Scheme: "podium", Host: cluster, Path: "/node/" + node}
}

// issue returns a certificate of a node for the key of a request, PEM.
func (a *Authority) issue(csr *x509.CertificateRequest, cluster, node string) (string, error) {
	now := a.now()
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: node, Organization: []string{cluster}},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certificateLife), URIs: []*url.URL{identityOf(cluster, node)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, a.certificate, csr.PublicKey, a.key)
	if err != nil {
		return "", fmt.Errorf("issue certificate: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), nil
}
