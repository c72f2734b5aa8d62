package release_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/release"
)

var digest = strings.Repeat("ab", 32)

func good() release.Release {
	return release.Release{Program: "edge", Version: "1.4.0", Platform: "linux/amd64", SHA256: digest, Size: 10}
}

// TestKeys_OpenOnlyWhatWasSigned covers S-86.
func TestKeys_OpenOnlyWhatWasSigned(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	stranger, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := release.Sign(good(), private)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := release.ParseKeys(release.Keys{stranger, public}.String())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := keys.Open(text); err != nil || got != good() {
		t.Errorf("it opens as %+v, %v", got, err)
	}
	for name, k := range map[string]release.Keys{"no keys": nil, "another key": {stranger}} {
		if _, err := k.Open(text); !errors.Is(err, release.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range text { // no byte can be changed
		spoilt := bytes.Clone(text)
		spoilt[i] ^= 1
		if got, err := keys.Open(spoilt); err == nil && got != good() {
			t.Fatalf("with byte %d changed it opens as %+v", i, got)
		}
	}
}

func TestSign_RefusesWhatNamesNoRelease(t *testing.T) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	for field, spoil := range map[string]func(*release.Release){
		"program":  func(r *release.Release) { r.Program = "../edge" },
		"version":  func(r *release.Release) { r.Version = "1.4" },
		"platform": func(r *release.Release) { r.Platform = "" },
		"sha256":   func(r *release.Release) { r.SHA256 = strings.ToUpper(digest) },
		"size":     func(r *release.Release) { r.Size = 0 },
	} {
		r := good()
		spoil(&r)
		if _, err := release.Sign(r, private); err == nil || !strings.HasPrefix(err.Error(), field+":") {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, text := range []string{"x", "aGk=", "AAAA,"} {
		if _, err := release.ParseKeys(text); err == nil {
			t.Errorf("%q is taken for a key", text)
		}
	}
}

func TestLower(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"1.4.0", "1.10.0", true},
		{"1.10.0", "1.4.0", false},
		{"1.4.0", "1.4.0", false},
		{"1.4.0-rc.1", "1.4.0", true},
		{"1.4.0", "dev-0123", false},
		{"dev", "1.4.0", false},
	} {
		if got := release.Lower(c.a, c.b); got != c.want {
			t.Errorf("%s is lower than %s: %v", c.a, c.b, got)
		}
	}
}

func TestWindow(t *testing.T) {
	at := func(text string) time.Time {
		t.Helper()
		v, err := time.Parse("2006-01-02 15:04", text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct{ window, now, want string }{ // 2026-11-21 is a Saturday
		{"", "2026-11-21 13:00", "2026-11-21 13:00"},
		{"sat,sun 02:00-05:00", "2026-11-21 02:00", "2026-11-21 02:00"},
		{"sat,sun 02:00-05:00", "2026-11-21 05:00", "2026-11-22 02:00"},
		{"sat 02:00-05:00", "2026-11-21 05:00", "2026-11-28 02:00"},
		{"Mon 23:00-01:00", "2026-11-24 00:59", "2026-11-24 00:59"},
		{"mon 23:00-01:00", "2026-11-24 01:00", "2026-11-30 23:00"},
		{"00:00-00:00", "2026-11-24 01:00", "2026-11-24 01:00"},
	} {
		w, err := release.ParseWindow(c.window)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.Next(at(c.now)); !got.Equal(at(c.want)) {
			t.Errorf("%q at %s is open at %s, want %s", c.window, c.now, got, c.want)
		}
	}
	for _, text := range []string{"sat", "02:00", "xyz 02:00-05:00", "2-5", "sat sun 02:00-05:00", "25:00-26:00"} {
		if _, err := release.ParseWindow(text); err == nil {
			t.Errorf("%q is taken for a window", text)
		}
	}
}
