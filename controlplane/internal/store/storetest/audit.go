package storetest

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
)

func auditLog(t *testing.T, f fixture) {
	_, o := f.account(t, "ada")
	e := entry(o.ID)
	e.Before, e.After, e.At = nil, map[string]string{"name": "x", "clientSecret": "s3cret"}, epoch.Add(time.Second)
	e.Outcome, e.Reason, e.Actor.Credential = audit.Refused, "no", "session/1"
	must(t, f.store.Audit(t.Context(), e))
	log, err := f.store.AuditLog(t.Context(), o.ID, audit.Filter{}, 1)
	must(t, err)
	if len(log) != 1 {
		t.Fatalf("got %d entries, want 1", len(log))
	}
	got := log[0]
	if got.ID == "" || got.Previous == "" || got.Hash == "" {
		t.Errorf("the entry lacks something: %+v", got)
	}
	after, _ := got.After.(json.RawMessage)
	equal(t, "state after", string(after), `{"clientSecret":"[hidden]","name":"x"}`)
	equal(t, "sequence", got.Sequence, 2)
	got.ID, got.Previous, got.Hash, got.Sequence, got.Before, got.After = "", "", "", 0, nil, nil
	want := e
	want.After = nil
	equal[audit.Entry](t, "entry", got, want)
}

func auditSearch(t *testing.T, f fixture) {
	_, o := f.account(t, "ada")
	for i, action := range []string{"cluster.create", "cluster.delete", "clusters.list", "member.create"} {
		e := entry(o.ID)
		e.At, e.Action, e.Target = epoch.Add(time.Duration(i)*time.Minute), action, fmt.Sprintf("thing/100%%_%d", i)
		if i == 3 {
			e.Outcome, e.Reason, e.Actor.Email = audit.Refused, "Your role does not allow it.", "Grace@example.com"
		}
		e.After = map[string]string{"note": "Größe " + action}
		must(t, f.store.Audit(t.Context(), e))
	}
	for _, test := range []struct {
		name   string
		filter audit.Filter
		want   []int64
	}{
		{"all", audit.Filter{}, []int64{5, 4, 3, 2, 1}},
		{"a group of actions", audit.Filter{Action: "cluster"}, []int64{3, 2}},
		{"an action", audit.Filter{Action: "cluster.delete"}, []int64{3}},
		{"half a word", audit.Filter{Action: "clust"}, nil},
		{"an actor", audit.Filter{Actor: "GRACE"}, []int64{5}},
		{"a target with signs of patterns", audit.Filter{Target: "100%_2"}, []int64{4}},
		{"a sign of patterns alone", audit.Filter{Target: "1_0"}, nil},
		{"an outcome", audit.Filter{Outcome: audit.Refused}, []int64{5}},
		{"a text of a state", audit.Filter{Text: "note\":\"größe cluster."}, []int64{3, 2}},
		{"a text of a reason", audit.Filter{Text: "does not allow"}, []int64{5}},
		{"a time", audit.Filter{Since: epoch.Add(time.Minute), Until: epoch.Add(3 * time.Minute)}, []int64{4, 3}},
		{"a page", audit.Filter{Before: 3}, []int64{2, 1}},
	} {
		list, err := f.store.AuditLog(t.Context(), o.ID, test.filter, 10)
		must(t, err)
		var got []int64
		for _, e := range list {
			got = append(got, e.Sequence)
		}
		equal(t, test.name, fmt.Sprint(got), fmt.Sprint(test.want))
	}
}

// auditSignIns: S-83.
func auditSignIns(t *testing.T, f fixture) {
	a, o := f.account(t, "ada")
	e := audit.Entry{At: epoch, Actor: audit.Actor{AccountID: a.ID, Email: a.Email}, Action: "session.create", Outcome: audit.Refused}
	must(t, f.store.AuditSignIn(t.Context(), e))
	s := identity.Session{TokenHash: "session_2", AccountID: a.ID, CreatedAt: epoch, SeenAt: epoch, ExpiresAt: epoch.Add(time.Hour)}
	e.Outcome = ""
	must(t, f.store.CreateSession(t.Context(), s, "", e))
	for _, chain := range []string{o.ID, a.ID} {
		list, err := f.store.AuditLog(t.Context(), chain, audit.Filter{Action: "session.create"}, 10)
		must(t, err)
		if len(list) != 2 || list[0].Outcome != audit.Done || list[1].Outcome != audit.Refused {
			t.Errorf("%s has %+v, want a sign-in and one that was refused", chain, list)
		}
	}
	must(t, f.store.AuditSignIn(t.Context(), audit.Entry{At: epoch, Action: "session.create", Outcome: audit.Refused}))
	list, err := f.store.AuditLog(t.Context(), audit.Entry{}.Chain(), audit.Filter{}, 10)
	must(t, err)
	equal(t, "entries of nobody", len(list), 1)
}

// concurrentAudit: S-82.
func concurrentAudit(t *testing.T, f fixture) {
	_, ada := f.account(t, "ada")
	_, eve := f.account(t, "eve")
	const writers, each = 8, 10
	var writing sync.WaitGroup
	for i := range writers {
		writing.Go(func() {
			for range each {
				for _, o := range []string{ada.ID, eve.ID} {
					if err := f.store.Audit(t.Context(), entry(o)); err != nil {
						t.Errorf("writer %d: %v", i, err)
					}
				}
			}
		})
	}
	writing.Wait()
	service := audit.New(f.store, newSigner(t), func() time.Time { return epoch })
	must(t, service.Checkpoint(t.Context()))
	for _, o := range []string{ada.ID, eve.ID} {
		v, err := service.Verify(t.Context(), o)
		must(t, err)
		if v.Broken != nil || v.Entries != writers*each+1 || v.SignedTo != v.Entries {
			t.Errorf("chain of %s: %+v", o, v)
		}
	}
}

// signer signs with one key.
type signer ed25519.PrivateKey

func newSigner(t *testing.T) signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	must(t, err)
	return signer(private)
}

func (s signer) Sign(text []byte) (string, []byte) {
	return "key", ed25519.Sign(ed25519.PrivateKey(s), text)
}

func (s signer) PublicKey(id string) (ed25519.PublicKey, bool) {
	public, _ := ed25519.PrivateKey(s).Public().(ed25519.PublicKey)
	return public, id == "key"
}
