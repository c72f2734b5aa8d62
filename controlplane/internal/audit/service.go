package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Filter narrows a search. Zero fields let everything through.
type Filter struct {
	Actor   string // part of the e-mail
	Action  string // "cluster.create", or "cluster" for all that begins with it
	Target  string // part of it
	Outcome Outcome
	Text    string // part of any text, states included
	Since   time.Time
	Until   time.Time // not included
	Before  int64     // place in the chain; 0: from the newest
}

// Store keeps chains.
type Store interface {
	// AuditLog lists entries of a chain, newest first.
	AuditLog(ctx context.Context, chain string, f Filter, limit int) ([]Entry, error)
	// Chain lists entries of a chain after a place in it, in their order.
	Chain(ctx context.Context, chain string, after int64, limit int) ([]Entry, error)
	// ChainEnd returns the last entry's place and hash as they are noted beside the chain; 0: there is no note.
	ChainEnd(ctx context.Context, chain string) (sequence int64, hash string, err error)
	// Chains names all chains.
	Chains(ctx context.Context) ([]string, error)
	// SignedHeads lists what was signed of a chain, first to last.
	SignedHeads(ctx context.Context, chain string) ([]Head, error)
	// SignHeads signs the chains that have grown since they were signed last.
	SignHeads(ctx context.Context, s Signer, at time.Time) error
	// Audit records an entry about something that changes nothing else.
	Audit(ctx context.Context, e Entry) error
}

// Service is what people do with the log. Make it with New.
type Service struct {
	store  Store
	signer Signer
	now    func() time.Time
}

// New returns the service; now is the clock.
func New(s Store, signer Signer, now func() time.Time) *Service { return &Service{s, signer, now} }

// pageSize is how many entries are read at a time where all are gone through.
const pageSize = 500

// Record writes an entry about something that changes nothing else. It fills in the time.
func (s *Service) Record(ctx context.Context, e Entry) error {
	e.At = s.now()
	return s.store.Audit(ctx, e)
}

// Search lists entries, newest first, at most limit, and where to go on: 0 when there are no more.
func (s *Service) Search(ctx context.Context, chain string, f Filter, limit int) (list []Entry, next int64, err error) {
	list, err = s.store.AuditLog(ctx, chain, f, limit+1)
	if len(list) > limit {
		list = list[:limit]
		next = list[limit-1].Sequence
	}
	return list, next, err
}

// Checkpoint signs the chains that have grown.
func (s *Service) Checkpoint(ctx context.Context) error {
	return s.store.SignHeads(ctx, s.signer, s.now())
}

// Verified is what a chain was found to be.
type Verified struct {
	Chain    string
	Entries  int64
	Hash     string // of the last entry
	SignedTo int64  // the last entry that a signature covers; 0: none
	Broken   *BrokenError
}

// Verify looks through a whole chain and all that was signed of it.
func (s *Service) Verify(ctx context.Context, chain string) (Verified, error) {
	v := &Verifier{Chain: chain}
	out := Verified{Chain: chain}
	err := s.verify(ctx, v, &out)
	out.Entries, out.Hash = v.Sequence, v.Hash
	if broken, ok := errors.AsType[*BrokenError](err); ok {
		out.Broken, err = broken, nil
	}
	return out, err
}

