package audit

import (
	"encoding/json"
	"fmt"
)

// Verifier looks through the lines of one chain in their order. It begins with whatever entry comes first; the zero value is
// ready.
type Verifier struct {
	Chain    string
	First    int64 // sequence of the first entry
	Sequence int64 // of the last entry
	Hash     string
}

// BrokenError says where a chain does not hold.
type BrokenError struct {
	Chain    string
	Sequence int64 // of the entry at which it shows
	What     string
}

func (e *BrokenError) Error() string {
	return fmt.Sprintf("chain %s, entry %d: %s", e.Chain, e.Sequence, e.What)
}

// Add takes the next line. An error is a *BrokenError, or says that the line is no entry.
func (v *Verifier) Add(text []byte) error {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return fmt.Errorf("not an entry: %w", err)
	}
	broken := func(format string, args ...any) error {
		return &BrokenError{l.Chain, l.Sequence, fmt.Sprintf(format, args...)}
	}
	switch {
	case v.First == 0:
		v.Chain, v.First = l.Chain, l.Sequence
		if l.Sequence == 1 && l.Previous != "" {
			return broken("the first entry has a predecessor")
		}
	case l.Chain != v.Chain:
		return broken("belongs to another chain than those before it, %s", v.Chain)
	case l.Sequence != v.Sequence+1:
		return broken("follows entry %d: entries were removed, inserted or moved", v.Sequence)
	case l.Previous != v.Hash:
		return broken("does not carry the hash of entry %d: one of the two was changed", v.Sequence)
	}
	v.Sequence, v.Hash = l.Sequence, Sum(text)
	return nil
}

// Ends checks that a signed head fits the last entry.
func (v *Verifier) Ends(h Head) error {
	if h.Chain != v.Chain || h.Sequence != v.Sequence || h.Hash != v.Hash {
		return &BrokenError{h.Chain, h.Sequence, fmt.Sprintf("is signed as the last one, but entry %d of %s is", v.Sequence, v.Chain)}
	}
	return nil
}
