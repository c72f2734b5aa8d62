package store_test

import (
	"bytes"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/store"
	"github.com/podium-cloud/podium/controlplane/internal/tenancy"
	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/pgtest"
)

// key signs with one key.
type key ed25519.PrivateKey

func newKey(t *testing.T) key {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return key(private)
}

func (k key) public() ed25519.PublicKey {
	public, _ := ed25519.PrivateKey(k).Public().(ed25519.PublicKey)
	return public
}

func (k key) Sign(text []byte) (string, []byte) {
	return "key", ed25519.Sign(ed25519.PrivateKey(k), text)
}

func (k key) PublicKey(id string) (ed25519.PublicKey, bool) { return k.public(), id == "key" }

// chained opens a store with a chain of five entries, signed up to the third, and a connection that can do what the store
// cannot.
func chained(t *testing.T, dialect string) (*store.Store, *sql.DB, *audit.Service) {
	t.Helper()
	c := store.Config{Scope: tenancy.Scope{Everywhere: true}}
	var driver, source string
	if dialect == "postgres" {
		c.Postgres = pgtest.New(t, migrations.ControlPlane())
		driver, source = "pgx", c.Postgres
	} else {
		c.Path = filepath.Join(t.TempDir(), "podium.db")
		driver, source = "sqlite", (&url.URL{Scheme: "file", Path: c.Path, RawQuery: "_pragma=busy_timeout(10000)"}).String()
	}
	s := open(t, c)
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	service := audit.New(s, newKey(t), time.Now)
	for i := range 5 {
		e := audit.Entry{At: time.Now(), Actor: audit.Actor{AccountID: "acc_1", Email: "ada@example.com"}, Action: "test", Target: fmt.Sprint(i)}
		if err := s.Audit(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if i == 2 {
			if err := service.Checkpoint(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	return s, db, service
}

// TestAudit_IsAppendOnly: S-82.
func TestAudit_IsAppendOnly(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		_, db, _ := chained(t, dialect)
		for _, statement := range []string{
			"update audit_log set email = 'eve@example.com'", "delete from audit_log where sequence = 5",
			"update audit_heads set hash = ''", "delete from audit_heads",
		} {
			if _, err := db.ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "append only") {
				t.Errorf("%s: %s: %v", dialect, statement, err)
			}
		}
	}
}

// TestAudit_ShowsWhatWasTamperedWith: S-82. Each case is done by somebody who owns the database and lifts its guards.
func TestAudit_ShowsWhatWasTamperedWith(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		for _, test := range []struct {
			name, does string
			at         int64 // 0: nothing is wrong
		}{
			{"nothing", "select 1", 0},
			{"a changed text", "update audit_log set email = 'eve@example.com' where sequence = 2", 2},
			{"a changed state", "update audit_log set state_after = '{' where sequence = 2", 2},
			{"a changed text with its hash", "update audit_log set email = 'eve@example.com', hash = 'x' where sequence = 2", 2},
			{"an outcome", "update audit_log set outcome = 'refused' where sequence = 4", 4},
			{"a removed entry", "delete from audit_log where sequence = 2", 3},
			{"a removed beginning", "delete from audit_log where sequence = 1", 2},
			{"a removed end", "delete from audit_log where sequence = 5", 5},
			{"a removed end and its note", "delete from audit_log where sequence > 2; update audit_chains set sequence = 2, " +
				"hash = (select hash from audit_log where sequence = 2)", 3},
			{"everything but the note", "delete from audit_log", 3},
			{"everything with its note", "delete from audit_log; delete from audit_chains", 3},
			{"a note of the end", "delete from audit_chains", 5},
			{"a moved entry", "update audit_log set sequence = 9 where sequence = 2; update audit_log set sequence = 2 where sequence = 3; " +
				"update audit_log set sequence = 3 where sequence = 9", 2},
			{"an inserted entry", "insert into audit_log select organization_id, chain, 6, hash, 'x', 'aud_x', at, account_id, email, address, " +
				"credential, request_id, action, outcome, target, reason, state_before, state_after from audit_log where sequence = 5", 6},
			{"a signature", "update audit_heads set signature = 'x'", 3},
			{"a signature with another key", "update audit_heads set key_id = 'mine'", 3},
		} {
			t.Run(dialect+"/"+test.name, func(t *testing.T) {
				_, db, service := chained(t, dialect)
				lift := "drop trigger audit_log_keeps_what_it_has; drop trigger audit_log_loses_nothing; " +
					"drop trigger audit_heads_keep_what_they_have; drop trigger audit_heads_lose_nothing"
				if dialect == "postgres" {
					lift = "drop trigger append_only on audit_log; drop trigger append_only on audit_heads"
				}
				for _, statement := range append(strings.Split(lift, "; "), strings.Split(test.does, "; ")...) {
					if _, err := db.ExecContext(t.Context(), statement); err != nil {
						t.Fatalf("%s: %v", statement, err)
					}
				}
				v, err := service.Verify(t.Context(), "acc_1")
				if err != nil {
					t.Fatal(err)
				}
				switch {
				case test.at == 0 && (v.Broken != nil || v.Entries != 5 || v.SignedTo != 3):
					t.Errorf("a chain that holds: %+v, %v", v, v.Broken)
				case test.at != 0 && (v.Broken == nil || v.Broken.Sequence != test.at):
					t.Errorf("found %v, want entry %d", v.Broken, test.at)
				}
				found := 0
				if err := service.VerifyAll(t.Context(), func(v audit.Verified) {
					if v.Broken != nil {
						found++
					}
				}); err != nil || (found == 1) != (test.at != 0) {
					t.Errorf("all chains: %d broken, %v", found, err)
				}
			})
		}
	}
}

// TestAudit_AMadeUpChainDoesNotFitItsSignature writes a chain anew with hashes that are right: S-82.
func TestAudit_AMadeUpChainDoesNotFitItsSignature(t *testing.T) {
	_, db, service := chained(t, "sqlite")
	other := open(t, store.Config{Path: filepath.Join(t.TempDir(), "other.db")})
	for i := range 5 {
		e := audit.Entry{At: time.Now(), Actor: audit.Actor{AccountID: "acc_1", Email: "eve@example.com"}, Action: "test", Target: fmt.Sprint(i)}
		if err := other.Audit(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	list, err := other.Chain(t.Context(), "acc_1", 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "drop trigger audit_log_keeps_what_it_has"); err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		_, err := db.ExecContext(t.Context(), "update audit_log set id = $2, at = $3, email = $4, previous_hash = $5, hash = $6 where sequence = $1",
			e.Sequence, e.ID, e.At.UnixMicro(), e.Actor.Email, e.Previous, e.Hash)
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.ExecContext(t.Context(), "update audit_chains set hash = $1", list[4].Hash); err != nil {
		t.Fatal(err)
	}
	if v, err := service.Verify(t.Context(), "acc_1"); err != nil || v.Broken == nil || v.Broken.Sequence != 3 {
		t.Errorf("found %v, %v, want the signature of entry 3", v.Broken, err)
	}
}

// TestAudit_ExportIsVerifiable also does what docs/security.md says, with standard tools: S-82.
func TestAudit_ExportIsVerifiable(t *testing.T) {
	s, _, _ := chained(t, "sqlite")
	mine := newKey(t)
	service := audit.New(s, mine, time.Now)
	var file bytes.Buffer
	if err := service.Export(t.Context(), &file, "acc_1", 0); err != nil {
		t.Fatal(err)
	}
	for _, k := range []ed25519.PublicKey{nil, mine.public()} {
		if v, err := audit.VerifyFile(bytes.NewReader(file.Bytes()), k); err != nil || v.Entries != 5 {
			t.Errorf("a file that is whole: %+v, %v", v, err)
		}
	}
	if _, err := audit.VerifyFile(bytes.NewReader(file.Bytes()), newKey(t).public()); err == nil {
		t.Error("a file that somebody else signed is taken")
	}
	lines := strings.SplitAfter(strings.TrimSpace(file.String()), "\n")
	for name, altered := range map[string]string{
		"changed":   strings.Replace(file.String(), "ada@", "eve@", 1),
		"shortened": strings.Join(append(lines[:4:4], lines[5]), ""),
		"cut off":   strings.Join(lines[:5], ""),
		"swapped":   lines[0] + lines[2] + lines[1] + strings.Join(lines[3:], ""),
		"extended":  file.String() + lines[0],
	} {
		if _, err := audit.VerifyFile(strings.NewReader(altered), mine.public()); err == nil {
			t.Errorf("a file that was %s is taken", name)
		}
	}
	later := bytes.Buffer{}
	if err := service.Export(t.Context(), &later, "acc_1", 3); err != nil {
		t.Fatal(err)
	}
	if v, err := audit.VerifyFile(&later, mine.public()); err != nil || v.Entries != 2 {
		t.Errorf("the later part of a chain: %+v, %v", v, err)
	}
	shell(t, file.Bytes(), mine)
}

// shell runs the commands of docs/security.md on an export.
func shell(t *testing.T, export []byte, k key) {
	t.Helper()
	doc, err := os.ReadFile("../../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	_, script, found := strings.Cut(string(doc), "<!-- verify -->\n```sh\n")
	script, _, ended := strings.Cut(script, "```")
	if !found || !ended {
		t.Fatal("docs/security.md does not say how to verify an export")
	}
	pem, err := audit.EncodeKey(k.public())
	if err != nil {
		t.Fatal(err)
	}
	run := func(export []byte) (string, error) {
		dir := t.TempDir()
		if err := errors.Join(os.WriteFile(filepath.Join(dir, "audit.jsonl"), export, 0o600),
			os.WriteFile(filepath.Join(dir, "podium.pem"), []byte(pem), 0o600)); err != nil {
			t.Fatal(err)
		}
		sh := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", script)
		sh.Dir = dir
		out, err := sh.CombinedOutput()
		return string(out), err
	}
	if out, err := run(export); err != nil || !strings.Contains(out, "5 entries") || !strings.Contains(out, "Verified Successfully") {
		t.Errorf("the commands of the documentation: %v\n%s", err, out)
	}
	if out, err := run(bytes.Replace(export, []byte("ada@"), []byte("eve@"), 1)); err == nil {
		t.Errorf("the commands of the documentation do not see a change:\n%s", out)
	}
}
