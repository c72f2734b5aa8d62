package identity_test

import (
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/ratelimit"
	"github.com/podium-cloud/podium/controlplane/internal/store"
	"github.com/podium-cloud/podium/controlplane/internal/store/storetest"
)

// bench is a service over a real store with a clock that the test moves.
type bench struct {
	*identity.Service
	store *store.Store
	clock time.Time
}

func setup(t *testing.T) *bench {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Path: storetest.SQLite(t, t.TempDir())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	b := &bench{store: s, clock: time.Date(2026, 5, 17, 12, 0, 0, 0, time.UTC)}
	sealer, err := identity.OpenSealer(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	b.Service = identity.New(identity.Deps{
		Store: s, Sealer: sealer, Now: func() time.Time { return b.clock }, Logger: slog.New(slog.DiscardHandler),
	})
	return b
}

const password = "correct horse 9"

var from = audit.Actor{Address: "192.0.2.1", RequestID: "r1"}

func (b *bench) signUp(t *testing.T, name string) identity.SignedIn {
	t.Helper()
	in, err := b.SignUp(t.Context(), from, identity.SignUpInput{
		Email: name + "@example.com", Password: password, Name: name, Organization: name,
	})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func wantKind(t *testing.T, err error, k problem.Kind) {
	t.Helper()
	if problem.KindOf(err) != k {
		t.Fatalf("error is %v, want kind %d", err, k)
	}
}

func TestSignUp_NamesEveryWrongField(t *testing.T) {
	b := setup(t)
	for _, test := range []struct {
		name   string
		in     identity.SignUpInput
		fields string
	}{
		{"nothing given", identity.SignUpInput{}, "email password name organization"},
		{"no address", identity.SignUpInput{"ada", password, "Ada", "acme"}, "email"},
		{"a short password", identity.SignUpInput{"ada@example.com", "1234567", "Ada", "acme"}, "password"},
		{"a long password", identity.SignUpInput{"ada@example.com", strings.Repeat("ab", 65), "Ada", "acme"}, "password"},
		{"a common password", identity.SignUpInput{"ada@example.com", "Password123", "Ada", "acme"}, "password"},
		{"one letter repeated", identity.SignUpInput{"ada@example.com", "eeeeeeeeee", "Ada", "acme"}, "password"},
		{"the e-mail as password", identity.SignUpInput{"ada.lovelace@example.com", "Ada.Lovelace", "Ada", "acme"}, "password"},
		{"a long name", identity.SignUpInput{"ada@example.com", password, strings.Repeat("a", 101), "acme"}, "name"},
		{"a wrong organization", identity.SignUpInput{"ada@example.com", password, "Ada", "Acme Inc."}, "organization"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := b.SignUp(t.Context(), from, test.in)
			wantKind(t, err, problem.Invalid)
			p, _ := errors.AsType[*problem.Error](err)
			var names []string
			for _, f := range p.Fields {
				names = append(names, f.Name)
			}
			if got := strings.Join(names, " "); got != test.fields {
				t.Errorf("wrong fields are %q, want %q", got, test.fields)
			}
		})
	}
}

func TestSignUp_TheSameEmailInOtherSpelling(t *testing.T) {
	b := setup(t)
	b.signUp(t, "ada")
	_, err := b.SignUp(t.Context(), from, identity.SignUpInput{" Ada@Example.COM", password, "Ada", "other"})
	wantKind(t, err, problem.Conflict)
	if _, err := b.LogIn(t.Context(), from, identity.LogInInput{Email: "ADA@example.com ", Password: password}); err != nil {
		t.Errorf("log in with another spelling: %v", err)
	}
}

func TestSignUp_KeepsNoSecret(t *testing.T) {
	b := setup(t)
	in := b.signUp(t, "ada")
	_, hash, err := b.store.AccountByEmail(t.Context(), "ada@example.com")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(hash, password) {
		t.Errorf("stored password is %q, %v", hash, err)
	}
	if _, _, err := b.store.Session(t.Context(), in.Token); problem.KindOf(err) != problem.NotFound {
		t.Error("the session is stored under its token")
	}
}

func TestLogIn(t *testing.T) {
	b := setup(t)
	first := b.signUp(t, "ada")
	for _, try := range [][2]string{{"ada@example.com", "wrong"}, {"nobody@example.com", password}, {"no address", password}} {
		_, err := b.LogIn(t.Context(), from, identity.LogInInput{Email: try[0], Password: try[1]})
		wantKind(t, err, problem.Unauthenticated)
		if err.Error() != "The e-mail or the password is wrong." {
			t.Errorf("the answer for %s tells more: %v", try[0], err)
		}
	}
	_, err := b.LogIn(t.Context(), from, identity.LogInInput{Email: "", Password: ""})
	wantKind(t, err, problem.Invalid)

	second, err := b.LogIn(t.Context(), from, identity.LogInInput{Email: "ada@example.com", Password: password, OldToken: first.Token})
	if err != nil {
		t.Fatal(err)
	}
	if second.Token == first.Token {
		t.Error("the token is not a new one")
	}
	_, _, err = b.Authenticate(t.Context(), first.Token)
	wantKind(t, err, problem.Unauthenticated)
	_, who, err := b.Authenticate(t.Context(), second.Token)
	if err != nil || who.Email != "ada@example.com" {
		t.Errorf("signed in as %v, %v", who, err)
	}
	if err := b.LogOut(t.Context(), from, second.Token); err != nil {
		t.Fatal(err)
	}
	_, _, err = b.Authenticate(t.Context(), second.Token)
	wantKind(t, err, problem.Unauthenticated)
	for _, token := range []string{second.Token, ""} {
		if err := b.LogOut(t.Context(), from, token); err != nil {
			t.Errorf("log out again: %v", err)
		}
	}
}

// TestLogIn_WorksAsHardForUnknownAccounts compares the least times of several tries, which noise hardly touches.
func TestLogIn_WorksAsHardForUnknownAccounts(t *testing.T) {
	b := setup(t)
	b.signUp(t, "ada")
	least := func(email string) time.Duration {
		best := time.Hour
		for range 3 {
			start := time.Now()
			_, err := b.LogIn(t.Context(), from, identity.LogInInput{Email: email, Password: "wrong password"})
			best = min(best, time.Since(start))
			wantKind(t, err, problem.Unauthenticated)
		}
		return best
	}
	known, unknown := least("ada@example.com"), least("nobody@example.com")
	if known > 5*unknown || unknown > 5*known {
		t.Errorf("a known account takes %v, an unknown one %v", known, unknown)
	}
}

func TestLogIn_LimitsGuessing(t *testing.T) {
	b := setup(t)
	b.signUp(t, "ada")
	for range 9 {
		_, err := b.LogIn(t.Context(), from, identity.LogInInput{Email: "ada@example.com", Password: "wrong password"})
		wantKind(t, err, problem.Unauthenticated)
	}
	for range 3 { // success does not count
		if _, err := b.LogIn(t.Context(), from, identity.LogInInput{Email: "ada@example.com", Password: password}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := b.LogIn(t.Context(), from, identity.LogInInput{Email: "ada@example.com", Password: "wrong password"})
	wantKind(t, err, problem.Unauthenticated)
	_, err = b.LogIn(t.Context(), from, identity.LogInInput{Email: "ada@example.com", Password: password})
	wantKind(t, err, problem.TooMany)
	p, _ := errors.AsType[*problem.Error](err)
	if p.RetryAfter <= 0 || p.RetryAfter > 15*time.Minute {
		t.Errorf("retry after %v", p.RetryAfter)
	}
	if _, err := b.LogIn(t.Context(), audit.Actor{Address: "192.0.2.2"}, identity.LogInInput{Email: "ada@example.com", Password: password}); err != nil {
		t.Errorf("the owner is locked out elsewhere: %v", err)
	}
	b.clock = b.clock.Add(p.RetryAfter)
	if _, err := b.LogIn(t.Context(), from, identity.LogInInput{Email: "ada@example.com", Password: password}); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

// TestLogIn_LimitsGuessingOverProcesses: S-80. Who is refused at one control plane is refused at the other.
func TestLogIn_LimitsGuessingOverProcesses(t *testing.T) {
	b := setup(t)
	b.signUp(t, "ada")
	clock, log := func() time.Time { return b.clock }, slog.New(slog.DiscardHandler)
	processes := make([]*identity.Service, 2)
	for i := range processes {
		processes[i] = identity.New(identity.Deps{Store: b.store, Attempts: ratelimit.Share(b.store, clock, log), Now: clock, Logger: log})
	}
	for i := range 10 {
		if i%2 == 0 { // success does not count
			if _, err := processes[1].LogIn(t.Context(), from, identity.LogInInput{Email: "ada@example.com", Password: password}); err != nil {
				t.Fatal(err)
			}
		}
		_, err := processes[i%2].LogIn(t.Context(), from, identity.LogInInput{Email: "ada@example.com", Password: "wrong password"})
		wantKind(t, err, problem.Unauthenticated)
	}
	for _, p := range processes {
		_, err := p.LogIn(t.Context(), from, identity.LogInInput{Email: "ada@example.com", Password: password})
		wantKind(t, err, problem.TooMany)
	}
	if _, err := processes[0].LogIn(t.Context(), audit.Actor{Address: "192.0.2.2"}, identity.LogInInput{Email: "ada@example.com", Password: password}); err != nil {
		t.Errorf("the owner is locked out elsewhere: %v", err)
	}
	b.clock = b.clock.Add(15 * time.Minute)
	if _, err := processes[0].LogIn(t.Context(), from, identity.LogInInput{Email: "ada@example.com", Password: password}); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

func TestSession_EndsWhenIdleAndAtTheLatestAfterItsLife(t *testing.T) {
	b := setup(t)
	start := b.clock
	idle, used := b.signUp(t, "ada"), b.signUp(t, "grace")
	const step = identity.SessionIdle - time.Hour
	for b.clock.Add(step).Before(start.Add(identity.SessionLife)) {
		b.clock = b.clock.Add(step)
		if _, _, err := b.Authenticate(t.Context(), used.Token); err != nil {
			t.Fatalf("a used session ended after %v: %v", b.clock.Sub(start), err)
		}
	}
	_, _, err := b.Authenticate(t.Context(), idle.Token)
	wantKind(t, err, problem.Unauthenticated)
	b.clock = start.Add(identity.SessionLife)
	_, _, err = b.Authenticate(t.Context(), used.Token)
	wantKind(t, err, problem.Unauthenticated)
	if err := b.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{"", "guess"} {
		_, _, err = b.Authenticate(t.Context(), token)
		wantKind(t, err, problem.Unauthenticated)
	}
}
