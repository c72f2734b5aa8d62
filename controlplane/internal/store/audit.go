package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/id"
)

// Audit records an entry about something that changes nothing else.
func (s *Store) Audit(ctx context.Context, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error { return record(ctx, tx, e) })
}

// AuditSignIn records an entry about an account's way in, in its own chain and in those of the organizations that it leads to.
func (s *Store) AuditSignIn(ctx context.Context, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error { return recordSignIn(ctx, tx, e) })
}

func recordSignIn(ctx context.Context, tx *sql.Tx, e audit.Entry) error {
	return recordOf(ctx, tx, e.Actor.AccountID, e)
}

// recordOf records an entry about an account in the actor's chain and in those of the organizations that it leads to.
func recordOf(ctx context.Context, tx *sql.Tx, account string, e audit.Entry) error {
	organizations, err := all(ctx, tx, value[string], "SelectOrganizationsByHand", account)
	if err != nil {
		return err
	}
	if err := record(ctx, tx, e); err != nil {
		return err
	}
	for _, e.Organization = range organizations { // in order, so that two never wait for each other
		if err := record(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

// record appends an entry to its chain. It belongs at the end of a transaction, as others who extend the chain wait for it.
func record(ctx context.Context, tx *sql.Tx, e audit.Entry) error {
	var err error
	if e.Before, err = audit.Mask(e.Before); err != nil {
		return fmt.Errorf("audit: state before: %w", err)
	}
	if e.After, err = audit.Mask(e.After); err != nil {
		return fmt.Errorf("audit: state after: %w", err)
	}
	if e.Outcome == "" {
		e.Outcome = audit.Done
	}
	e.At = timeOf(micros(e.At)) // as it will be read
	e.ID = id.New("aud")
	for _, text := range []*string{&e.Target, &e.Reason, &e.Actor.Email, &e.Actor.Credential} {
		*text = clean(*text)
	}
	organization, chain := nullable(e.Organization), e.Chain()
	e.Sequence, err = one(ctx, tx, func(r scanner) (n int64, err error) { return n, r.Scan(&n, &e.Previous) }, nil, "ExtendChain",
		organization, chain)
	if err != nil {
		return err
	}
	line, err := e.Line()
	if err != nil {
		return err
	}
	e.Hash = audit.Sum(line)
	_, err = exec(ctx, tx, "InsertAudit", organization, chain, e.Sequence, e.Previous, e.Hash, e.ID, micros(e.At), e.Actor.AccountID,
		e.Actor.Email, e.Actor.Address, e.Actor.Credential, e.Actor.RequestID, e.Action, e.Outcome, e.Target, e.Reason,
		text(e.Before), text(e.After))
	if err != nil {
		return err
	}
	_, err = exec(ctx, tx, "UpdateChain", chain, e.Hash)
	return err
}

// clean makes a text of a stranger one that every database takes.
func clean(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

// text returns a state that has been encoded.
func text(state any) string {
	encoded, _ := state.(json.RawMessage)
	return string(encoded)
}

func scanEntry(r scanner) (audit.Entry, error) {
	var e audit.Entry
	var organization sql.NullString
	var at int64
	var before, after string
	err := r.Scan(&organization, &e.Sequence, &e.Previous, &e.Hash, &e.ID, &at, &e.Actor.AccountID, &e.Actor.Email, &e.Actor.Address,
		&e.Actor.Credential, &e.Actor.RequestID, &e.Action, &e.Outcome, &e.Target, &e.Reason, &before, &after)
	e.Organization, e.At = organization.String, timeOf(at)
	e.Before, e.After = json.RawMessage(before), json.RawMessage(after)
	return e, err
}

// AuditLog lists entries of a chain, newest first. Before and After are json.RawMessage.
func (s *Store) AuditLog(ctx context.Context, chain string, f audit.Filter, limit int) ([]audit.Entry, error) {
	before := f.Before
	if before == 0 {
		before = math.MaxInt64
	}
	return all(ctx, s.read, scanEntry, "SelectAudit", chain, before, containing(f.Actor), f.Action, containing(f.Target), f.Outcome,
		microsOrZero(f.Since), microsOrZero(f.Until), containing(f.Text), limit)
}

// containing returns the pattern of texts that contain another one, in whatever case.
func containing(part string) string {
	if part == "" {
		return ""
	}
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(part)) + "%"
}

func microsOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return micros(t)
}

// Chain lists entries of a chain after a place in it, in their order.
func (s *Store) Chain(ctx context.Context, chain string, after int64, limit int) ([]audit.Entry, error) {
	return all(ctx, s.read, scanEntry, "SelectChain", chain, after, limit)
}

// ChainEnd returns the last entry's place and hash as they are noted beside the chain; 0: there is no note.
func (s *Store) ChainEnd(ctx context.Context, chain string) (sequence int64, hash string, err error) {
	sequence, err = one(ctx, s.read, func(r scanner) (n int64, err error) { return n, r.Scan(&n, &hash) }, nil, "SelectChainEnd", chain)
	return sequence, hash, err
}

// Chains names all chains.
func (s *Store) Chains(ctx context.Context) ([]string, error) {
	return all(ctx, s.read, value[string], "SelectChains")
}

// SignedHeads lists what was signed of a chain, first to last.
func (s *Store) SignedHeads(ctx context.Context, chain string) ([]audit.Head, error) {
	return all(ctx, s.read, func(r scanner) (audit.Head, error) {
		var h audit.Head
		var at int64
		err := r.Scan(&h.Chain, &h.Sequence, &h.Hash, &at, &h.KeyID, &h.Signature)
		h.At = timeOf(at)
		return h, err
	}, "SelectHeads", chain)
}

// SignHeads signs the chains that have grown since they were signed last.
func (s *Store) SignHeads(ctx context.Context, signer audit.Signer, at time.Time) error {
	var organizations []sql.NullString
	heads, err := all(ctx, s.write, func(r scanner) (audit.Head, error) {
		var h audit.Head
		var organization sql.NullString
		err := r.Scan(&organization, &h.Chain, &h.Sequence, &h.Hash)
		organizations = append(organizations, organization)
		return h, err
	}, "SelectUnsignedChains")
	for i, h := range heads {
		h = audit.SignHead(signer, h.Chain, h.Sequence, h.Hash, timeOf(micros(at)))
		_, insertErr := exec(ctx, s.write, "InsertHead", organizations[i], h.Chain, h.Sequence, h.Hash, micros(h.At), h.KeyID, h.Signature)
		err = errors.Join(err, insertErr)
	}
	return err
}
