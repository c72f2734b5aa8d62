package audit

import (
	"bufio"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxLine bounds a line of an exported file, in bytes.
const maxLine = 4 << 20

// VerifyFile looks through an exported file: every entry's place in the chain, and that the signature at the end is by key. A
// nil key takes the one in the file, which only shows that the file is whole. It returns what the file says who signed it.
func VerifyFile(r io.Reader, key ed25519.PublicKey) (Verified, error) {
	v := &Verifier{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	var last *seal
	for n := 1; lines.Scan(); n++ {
		if last != nil {
			return Verified{}, fmt.Errorf("line %d: follows the signature", n)
		}
		var s seal
		if json.Unmarshal(lines.Bytes(), &s) == nil && s.Signature != "" {
			last = &s
			continue
		}
		if err := v.Add(lines.Bytes()); err != nil {
			return Verified{}, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return Verified{}, fmt.Errorf("read export: %w", err)
	}
	if last == nil {
		return Verified{}, errors.New("the file has no signature: its end was cut off")
	}
	if key == nil {
		var err error
		if key, err = DecodeKey([]byte(last.PublicKey)); err != nil {
			return Verified{}, err
		}
	}
	h := Head{Chain: last.Chain, Sequence: last.Sequence, Hash: last.Hash, At: last.At, KeyID: last.KeyID, Signature: last.Signature}
	if last.Signed != h.Text() {
		return Verified{}, errors.New("the last line does not say what it signs")
	}
	if err := errors.Join(h.Check(key), v.Ends(h)); err != nil {
		return Verified{}, err
	}
	return Verified{Chain: v.Chain, Entries: v.Sequence - v.First + 1, Hash: v.Hash, SignedTo: v.Sequence}, nil
}
