package fleet

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// credentials are a node's key and its client certificate, PEM. The key never leaves the node.
type credentials struct {
	Key         string `json:"key,omitempty"`
	Certificate string `json:"certificate,omitempty"`
	// Next is the key that a renewal under way asks for. It is remembered before it is sent, so that it is not lost with the
	// answer.
	Next string `json:"next,omitempty"`
}

// secure reports whether the control plane is reached by HTTPS; over plain HTTP, on loopback, there are no certificates.
func (l *Link) secure() bool { return strings.HasPrefix(l.c.Address, "https://") }

// client makes the HTTP client: through the proxy that the environment names, and with the node's certificate where the
// control plane knows its issuer.
func (l *Link) client() *http.Client {
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return &http.Client{}
	}
	transport = transport.Clone() // it asks HTTPS_PROXY and NO_PROXY
	transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetClientCertificate: l.present, RootCAs: l.c.Roots}
	if l.c.Proxy != nil {
		transport.Proxy = l.c.Proxy
	}
	return &http.Client{Transport: transport}
}

// present offers the certificate while it lasts. An expired one would end the connection before it could be renewed.
func (l *Link) present(asked *tls.CertificateRequestInfo) (*tls.Certificate, error) {
	l.mu.Lock()
	pair := l.pair
	l.mu.Unlock()
	if pair == nil || l.now().After(pair.Leaf.NotAfter) || asked.SupportsCertificate(pair) != nil {
		return &tls.Certificate{}, nil //nolint:nilerr // who does not know the issuer gets none
	}
	return pair, nil
}

// parse makes the pair to present, nil without a certificate.
func (c credentials) parse() (*tls.Certificate, error) {
	if c.Certificate == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	pair, err := tls.X509KeyPair([]byte(c.Certificate), []byte(c.Key))
	if err != nil {
		return nil, fmt.Errorf("the node's certificate: %w", err)
	}
	return &pair, nil
}

func newKey() (string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", fmt.Errorf("make key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", fmt.Errorf("make key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}

func parseKey(text string) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("the node's key is damaged")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := parsed.(*ecdsa.PrivateKey)
	if err != nil || !ok {
		return nil, errors.New("the node's key is damaged")
	}
	return key, nil
}

// csr makes a certificate request for a key, PEM.
func (l *Link) csr(text string) (string, error) {
	key, err := parseKey(text)
	if err != nil {
		return "", err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: l.nodeID}}, key)
	if err != nil {
		return "", fmt.Errorf("make certificate request: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})), nil
}

// due reports whether the certificate is to be renewed: when 70 % of its life are over, and a little later by this node's lot, so
// that a fleet does not renew in step.
func (l *Link) due() bool {
	l.mu.Lock()
	pair := l.pair
	l.mu.Unlock()
	if pair == nil {
		return false
	}
	life := pair.Leaf.NotAfter.Sub(pair.Leaf.NotBefore)
	return l.now().After(pair.Leaf.NotBefore.Add(time.Duration(float64(life) * (0.7 + 0.15*l.lot))))
}

// renew gets another certificate: for the key that there is, or with rotate for a new one. It works after the old one has
// expired too, as the key proves who asks.
func (l *Link) renew(ctx context.Context, rotate bool) error {
	next := l.state
	if next.Next == "" {
		next.Next = next.Key
		if rotate {
			var err error
			if next.Next, err = newKey(); err != nil {
				return err
			}
		}
		if err := l.adopt(ctx, next, nil); err != nil {
			return err
		}
	}
	csr, err := l.csr(next.Next)
	if err != nil {
		return err
	}
	key, err := parseKey(next.Key)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(csr))
	proof, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	if err != nil {
		return fmt.Errorf("renew certificate: %w", err)
	}
	var res fleetapi.RenewResponse
	err = l.call(ctx, fleetapi.RenewPath, l.state.LinkToken, callTimeout, fleetapi.RenewRequest{
		ClusterID: l.c.ClusterID, NodeID: l.state.NodeID, CSR: csr, Proof: base64.StdEncoding.EncodeToString(proof),
	}, &res)
	if err != nil {
		return fmt.Errorf("renew certificate: %w", err)
	}
	next.credentials = credentials{Key: next.Next, Certificate: res.Certificate}
	if _, err := next.parse(); err != nil {
		return err
	}
	if err := l.adopt(ctx, next, nil); err != nil {
		return err
	}
	l.log.InfoContext(ctx, "certificate renewed", "until", l.pair.Leaf.NotAfter)
	return nil
}

// keepCertificate renews the certificate in time. A failure matters when it has expired only: calls fail then by themselves.
func (l *Link) keepCertificate(ctx context.Context) {
	if !l.due() || l.now().Before(l.renewAfter) {
		return
	}
	if err := l.renew(ctx, false); err != nil {
		l.renewAfter = l.now().Add(renewPause)
		l.log.WarnContext(ctx, "the certificate could not be renewed; trying again", "error", err)
	}
}

// renewPause is the time between two attempts to renew.
const renewPause = 30 * time.Second
