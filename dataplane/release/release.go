// Package release says what a release of a data plane's program is: how it is named, signed, checked and compared.
//
// A release is one program for one platform. Who publishes it signs a statement of its version and its SHA-256 with an Ed25519
// key that no control plane and no data plane has; a data plane has been given the public keys by its owner. So whoever hands a
// program out, or stands in between, can only hand out what was published. The package is pure.
package release

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/mod/semver"
)

// Suffix is of the file beside a program that holds its signed statement.
const Suffix = ".release"

// MaxStatement is how long a signed statement is at most, in bytes.
const MaxStatement = 16 << 10

// Release is a published program.
type Release struct {
	Program  string `json:"program"`  // "edge" or "dataplane"
	Version  string `json:"version"`  // such as 1.4.0
	Platform string `json:"platform"` // such as linux/amd64
	SHA256   string `json:"sha256"`   // of the program, 64 hexadecimal digits in lower case
	Size     int64  `json:"size"`     // of the program, bytes
}

// signed is a statement with its signature. The statement is signed as it is written, so that there is one way to read it.
type signed struct {
	Statement []byte `json:"statement"` // JSON of a Release
	Signature []byte `json:"signature"` // Ed25519, of context and Statement
}

// context keeps the signature from being one of anything else.
const context = "podium release 1\n"

// Sign returns the signed statement of a release.
func Sign(r Release, key ed25519.PrivateKey) ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	statement, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode release: %w", err)
	}
	return json.Marshal(signed{statement, ed25519.Sign(key, append([]byte(context), statement...))})
}

// Keys are those whose signatures count.
type Keys []ed25519.PublicKey

// ErrSignature says that a statement is not signed by one of the keys.
var ErrSignature = errors.New("the release is not signed by a key that this data plane was given")

// Open returns the release of a signed statement, if one of the keys has signed it.
func (k Keys) Open(text []byte) (Release, error) {
	var s signed
	if err := json.Unmarshal(text, &s); err != nil {
		return Release{}, fmt.Errorf("signed release: %w", err)
	}
	message, good := append([]byte(context), s.Statement...), false
	for _, key := range k {
		good = good || ed25519.Verify(key, message, s.Signature)
	}
	if !good {
		return Release{}, ErrSignature
	}
	var r Release
	if err := json.Unmarshal(s.Statement, &r); err != nil {
		return Release{}, fmt.Errorf("signed release: %w", err)
	}
	return r, r.check()
}

// ParseKeys reads public keys, base64 of their 32 bytes, parted by commas or blanks.
func ParseKeys(text string) (Keys, error) {
	var keys Keys
	for _, one := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' }) {
		b, err := base64.StdEncoding.DecodeString(one)
		if err != nil || len(b) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("%q is not a public key of releases: base64 of 32 bytes", one)
		}
		keys = append(keys, b)
	}
	return keys, nil
}

// String is what [ParseKeys] reads.
func (k Keys) String() string {
	texts := make([]string, len(k))
	for i, key := range k {
		texts[i] = base64.StdEncoding.EncodeToString(key)
	}
	return strings.Join(texts, ",")
}

var (
	programs  = regexp.MustCompile(`^(edge|dataplane)$`)
	platforms = regexp.MustCompile(`^[a-z0-9]{1,20}/[a-z0-9]{1,20}$`)
)

func (r Release) check() error {
	switch {
	case !programs.MatchString(r.Program):
		return fmt.Errorf("program: must be edge or dataplane, not %q", r.Program)
	case !ValidVersion(r.Version):
		return fmt.Errorf("version: must be like 1.4.0 or 1.4.0-rc.1, not %q", r.Version)
	case !platforms.MatchString(r.Platform):
		return fmt.Errorf("platform: must be like linux/amd64, not %q", r.Platform)
	case !ValidDigest(r.SHA256):
		return errors.New("sha256: must be 64 hexadecimal digits in lower case")
	case r.Size < 1:
		return errors.New("size: must be at least 1")
	}
	return nil
}

// ValidDigest reports whether a text is a SHA-256 as releases write it.
func ValidDigest(text string) bool {
	b, err := hex.DecodeString(text)
	return err == nil && len(b) == sha256.Size && text == strings.ToLower(text)
}

// ValidVersion reports whether a text is a version that releases can have: semantic, with three numbers, at most 64 characters.
func ValidVersion(text string) bool {
	return len(text) <= 64 && semver.IsValid("v"+text) && semver.Canonical("v"+text)+semver.Build("v"+text) == "v"+text
}

// Lower reports whether version a is lower than b. A program that is no release, such as one of a developer, is lower than none
// and none is lower than it.
func Lower(a, b string) bool {
	return ValidVersion(a) && ValidVersion(b) && semver.Compare("v"+a, "v"+b) < 0
}
