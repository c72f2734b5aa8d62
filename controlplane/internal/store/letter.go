package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/controlplane/internal/mail"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

var _ mail.Store = (*Store)(nil)

// insertLetter stores a letter that is to be sent.
func insertLetter(ctx context.Context, tx *sql.Tx, l mail.Letter) error {
	_, err := exec(ctx, tx, "InsertLetter", l.OrganizationID, l.ID, l.InvitationID, l.To, l.Subject, l.Body, flag(l.Sealed), micros(l.CreatedAt))
	return err
}

// tellOwners has the owners of an organization, but the account except, told of a change, in its transaction. Without a mail
// server nothing is stored.
func (s *Store) tellOwners(ctx context.Context, tx *sql.Tx, organization, except string, at time.Time, write func(organization string) mail.Notice) error {
	if !s.letters {
		return nil
	}
	name, err := one(ctx, tx, value[string], problem.Missing("organization"), "SelectOrganizationName", organization)
	if err != nil {
		return err
	}
	notice := write(name)
	_, err = exec(ctx, tx, "InsertNotices", organization, id.New("let"), notice.Subject, notice.Text, micros(at), except)
	return err
}

var errNoLetter = errors.New("no letter is due")

// ClaimLetter returns a letter that is due.
func (s *Store) ClaimLetter(ctx context.Context, now, until time.Time) (mail.Letter, bool, error) {
	l, err := one(ctx, s.write, func(r scanner) (mail.Letter, error) {
		var l mail.Letter
		var sealed, created int64
		err := r.Scan(&l.OrganizationID, &l.ID, &l.InvitationID, &l.To, &l.Subject, &l.Body, &sealed, &created, &l.Attempts)
		l.Sealed, l.CreatedAt = sealed != 0, timeOf(created)
		return l, err
	}, errNoLetter, "ClaimLetter", micros(now), micros(until))
	if errors.Is(err, errNoLetter) {
		return mail.Letter{}, false, nil
	}
	return l, err == nil, err
}

// DelayLetter has a letter tried again later.
func (s *Store) DelayLetter(ctx context.Context, l mail.Letter, at time.Time, why string) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, "UpdateLetterDue", l.ID, micros(at)); err != nil {
			return err
		}
		return noteMail(ctx, tx, l, mail.Queued, why)
	})
}

// EndLetter deletes a letter that was sent or given up.
func (s *Store) EndLetter(ctx context.Context, l mail.Letter, state mail.State, why string) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, "DeleteLetter", l.ID); err != nil {
			return err
		}
		return noteMail(ctx, tx, l, state, why)
	})
}

// noteMail notes on the invitation of a letter, if it is of one, what has become of it.
func noteMail(ctx context.Context, tx *sql.Tx, l mail.Letter, state mail.State, why string) error {
	if l.InvitationID == "" {
		return nil
	}
	_, err := exec(ctx, tx, "UpdateInvitationMail", l.OrganizationID, l.InvitationID, state, clean(why))
	return err
}

// PurgeLetters deletes letters that were made before a time.
func (s *Store) PurgeLetters(ctx context.Context, before time.Time) error {
	_, err := exec(ctx, s.write, "DeleteOldLetters", micros(before))
	return err
}
