package envelope_test

import (
	"context"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/envelope"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/sso"
	"github.com/podium-cloud/podium/controlplane/internal/store"
	"github.com/podium-cloud/podium/controlplane/internal/store/storetest"
	"github.com/podium-cloud/podium/controlplane/internal/tenancy"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/pgtest"
	"github.com/podium-cloud/podium/provisioner/aws/mototest"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newStore has the organizations org_ada and org_eve.
func newStore(t *testing.T, c store.Config) *store.Store {
	t.Helper()
	if c.Postgres == "" {
		c.Path = storetest.SQLite(t, t.TempDir())
	}
	c.Scope = tenancy.Scope{Everywhere: true}
	s, err := store.Open(t.Context(), c)
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	now := time.Now()
	for _, name := range []string{"ada", "eve"} {
		must(t, s.CreateAccount(t.Context(), identity.Account{ID: "acc_" + name, Email: name, CreatedAt: now}, "hash",
			tenant.Organization{ID: "org_" + name, Name: name, CreatedAt: now},
			identity.Session{TokenHash: name, AccountID: "acc_" + name, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour)},
			audit.Entry{At: now, Organization: "org_" + name}))
	}
	return s
}

func local(t *testing.T) (*envelope.Local, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "kek")
	l, err := envelope.OpenLocal(file)
	must(t, err)
	return l, file
}

// TestKeys_OpenOnlyWhatTheySealed: S-60.
func TestKeys_OpenOnlyWhatTheySealed(t *testing.T) {
	s := newStore(t, store.Config{})
	l, _ := local(t)
	keys := envelope.New(s, l, time.Now)
	sealed, err := keys.Seal(t.Context(), "org_ada", "row/1", []byte("s3cret"))
	must(t, err)
	if strings.Contains(sealed, "s3cret") || strings.Contains(sealed, hex.EncodeToString([]byte("s3cret"))) {
		t.Errorf("sealed is %s", sealed)
	}
	_, err = keys.Seal(t.Context(), "org_eve", "row/1", []byte("x"))
	must(t, err)
	for _, reader := range []*envelope.Keys{keys, envelope.New(s, l, time.Now)} {
		if plain, err := reader.Open(t.Context(), "org_ada", "row/1", sealed); err != nil || string(plain) != "s3cret" {
			t.Errorf("opens as %q, %v", plain, err)
		}
	}
	for name, open := range map[string]func() ([]byte, error){
		"another row":          func() ([]byte, error) { return keys.Open(t.Context(), "org_ada", "row/2", sealed) },
		"another organization": func() ([]byte, error) { return keys.Open(t.Context(), "org_eve", "row/1", sealed) },
		"a changed text":       func() ([]byte, error) { return keys.Open(t.Context(), "org_ada", "row/1", sealed+"AAAA") },
		"another version":      func() ([]byte, error) { return keys.Open(t.Context(), "org_ada", "row/1", "v9"+sealed[2:]) },
		"no text":              func() ([]byte, error) { return keys.Open(t.Context(), "org_ada", "row/1", "") },
		"another key file": func() ([]byte, error) {
			other, _ := local(t)
			return envelope.New(s, other, time.Now).Open(t.Context(), "org_ada", "row/1", sealed)
		},
	} {
		if plain, err := open(); err == nil {
			t.Errorf("%s opens it: %q", name, plain)
		}
	}
	// A data key that is moved to another organization does not open there.
	stored, err := s.DataKeys(t.Context(), "org_ada")
	must(t, err)
	moved := stored[0]
	moved.Organization = "org_eve"
	must(t, s.RewrapDataKey(t.Context(), moved))
	if _, err := envelope.New(s, l, time.Now).Open(t.Context(), "org_eve", "row/1", sealed); err == nil {
		t.Error("a moved data key opens")
	}
}

// TestKeys_Rotate: S-61, on both databases.
func TestKeys_Rotate(t *testing.T) {
	for name, c := range map[string]store.Config{"sqlite": {}, "postgres": {Postgres: pgtest.New(t, migrations.ControlPlane())}} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t, c)
			l, file := local(t)
			clock := time.Now().Truncate(time.Microsecond)
			now := func() time.Time { return clock }
			keys := envelope.New(s, l, now)
			seal := func(secret string) string {
				sealed, err := keys.Seal(t.Context(), "org_ada", sso.SecretOwner("idp_1"), []byte(secret))
				must(t, err)
				return sealed
			}
			p := sso.Provider{OrganizationID: "org_ada", ID: "idp_1", Name: "Login", State: sso.Draft, SealedSecret: seal("s3cret"), Version: 1}
			must(t, s.CreateProvider(t.Context(), p, audit.Entry{At: clock, Organization: "org_ada"}))
			other := envelope.New(s, l, now) // a replica that has the old key in memory
			_, err := other.Open(t.Context(), "org_ada", sso.SecretOwner("idp_1"), p.SealedSecret)
			must(t, err)

			must(t, keys.Rotate(t.Context(), "org_ada"))
			after, err := s.Provider(t.Context(), "org_ada", "idp_1")
			must(t, err)
			if !strings.HasPrefix(p.SealedSecret, "v1:") || !strings.HasPrefix(after.SealedSecret, "v2:") {
				t.Errorf("sealed before as %s, after as %s", p.SealedSecret, after.SealedSecret)
			}
			for _, reader := range []*envelope.Keys{keys, other} {
				if plain, err := reader.Open(t.Context(), "org_ada", sso.SecretOwner("idp_1"), after.SealedSecret); err != nil || string(plain) != "s3cret" {
					t.Errorf("opens as %q, %v", plain, err)
				}
			}
			count := func() int {
				list, err := s.DataKeys(t.Context(), "org_ada")
				must(t, err)
				return len(list)
			}
			must(t, keys.Purge(t.Context()))
			if count() != 2 {
				t.Error("the old key does not wait for replicas that still seal with it")
			}
			clock = clock.Add(2 * time.Hour)
			must(t, keys.Purge(t.Context()))
			if count() != 1 {
				t.Error("the old key was not destroyed")
			}
			if _, err := keys.Open(t.Context(), "org_ada", sso.SecretOwner("idp_1"), p.SealedSecret); err == nil {
				t.Error("a backup opens although its key was destroyed")
			}

			before, err := os.ReadFile(file)
			must(t, err)
			must(t, l.Add())
			n, err := keys.Rewrap(t.Context())
			must(t, err)
			must(t, l.Drop())
			fresh := envelope.New(s, l, now)
			if plain, err := fresh.Open(t.Context(), "org_ada", sso.SecretOwner("idp_1"), after.SealedSecret); err != nil || n != 1 || string(plain) != "s3cret" {
				t.Errorf("after the key file was rotated it opens as %q, %v", plain, err)
			}
			must(t, os.WriteFile(file, before, 0o600))
			if _, err := envelope.New(s, l, now).Open(t.Context(), "org_ada", sso.SecretOwner("idp_1"), after.SealedSecret); err == nil {
				t.Error("the old key file still opens")
			}
		})
	}
}

