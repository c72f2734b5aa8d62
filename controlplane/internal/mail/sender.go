package mail

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// State is what has become of a letter.
type State string

// The states.
const (
	Queued State = "QUEUED"
	Sent   State = "SENT"
	Failed State = "FAILED" // given up
)

const (
	// lease is how long a process has for an attempt before another one takes it up.
	lease = 5 * time.Minute
	// firstPause doubles with every attempt, up to longestPause.
	firstPause   = 30 * time.Second
	longestPause = 2 * time.Hour
	// patience is for how long a letter is tried.
	patience = 3 * 24 * time.Hour
	// lookEvery is how often it is looked for letters.
	lookEvery = 2 * time.Second
)

// Store keeps letters.
type Store interface {
	// ClaimLetter returns a letter that is due, which nobody else gets until then. One whose invitation is gone is left alone.
	// It reports whether there is one.
	ClaimLetter(ctx context.Context, now, until time.Time) (Letter, bool, error)
	// DelayLetter has a letter tried again at a time, and notes why on its invitation.
	DelayLetter(ctx context.Context, l Letter, at time.Time, why string) error
	// EndLetter deletes a letter, and notes on its invitation what has become of it, and why.
	EndLetter(ctx context.Context, l Letter, s State, why string) error
	// PurgeLetters deletes letters that were made before a time.
	PurgeLetters(ctx context.Context, before time.Time) error
}

// Carrier brings a letter, whose body is open, to a mail server. A refusal that will not go away is a [RefusedError].
type Carrier interface {
	Carry(ctx context.Context, l Letter) error
}

// RefusedError says that a mail server will never take a letter.
type RefusedError struct{ Err error }

func (e *RefusedError) Error() string { return e.Err.Error() }
func (e *RefusedError) Unwrap() error { return e.Err }

// Sender sends what is stored. All fields are required.
type Sender struct {
	Store   Store
	Sealer  Sealer
	Carrier Carrier
	Now     func() time.Time
	Logger  *slog.Logger
}

// Run sends letters until ctx ends.
func (s *Sender) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := s.Pass(ctx); err != nil && ctx.Err() == nil {
			s.Logger.ErrorContext(ctx, "e-mails are not sent", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// Pass tries every letter that is due once.
func (s *Sender) Pass(ctx context.Context) error {
	if err := s.Store.PurgeLetters(ctx, s.Now().Add(-patience-lease)); err != nil {
		return err
	}
	for {
		l, found, err := s.Store.ClaimLetter(ctx, s.Now(), s.Now().Add(lease))
		if err != nil || !found {
			return err
		}
		if err := s.send(ctx, l); err != nil {
			return err
		}
	}
}

func (s *Sender) send(ctx context.Context, l Letter) error {
	err := s.carry(ctx, l)
	if err == nil {
		return s.Store.EndLetter(ctx, l, Sent, "")
	}
	if ctx.Err() != nil {
		return ctx.Err() // the lease ends, and it is tried again
	}
	s.Logger.WarnContext(ctx, "an e-mail was not sent", "letter", l.ID, "attempts", l.Attempts, "error", err)
	_, refused := errors.AsType[*RefusedError](err)
	at := s.Now().Add(pause(l.Attempts))
	if refused || at.Sub(l.CreatedAt) > patience {
		return s.Store.EndLetter(ctx, l, Failed, err.Error())
	}
	return s.Store.DelayLetter(ctx, l, at, err.Error())
}

func (s *Sender) carry(ctx context.Context, l Letter) error {
	if l.Sealed {
		text, err := s.Sealer.Open(l.Body, owner(l.ID))
		if err != nil {
			return &RefusedError{err}
		}
		l.Body = string(text)
	}
	return s.Carrier.Carry(ctx, l)
}

// pause returns how long to wait after so many attempts.
func pause(attempts int) time.Duration {
	return min(firstPause<<min(attempts-1, 20), longestPause)
}
