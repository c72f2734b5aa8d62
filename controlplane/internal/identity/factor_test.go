package identity_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

// enrolled signs somebody up who has a second factor.
func (b *bench) enrolled(t *testing.T) (in identity.SignedIn, secret string, recovery []string) {
	t.Helper()
	in = b.signUp(t, "ada")
	session, account, err := b.Authenticate(t.Context(), in.Token)
	must(t, err)
	by := audit.Actor{AccountID: account.ID, Email: account.Email}
	e, err := b.BeginSecondFactor(t.Context(), by, session)
	must(t, err)
	recovery, err = b.ConfirmSecondFactor(t.Context(), by, session, b.code(t, e.Secret))
	must(t, err)
	return in, e.Secret, recovery
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// code is what the app shows at the moment.
func (b *bench) code(t *testing.T, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, b.clock)
	must(t, err)
	return code
}

func (b *bench) logIn(t *testing.T, code string) (identity.SignedIn, error) {
	t.Helper()
	return b.LogIn(t.Context(), from, identity.LogInInput{Email: "ada@example.com", Password: password, Code: code})
}

// wantWrong fails unless a code was refused as wrong.
func wantWrong(t *testing.T, what string, err error) {
	t.Helper()
	p, _ := errors.AsType[*problem.Error](err)
	if p == nil || p.Kind != problem.Unauthenticated || len(p.Fields) != 1 || p.Fields[0].Name != "code" {
		t.Errorf("%s: error is %v", what, err)
	}
}

// TestSecondFactor_IsAskedForAndWorksOnce: S-15.
func TestSecondFactor_IsAskedForAndWorksOnce(t *testing.T) {
	b := setup(t)
	_, secret, recovery := b.enrolled(t)
	_, err := b.logIn(t, b.code(t, secret))
	wantWrong(t, "the code that confirmed it", err)
	b.clock = b.clock.Add(30 * time.Second)
	_, err = b.logIn(t, "")
	wantKind(t, err, problem.CodeWanted)
	_, err = b.LogIn(t.Context(), from, identity.LogInInput{Email: "ada@example.com", Password: "wrong", Code: b.code(t, secret)})
	if err.Error() != "The e-mail or the password is wrong." {
		t.Errorf("a wrong password with a right code: %v", err)
	}
	now := b.code(t, secret)
	if _, err := b.logIn(t, now[:3]+" "+now[3:]); err != nil {
		t.Fatalf("a right code: %v", err)
	}
	_, err = b.logIn(t, now)
	wantWrong(t, "a code for the second time", err)
	b.clock = b.clock.Add(-30 * time.Second)
	_, err = b.logIn(t, b.code(t, secret))
	wantWrong(t, "the code before one that was taken", err)
	b.clock = b.clock.Add(2 * time.Minute)
	_, err = b.logIn(t, now)
	wantWrong(t, "a code that is over", err)
	_, err = b.logIn(t, "not-a-code")
	wantWrong(t, "no code at all", err)
	if _, err := b.logIn(t, strings.ToUpper(recovery[3])); err != nil {
		t.Errorf("a recovery code: %v", err)
	}
	_, err = b.logIn(t, recovery[3])
	wantWrong(t, "a recovery code for the second time", err)
	log, err := b.store.AuditLog(t.Context(), b.organization(t), audit.Filter{Action: "session.create", Outcome: audit.Refused}, 100)
	if err != nil || len(log) == 0 || !strings.Contains(log[0].Reason, "code is wrong") {
		t.Errorf("the audit log says %v, %v", log, err)
	}
}

// organization returns the id of ada's organization.
func (b *bench) organization(t *testing.T) string {
	t.Helper()
	account, _, err := b.store.AccountByEmail(t.Context(), "ada@example.com")
	must(t, err)
	list, err := b.store.OrganizationsOf(t.Context(), tenant.Viewer{AccountID: account.ID})
	must(t, err)
	return list[0].ID
}

// TestSecondFactor_LimitsGuessing: S-15. Whoever has the password cannot try codes for long.
func TestSecondFactor_LimitsGuessing(t *testing.T) {
	b := setup(t)
	_, secret, _ := b.enrolled(t)
	b.clock = b.clock.Add(time.Hour)
	for i := range 10 {
		from := audit.Actor{Address: strings.Repeat("x", i+1)} // from everywhere
		_, err := b.LogIn(t.Context(), from, identity.LogInInput{Email: "ada@example.com", Password: password, Code: "not-a-code"})
		wantKind(t, err, problem.Unauthenticated)
	}
	_, err := b.LogIn(t.Context(), audit.Actor{Address: "y"}, identity.LogInInput{Email: "ada@example.com", Password: password, Code: b.code(t, secret)})
	wantKind(t, err, problem.TooMany)
	b.clock = b.clock.Add(15 * time.Minute)
	if _, err := b.logIn(t, b.code(t, secret)); err != nil {
		t.Errorf("after a while: %v", err)
	}
}

// TestSecondFactor_BelongsToThePassword: who comes through an identity provider can neither set it up nor switch it off.
func TestSecondFactor_BelongsToThePassword(t *testing.T) {
	b := setup(t)
	in, _, _ := b.enrolled(t)
	session, account, err := b.Authenticate(t.Context(), in.Token)
	must(t, err)
	by := audit.Actor{AccountID: account.ID, Email: account.Email}
	session.Through.OrganizationID = "org_1"
	_, err = b.BeginSecondFactor(t.Context(), by, session)
	wantKind(t, err, problem.Denied)
	_, err = b.ConfirmSecondFactor(t.Context(), by, session, "123456")
	wantKind(t, err, problem.Denied)
	_, err = b.ReplaceRecoveryCodes(t.Context(), by, session)
	wantKind(t, err, problem.Denied)
	wantKind(t, b.DisableSecondFactor(t.Context(), by, session), problem.Denied)
	if f, err := b.SecondFactor(t.Context(), session); err != nil || !f.Enabled() || f.RecoveryCodesLeft != 10 {
		t.Errorf("the factor is %+v, %v", f, err)
	}
}

// TestSecondFactor_FollowsTheStandard compares codes with those of RFC 6238, appendix B.
func TestSecondFactor_FollowsTheStandard(t *testing.T) {
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // 12345678901234567890
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 20000000000: "353130"} {
		step, right, err := identity.StepOf(secret, code, time.Unix(at, 0))
		if err != nil || !right || step != at/30 {
			t.Errorf("at %d: step %d, %v, %v", at, step, right, err)
		}
		if _, right, _ := identity.StepOf(secret, code, time.Unix(at+61, 0)); right {
			t.Errorf("the code of %d is taken a minute later", at)
		}
	}
}