// TestKMS wraps with an emulated AWS KMS: S-60, S-61.
func TestKMS(t *testing.T) {
	c := mototest.Start(t).Config("eu-central-1")
	client := kms.NewFromConfig(c)
	newKey := func() string {
		out, err := client.CreateKey(t.Context(), &kms.CreateKeyInput{})
		must(t, err)
		return *out.KeyMetadata.Arn
	}
	s := newStore(t, store.Config{})
	first := newKey()
	keys := envelope.New(s, envelope.NewKMS(c, first), time.Now)
	sealed, err := keys.Seal(t.Context(), "org_ada", "row/1", []byte("s3cret"))
	must(t, err)
	stored, err := s.DataKeys(t.Context(), "org_ada")
	must(t, err)
	if stored[0].KeyID != first {
		t.Errorf("the data key is wrapped by %s, want %s", stored[0].KeyID, first)
	}
	second := envelope.New(s, envelope.NewKMS(c, newKey()), time.Now)
	_, err = second.Rewrap(t.Context())
	must(t, err)
	_, id, _ := strings.Cut(first, "/") // the emulator takes no ARN here
	_, err = client.DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: &id})
	must(t, err)
	if plain, err := second.Open(t.Context(), "org_ada", "row/1", sealed); err != nil || string(plain) != "s3cret" {
		t.Errorf("opens under the new key as %q, %v", plain, err)
	}
	wrapped, id, err := envelope.NewKMS(c, newKey()).Wrap(t.Context(), "org_ada", []byte("0123456789abcdef0123456789abcdef"))
	must(t, err)
	if _, err := envelope.NewKMS(c, "").Unwrap(context.WithoutCancel(t.Context()), "org_eve", wrapped, id); err == nil {
		t.Error("a data key of one organization is unwrapped for another")
	}
}

// TestKeys_DestroyMakesBackupsUnreadable restores a copy of the database from before an organization's keys were destroyed:
// S-62.
func TestKeys_DestroyMakesBackupsUnreadable(t *testing.T) {
	s := newStore(t, store.Config{})
	l, _ := local(t)
	folder := filepath.Join(t.TempDir(), "shares")
	over := func(s envelope.Store) *envelope.Keys {
		shares, err := envelope.OpenShares(folder, l)
		must(t, err)
		return envelope.New(s, shares, time.Now)
	}
	old, err := envelope.New(s, l, time.Now).Seal(t.Context(), "org_eve", "row/0", []byte("from before there were shares"))
	must(t, err)
	keys := over(s)
	must(t, keys.Rotate(t.Context(), "org_eve"))
	sealed := map[string]string{}
	for _, organization := range []string{"org_ada", "org_eve"} {
		sealed[organization], err = keys.Seal(t.Context(), organization, "row/1", []byte("s3cret"))
		must(t, err)
	}
	if plain, err := keys.Open(t.Context(), "org_eve", "row/0", old); err != nil || string(plain) != "from before there were shares" {
		t.Errorf("opens as %q, %v", plain, err)
	}
	backup := &keep{} // what a dump of the table holds
	backup.keys, err = s.DataKeys(t.Context(), "")
	must(t, err)
	restored := func(organization string) *envelope.Keys {
		only := &keep{}
		for _, k := range backup.keys {
			if k.Organization == organization {
				only.keys = append(only.keys, k)
			}
		}
		return over(only)
	}
	if _, err := restored("org_ada").Open(t.Context(), "org_ada", "row/1", sealed["org_ada"]); err != nil {
		t.Fatalf("a backup does not open while the organization is there: %v", err)
	}
	for range 2 { // it may be repeated
		must(t, keys.Destroy(t.Context(), "org_ada"))
	}
	for name, reader := range map[string]*envelope.Keys{"who destroyed them": keys, "another process": over(s), "a backup": restored("org_ada")} {
		if plain, err := reader.Open(t.Context(), "org_ada", "row/1", sealed["org_ada"]); err == nil {
			t.Errorf("%s opens %q", name, plain)
		}
	}
	if plain, err := restored("org_eve").Open(t.Context(), "org_eve", "row/1", sealed["org_eve"]); err != nil || string(plain) != "s3cret" {
		t.Errorf("a backup of the other organization opens as %q, %v", plain, err)
	}
	for _, id := range []string{"..", "../kek", "a/b"} {
		if _, err := over(s).Seal(t.Context(), id, "row/1", []byte("x")); err == nil {
			t.Errorf("%q has a share", id)
		}
	}
}