func (s *Service) verify(ctx context.Context, v *Verifier, out *Verified) error {
	// The end is noted first: entries that come meanwhile lie behind it.
	end, endHash, err := s.store.ChainEnd(ctx, v.Chain)
	if err != nil {
		return err
	}
	heads, err := s.store.SignedHeads(ctx, v.Chain)
	if err != nil {
		return err
	}
	chain, reached := v.Chain, false
	err = s.lines(ctx, chain, 0, func(e Entry, line []byte) error {
		if v.First == 0 && e.Sequence != 1 {
			return &BrokenError{chain, e.Sequence, "is the first one there: those before it were removed"}
		}
		if err := v.Add(line); err != nil {
			return err
		}
		if v.Hash != e.Hash {
			return &BrokenError{chain, e.Sequence, "was changed: its hash is not the one that it was written with"}
		}
		if e.Sequence == end {
			reached = true
			if v.Hash != endHash {
				return &BrokenError{chain, end, "is not the one that was written as the last"}
			}
		}
		for len(heads) > 0 && heads[0].Sequence == v.Sequence {
			if err := s.checkHead(heads[0], v); err != nil {
				return err
			}
			out.SignedTo, heads = v.Sequence, heads[1:]
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case len(heads) > 0 && heads[0].Sequence > v.Sequence:
		return &BrokenError{chain, heads[0].Sequence, "was signed, but the chain ends before it: entries were removed"}
	case end > 0 && !reached:
		return &BrokenError{chain, end, "was written, but the chain ends before it: entries were removed"}
	case end == 0 && v.Sequence > 0:
		return &BrokenError{chain, v.Sequence, "the note of the chain's end was removed"}
	}
	return nil
}

func (s *Service) checkHead(h Head, v *Verifier) error {
	key, known := s.signer.PublicKey(h.KeyID)
	if !known {
		return &BrokenError{h.Chain, h.Sequence, "is signed with a key that is not ours, " + h.KeyID}
	}
	if err := h.Check(key); err != nil {
		return &BrokenError{h.Chain, h.Sequence, "is signed, and the signature does not hold"}
	}
	return v.Ends(h)
}

// lines goes through a chain after a place in it.
func (s *Service) lines(ctx context.Context, chain string, after int64, do func(e Entry, line []byte) error) error {
	for {
		page, err := s.store.Chain(ctx, chain, after, pageSize)
		if err != nil {
			return err
		}
		for _, e := range page {
			line, err := e.Line()
			if err != nil {
				return &BrokenError{chain, e.Sequence, "was changed: it cannot be read any more"}
			}
			if err := do(e, line); err != nil {
				return err
			}
			after = e.Sequence
		}
		if len(page) < pageSize {
			return nil
		}
	}
}

// VerifyAll looks through all chains.
func (s *Service) VerifyAll(ctx context.Context, each func(Verified)) error {
	chains, err := s.store.Chains(ctx)
	for _, chain := range chains {
		v, verifyErr := s.Verify(ctx, chain)
		if verifyErr != nil {
			return verifyErr
		}
		each(v)
	}
	return err
}

// PublicKey returns the key that exports are signed with, as PEM.
func (s *Service) PublicKey() (string, error) {
	id, _ := s.signer.Sign(nil)
	key, _ := s.signer.PublicKey(id)
	return EncodeKey(key)
}

// seal is the last line of an export.
type seal struct {
	Signed    string    `json:"signed"` // the text that is signed
	Signature string    `json:"signature"`
	KeyID     string    `json:"keyId"`
	PublicKey string    `json:"publicKey"` // PEM
	Chain     string    `json:"chain"`
	Sequence  int64     `json:"sequence"`
	Hash      string    `json:"hash"`
	At        time.Time `json:"at"`
}

// Export writes the entries of a chain after a place in it as JSON lines, and at the end one that signs them. An empty chain
// has no lines.
func (s *Service) Export(ctx context.Context, w io.Writer, chain string, after int64) error {
	v := &Verifier{}
	err := s.lines(ctx, chain, after, func(_ Entry, line []byte) error {
		if err := v.Add(line); err != nil {
			return err
		}
		_, err := w.Write(append(line, '\n'))
		return err
	})
	if err != nil || v.First == 0 {
		return err
	}
	h := SignHead(s.signer, chain, v.Sequence, v.Hash, s.now())
	key, _ := s.signer.PublicKey(h.KeyID)
	pem, err := EncodeKey(key)
	if err != nil {
		return err
	}
	text, err := json.Marshal(seal{h.Text(), h.Signature, h.KeyID, pem, h.Chain, h.Sequence, h.Hash, h.At})
	if err != nil {
		return fmt.Errorf("encode signature: %w", err)
	}
	_, err = w.Write(append(text, '\n'))
	return err
}
