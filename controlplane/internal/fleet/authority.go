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
	"slices"
	"sync"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

// certificateLife is how long a node's certificate lasts; it is renewed before that is over. A node that was away for
// longer renews it all the same, as it proves to have the key.
const certificateLife = 24 * time.Hour

// authorityLife is long, as the authority is known to this control plane alone.
const authorityLife = 20 * 365 * 24 * time.Hour

// retireAfter is how long an authority that another one has followed is trusted by default: longer than what it has issued.
const retireAfter = certificateLife + time.Hour

// StoredAuthority is an authority as it is kept.
type StoredAuthority struct {
	ID         string
	Sealed     string    // key and certificate, PEM
	IssuesFrom time.Time // until then it is only trusted
	RetiresAt  time.Time // from then on it is not trusted any more; zero: it is to stay
}

// AuthorityStore keeps authorities.
type AuthorityStore interface {
	// Authorities returns all, that which issues last first.
	Authorities(ctx context.Context) ([]StoredAuthority, error)
	// CreateFirstAuthority stores a unless there is one already, and returns all as Authorities does.
	CreateFirstAuthority(ctx context.Context, a StoredAuthority) ([]StoredAuthority, error)
	// SetAuthority stores a, new or not, as the last one to issue: all others issue before it, and are retired at a time at
	// the latest.
	SetAuthority(ctx context.Context, a StoredAuthority, others time.Time) error
}

// Sealer seals secrets, bound to a context.
type Sealer interface {
	Seal(secret []byte, context string) string
	Open(sealed, context string) ([]byte, error)
}

// Authority issues the certificates by which nodes are known on connections that this control plane serves by TLS. It is
// replaced in phases: another one is trusted by all control planes, then it issues, then, when nothing lives any more that
// the one before has issued, that one is retired. It is safe for concurrent use.
type Authority struct {
	store  AuthorityStore
	sealer Sealer
	now    func() time.Time

	mu  sync.Mutex
	all []openAuthority // that which issues last first
}

type openAuthority struct {
	StoredAuthority
	key         crypto.Signer
	certificate *x509.Certificate
}

const authorityContext = "fleet authority"

// OpenAuthority loads the authority, making it at the first time.
func OpenAuthority(ctx context.Context, s AuthorityStore, sealer Sealer, now func() time.Time) (*Authority, error) {
	a := &Authority{store: s, sealer: sealer, now: now}
	all, err := s.Authorities(ctx)
	if err == nil && len(all) == 0 {
		var first StoredAuthority
		if first, err = a.make(now()); err == nil {
			all, err = s.CreateFirstAuthority(ctx, first)
		}
	}
	if err != nil {
		return nil, err
	}
	return a, a.load(all)
}

// Reload takes over what another process has changed.
func (a *Authority) Reload(ctx context.Context) error {
	all, err := a.store.Authorities(ctx)
	if err != nil {
		return err
	}
	return a.load(all)
}

func (a *Authority) load(all []StoredAuthority) error {
	var open []openAuthority
	for _, s := range all {
		o, err := a.open(s)
		if err != nil {
			return fmt.Errorf("open fleet authority %s: %w", s.ID, err)
		}
		open = append(open, o)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all = open
	return nil
}

func (a *Authority) open(s StoredAuthority) (openAuthority, error) {
	text, err := a.sealer.Open(s.Sealed, authorityContext)
	if err != nil {
		return openAuthority{}, err
	}
	keyBlock, rest := pem.Decode(text)
	certificateBlock, _ := pem.Decode(rest)
	if keyBlock == nil || certificateBlock == nil {
		return openAuthority{}, errors.New("it is no key with a certificate")
	}
	key, err := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	if err != nil {
		return openAuthority{}, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return openAuthority{}, errors.New("the key cannot sign")
	}
	certificate, err := x509.ParseCertificate(certificateBlock.Bytes)
	return openAuthority{s, signer, certificate}, err
}

func (a *Authority) make(issuesFrom time.Time) (StoredAuthority, error) {
	s := StoredAuthority{ID: id.New("ca"), IssuesFrom: issuesFrom}
	candidate, err := newAuthority(s.ID, a.now())
	if err != nil {
		return StoredAuthority{}, fmt.Errorf("make fleet authority: %w", err)
	}
	s.Sealed = a.sealer.Seal(candidate, authorityContext)
	return s, nil
}

// RotateConfig says how an authority is replaced.
type RotateConfig struct {
	Overlap time.Duration // until it issues, in which all control planes learn to trust it
	Retire  time.Duration // from then on the ones before are trusted; 0: retireAfter. A negative one retires them at once
}

// Rotate adds an authority that issues after a time, and says when the ones before are retired.
func (a *Authority) Rotate(ctx context.Context, c RotateConfig) (next StoredAuthority, retired time.Time, err error) {
	if next, err = a.make(a.now().Add(c.Overlap)); err != nil {
		return next, retired, err
	}
	return a.succeed(ctx, next, c.Retire)
}

// Back has the authority issue again at once that came before the present one, or before one that does not issue yet, while it
// is trusted still.
func (a *Authority) Back(ctx context.Context) (StoredAuthority, time.Time, error) {
	trusted := a.trusted()
	if len(trusted) < 2 {
		return StoredAuthority{}, time.Time{}, errors.New("there is none before that is trusted")
	}
	former := trusted[1].StoredAuthority
	former.IssuesFrom, former.RetiresAt = a.now(), time.Time{}
	return a.succeed(ctx, former, 0)
}

func (a *Authority) succeed(ctx context.Context, next StoredAuthority, retire time.Duration) (StoredAuthority, time.Time, error) {
	if retire == 0 {
		retire = retireAfter
	}
	retired := next.IssuesFrom.Add(max(retire, 0))
	if err := a.store.SetAuthority(ctx, next, retired); err != nil {
		return StoredAuthority{}, time.Time{}, err
	}
	return next, retired, a.Reload(ctx)
}

// trusted are all that are not retired.
func (a *Authority) trusted() []openAuthority {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	return slices.DeleteFunc(slices.Clone(a.all), func(o openAuthority) bool {
		return !o.RetiresAt.IsZero() && !now.Before(o.RetiresAt)
	})
}

// current is the one that issues.
func (a *Authority) current() (openAuthority, error) {
	now := a.now()
	for _, o := range a.trusted() {
		if !now.Before(o.IssuesFrom) {
			return o, nil
		}
	}
	return openAuthority{}, errors.New("no fleet authority issues")
}

// newAuthority returns a key and its certificate, PEM. It is named by its id: nodes are told the names of those that are
// trusted, and do not show what another one has issued, which would end the connection.
func newAuthority(id string, now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "Podium data planes " + id},
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

// Pool returns what the certificates of nodes are verified by at this moment.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	for _, o := range a.trusted() {
		pool.AddCert(o.certificate)
	}
	return pool
}

// issued reports whether a certificate is from one that is still trusted: connections outlive a retirement.
func (a *Authority) issued(certificate *x509.Certificate) bool {
	return slices.ContainsFunc(a.trusted(), func(o openAuthority) bool { return certificate.CheckSignatureFrom(o.certificate) == nil })
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
	by, err := a.current()
	if err != nil {
		return "", err
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: node, Organization: []string{cluster}},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certificateLife), URIs: []*url.URL{identityOf(cluster, node)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, by.certificate, csr.PublicKey, by.key)
	if err != nil {
		return "", fmt.Errorf("issue certificate: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), nil
}
