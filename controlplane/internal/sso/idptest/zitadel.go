package idptest

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

const zitadelSecret = "a secret of the web client"

// ZitadelProvider is the provider of github.com/zitadel/oidc.
type ZitadelProvider struct {
	*storage.Storage

	server *httptest.Server
	client *storage.Client

	mu         sync.Mutex
	accounts   map[string]Claims
	postLogout string
	key        *zitadelKey
}

// Zitadel starts it. Its example replaces the process's default logger, here by one that says nothing.
func Zitadel(t *testing.T) *ZitadelProvider {
	t.Helper()
	z := &ZitadelProvider{accounts: map[string]Claims{}}
	z.Storage = storage.NewStorage(z)
	z.RotateKey(t)
	z.server = httptest.NewUnstartedServer(nil)
	z.server.Config.Handler = exampleop.SetupServer("http://"+z.server.Listener.Addr().String(), z, slog.New(slog.DiscardHandler), false)
	z.server.Start()
	t.Cleanup(z.server.Close)
	return z
}

// Issuer implements Provider.
func (z *ZitadelProvider) Issuer() string { return z.server.URL }

// Register implements Provider. It knows no back-channel logout.
func (z *ZitadelProvider) Register(_ *testing.T, r Registration) (id, secret string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.client, z.postLogout = storage.WebClient("podium", zitadelSecret, r.RedirectURI), r.PostLogoutURI
	return "podium", zitadelSecret
}

// SetAccount implements Provider.
func (z *ZitadelProvider) SetAccount(_ *testing.T, login string, c Claims) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.accounts[login] = c
}

// RotateKey signs with a new key from now on, and forgets the one before.
func (z *ZitadelProvider) RotateKey(t *testing.T) {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	z.mu.Lock()
	defer z.mu.Unlock()
	z.key = &zitadelKey{id: strings.ToLower(rand.Text()), private: private}
}

// zitadelKey is a key to sign with and to check signatures with.
type zitadelKey struct {
	id      string
	private *rsa.PrivateKey
}

func (k *zitadelKey) ID() string                                  { return k.id }
func (k *zitadelKey) Key() any                                    { return k.private }
func (k *zitadelKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }

type zitadelPublicKey struct{ *zitadelKey }

func (k zitadelPublicKey) Key() any                           { return &k.private.PublicKey }
func (k zitadelPublicKey) Algorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k zitadelPublicKey) Use() string                        { return "sig" }

// SigningKey implements op.Storage.
func (z *ZitadelProvider) SigningKey(context.Context) (op.SigningKey, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.key, nil
}

// KeySet implements op.Storage.
func (z *ZitadelProvider) KeySet(context.Context) ([]op.Key, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	return []op.Key{zitadelPublicKey{z.key}}, nil
}

// GetClientByClientID implements op.Storage.
func (z *ZitadelProvider) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.client == nil || id != z.client.GetID() {
		return nil, oidc.ErrInvalidClient()
	}
	return zitadelClient{z.client, z.postLogout}, nil
}

// AuthorizeClientIDSecret implements op.Storage.
func (z *ZitadelProvider) AuthorizeClientIDSecret(ctx context.Context, id, secret string) error {
	if _, err := z.GetClientByClientID(ctx, id); err != nil || secret != zitadelSecret {
		return oidc.ErrInvalidClient()
	}
	return nil
}

// zitadelClient is a client that gets claims in its ID token.
type zitadelClient struct {
	*storage.Client
	postLogout string
}

func (c zitadelClient) PostLogoutRedirectURIs() []string     { return []string{c.postLogout} }
func (c zitadelClient) IDTokenUserinfoClaimsAssertion() bool { return true }

// SetUserinfoFromRequest implements op.CanSetUserinfoFromRequest: what the ID token says of somebody.
func (z *ZitadelProvider) SetUserinfoFromRequest(_ context.Context, info *oidc.UserInfo, r op.IDTokenRequest, _ []string) error {
	z.mu.Lock()
	defer z.mu.Unlock()
	info.Subject = r.GetSubject()
	for name, value := range z.accounts[r.GetSubject()] {
		info.AppendClaims(name, value)
	}
	return nil
}

// GetUserByID implements storage.UserStore.
func (z *ZitadelProvider) GetUserByID(id string) *storage.User { return z.GetUserByUsername(id) }

// GetUserByUsername implements storage.UserStore: an account's login is its id.
func (z *ZitadelProvider) GetUserByUsername(name string) *storage.User {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.accounts[name] == nil {
		return nil
	}
	return &storage.User{ID: name, Username: name, Password: Password}
}

// ExampleClientID implements storage.UserStore.
func (z *ZitadelProvider) ExampleClientID() string { return "" }
