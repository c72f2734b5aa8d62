package identity

import (
	"context"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

// Factor is the second factor of an account. The zero value: there is none.
type Factor struct {
	SealedSecret      string // bound to factorOwner
	ConfirmedAt       time.Time
	LastStep          int64 // whose code was taken last
	RecoveryCodesLeft int
}

// Enabled reports whether signing in with the password asks for a code.
func (f Factor) Enabled() bool { return !f.ConfirmedAt.IsZero() }

// FactorStore keeps second factors. Entries go where that of AuditSignIn goes.
type FactorStore interface {
	// Factor returns the second factor of an account, the zero value when there is none.
	Factor(ctx context.Context, account string) (Factor, error)
	// BeginFactor stores a secret that nobody is asked about yet, in place of such a one. One that is on is a Conflict.
	BeginFactor(ctx context.Context, account, sealedSecret string, at time.Time) error
	// ConfirmFactor switches the factor with a sealed secret on, with recovery codes by their hashes, and ends the sessions with
	// a password but the one with the hash kept. A factor that is on, absent or another one by now is a Conflict.
	ConfirmFactor(ctx context.Context, account, sealedSecret string, step int64, codeHashes []string, kept string, e audit.Entry) error
	// ReplaceRecoveryCodes stores other recovery codes. Without a factor that is on it is a Conflict.
	ReplaceRecoveryCodes(ctx context.Context, account string, codeHashes []string, e audit.Entry) error
	// UseStep notes that the code of a time step was taken; whether no code of it or a later one was taken before.
	UseStep(ctx context.Context, account string, step int64) (bool, error)
	// UseRecoveryCode uses a recovery code up; whether it was there.
	UseRecoveryCode(ctx context.Context, account, codeHash string) (bool, error)
	// DeleteFactor switches the factor of an account off; an account without one leaves no audit entry.
	DeleteFactor(ctx context.Context, account string, e audit.Entry) error
}

// Enrolment is what an app needs to make codes. It is shown once.
type Enrolment struct {
	Secret  string // base32
	URI     string // otpauth://
	Picture Picture
}

func factorOwner(account string) string { return "second_factors/" + account }

// SecondFactor returns the second factor of a session's account.
func (s *Service) SecondFactor(ctx context.Context, asking Session) (Factor, error) {
	return s.store.Factor(ctx, asking.AccountID)
}

// BeginSecondFactor makes the secret of a second factor, which counts when it is confirmed.
func (s *Service) BeginSecondFactor(ctx context.Context, by audit.Actor, asking Session) (Enrolment, error) {
	if err := asking.byPassword(); err != nil {
		return Enrolment{}, err
	}
	secret, uri, err := newSecret(by.Email)
	if err != nil {
		return Enrolment{}, err
	}
	drawn, err := picture(uri)
	if err != nil {
		return Enrolment{}, err
	}
	sealed := s.sealer.Seal([]byte(secret), factorOwner(asking.AccountID))
	return Enrolment{secret, uri, drawn}, s.store.BeginFactor(ctx, asking.AccountID, sealed, s.now())
}

// byPassword refuses sessions through an organization's provider: its owners could be behind it, and it asks for what it likes.
func (s Session) byPassword() error {
	if s.Through.OrganizationID != "" {
		return problem.New(problem.Denied, "You are signed in through your organization's identity provider, which asks for a second factor "+
			"itself if it is to. Sign in with your password to change the one here.")
	}
	return nil
}

// ConfirmSecondFactor switches the second factor on, by a code that the app shows, and returns the recovery codes. Other
// sessions with the password end: they have shown no code.
func (s *Service) ConfirmSecondFactor(ctx context.Context, by audit.Actor, asking Session, code string) ([]string, error) {
	if err := asking.byPassword(); err != nil {
		return nil, err
	}
	if err := s.limits.take(ctx, perCode(asking.AccountID)); err != nil {
		return nil, err
	}
	factor, err := s.store.Factor(ctx, asking.AccountID)
	if err != nil {
		return nil, err
	}
	if factor.SealedSecret == "" || factor.Enabled() {
		return nil, problem.New(problem.Conflict, "There is no second factor to confirm; begin to set one up.")
	}
	step, right, err := s.stepOf(asking.AccountID, factor, plainCode(code))
	if err != nil {
		return nil, err
	}
	if !right {
		return nil, problem.Wrong("code", "is not what the app should show now; enter the newest one, and check that the clock of your phone is right")
	}
	s.limits.giveBack(ctx, perCode(asking.AccountID))
	codes, hashes := newRecoveryCodes(asking.AccountID)
	return codes, s.store.ConfirmFactor(ctx, asking.AccountID, factor.SealedSecret, step, hashes, asking.TokenHash, s.factorEntry(by, "secondfactor.enable"))
}

// ReplaceRecoveryCodes makes other recovery codes.
func (s *Service) ReplaceRecoveryCodes(ctx context.Context, by audit.Actor, asking Session) ([]string, error) {
	if err := asking.byPassword(); err != nil {
		return nil, err
	}
	codes, hashes := newRecoveryCodes(asking.AccountID)
	return codes, s.store.ReplaceRecoveryCodes(ctx, asking.AccountID, hashes, s.factorEntry(by, "secondfactor.recovery-codes"))
}

// DisableSecondFactor switches the second factor off; repeating it changes nothing.
func (s *Service) DisableSecondFactor(ctx context.Context, by audit.Actor, asking Session) error {
	if err := asking.byPassword(); err != nil {
		return err
	}
	return s.store.DeleteFactor(ctx, asking.AccountID, s.factorEntry(by, "secondfactor.disable"))
}

// ResetSecondFactor switches the second factor of whoever lost it off, for the operator of the installation.
func (s *Service) ResetSecondFactor(ctx context.Context, by audit.Actor, email string) error {
	account, _, err := s.store.AccountByEmail(ctx, email)
	if err != nil {
		return err
	}
	e := s.factorEntry(by, "secondfactor.disable")
	e.Target = "account/" + account.Email
	return s.store.DeleteFactor(ctx, account.ID, e)
}

func (s *Service) factorEntry(by audit.Actor, action string) audit.Entry {
	return audit.Entry{At: s.now(), Actor: by, Action: action, Target: "account/" + by.Email}
}

func (s *Service) stepOf(account string, f Factor, code string) (int64, bool, error) {
	secret, err := s.sealer.Open(f.SealedSecret, factorOwner(account))
	if err != nil {
		return 0, false, err
	}
	return stepOf(string(secret), code, s.now())
}

// Proof is what a right password was followed by.
type Proof string

// The proofs.
const (
	noProof       Proof = "" // none was asked for
	appProof      Proof = "app"
	recoveryProof Proof = "recovery code"
)

// proveFactor checks the code of somebody whose password is right, and uses it up. wrong: it is none of theirs.
func (s *Service) proveFactor(ctx context.Context, account, code string) (p Proof, wrong bool, err error) {
	factor, err := s.store.Factor(ctx, account)
	if err != nil || !factor.Enabled() {
		return noProof, false, err
	}
	if code = plainCode(code); code == "" {
		return noProof, false, problem.New(problem.CodeWanted, "Enter the code that your app shows, or one of your recovery codes.")
	}
	if err := s.limits.take(ctx, perCode(account)); err != nil {
		return noProof, false, err
	}
	var right bool
	if appCode.MatchString(code) {
		var step int64
		if step, right, err = s.stepOf(account, factor, code); err == nil && right {
			right, err = s.store.UseStep(ctx, account, step)
		}
		p = appProof
	} else {
		right, err = s.store.UseRecoveryCode(ctx, account, hashRecoveryCode(account, code))
		p = recoveryProof
	}
	if err != nil || !right {
		return noProof, err == nil, err
	}
	s.limits.giveBack(ctx, perCode(account))
	return p, false, nil
}
