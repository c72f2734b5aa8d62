package mail_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/mail"
	"github.com/podium-cloud/podium/controlplane/internal/store"
	"github.com/podium-cloud/podium/controlplane/internal/store/storetest"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

// server is a mail server that keeps what it is given.
type server struct {
	mu      sync.Mutex
	letters []string
	refusal error // of recipients; nil: takes them
}

// NewSession begins what one connection does.
func (s *server) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{server: s}, nil }

type session struct {
	server   *server
	signedIn bool
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if s.signedIn = user == "podium" && password == "pass"; !s.signedIn {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (s *session) Mail(string, *smtp.MailOptions) error {
	if !s.signedIn {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (s *session) Rcpt(string, *smtp.RcptOptions) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	return s.server.refusal
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.letters = append(s.server.letters, string(text))
	return err
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// refuse has the server answer recipients so.
func (s *server) refuse(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusal = err
}

func (s *server) got() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.letters
}

// bench is a sender over a real store and a real mail server, with a clock that the test moves.
type bench struct {
	mail.Sender

	store  *store.Store
	server *server
	smtp   mail.SMTP
	clock  time.Time
	log    strings.Builder
}

var epoch = time.Date(2026, 5, 17, 12, 0, 0, 0, time.UTC)

func setup(t *testing.T) *bench {
	t.Helper()
	b := &bench{server: &server{}, clock: epoch}
	lender := httptest.NewTLSServer(http.NotFoundHandler()) // its certificate is good for 127.0.0.1
	t.Cleanup(lender.Close)
	trusted := x509.NewCertPool()
	trusted.AddCert(lender.Certificate())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	serving := smtp.NewServer(b.server)
	serving.TLSConfig = &tls.Config{Certificates: lender.TLS.Certificates, MinVersion: tls.VersionTLS12}
	serving.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	go func() { _ = serving.Serve(listener) }()
	t.Cleanup(func() { _ = serving.Close() })
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	b.smtp = mail.SMTP{
		Host: "127.0.0.1", Port: port, User: "podium", Password: "pass", From: netmail.Address{Name: "Podium", Address: "podium@example.com"},
		TLS: &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12},
	}
	b.store, err = store.Open(t.Context(), store.Config{Path: storetest.SQLite(t, t.TempDir()), Letters: true})
	must(t, err)
	t.Cleanup(func() { _ = b.store.Close() })
	sealer, err := identity.OpenSealer(filepath.Join(t.TempDir(), "key"))
	must(t, err)
	b.Sender = mail.Sender{
		Store: b.store, Sealer: sealer, Carrier: b.smtp, Now: func() time.Time { return b.clock }, Logger: slog.New(slog.NewTextHandler(&b.log, nil)),
	}
	must(t, b.store.CreateAccount(t.Context(), identity.Account{ID: "acc_ada", Email: "ada@example.com", CreatedAt: epoch}, "hash",
		tenant.Organization{ID: "org_acme", Name: "acme", CreatedAt: epoch},
		identity.Session{TokenHash: "x", AccountID: "acc_ada", CreatedAt: epoch, SeenAt: epoch, ExpiresAt: epoch}, entry()))
	return b
}

func entry() audit.Entry { return audit.Entry{At: epoch, Organization: "org_acme", Action: "test"} }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const link = "https://podium.example.com/invitation#mark-of-a-token"

// invite makes an invitation with its letter.
func (b *bench) invite(t *testing.T, email string) {
	t.Helper()
	i := tenant.Invitation{
		ID: "inv_" + email, OrganizationID: "org_acme", Organization: "acme", Email: email, Role: authz.Member, CreatedBy: "ada@example.com",
		CreatedAt: b.clock, ExpiresAt: epoch.Add(30 * 24 * time.Hour), Mail: mail.Queued,
	}
	post := &mail.Post{Sealer: b.Sealer}
	letter := post.Invitation(mail.Invited{
		OrganizationID: i.OrganizationID, Organization: i.Organization, InvitationID: i.ID, Email: email, By: "Ädä <ada@example.com>", Link: link,
		At: b.clock, ExpiresAt: i.ExpiresAt,
	})
	if strings.Contains(letter.Body, "mark-of-a-token") {
		t.Error("the stored letter shows the link")
	}
	must(t, b.store.CreateInvitation(t.Context(), i, "hash of "+email, letter, entry()))
}

// state returns what has become of the letter of the only invitation.
func (b *bench) state(t *testing.T) (mail.State, string) {
	t.Helper()
	list, err := b.store.Invitations(t.Context(), "org_acme", epoch)
	must(t, err)
	return list[0].Mail, list[0].MailProblem
}

func (b *bench) pass(t *testing.T) {
	t.Helper()
	must(t, b.Pass(t.Context()))
}
