package httpapi_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/mail"
	"github.com/podium-cloud/podium/controlplane/internal/sso"
	"github.com/podium-cloud/podium/controlplane/internal/store"
	"github.com/podium-cloud/podium/controlplane/internal/store/storetest"
)

// letters collects what is sent, in place of a mail server; package mail is tested with a real one.
type letters []mail.Letter

// Carry keeps a letter.
func (l *letters) Carry(_ context.Context, letter mail.Letter) error {
	*l = append(*l, letter)
	return nil
}

// letters sends what is stored and returns it by recipient.
func (s *site) letters(t *testing.T) map[string][]string {
	t.Helper()
	var all letters
	sender := mail.Sender{Store: s.store, Sealer: s.sealer, Carrier: &all, Now: s.now, Logger: slog.New(slog.DiscardHandler)}
	must(t, sender.Pass(t.Context()))
	found := map[string][]string{}
	for _, l := range all {
		found[l.To] = append(found[l.To], l.Subject+"\n"+l.Body)
	}
	return found
}

// wantLetter fails unless somebody got one letter, and it says all the words.
func wantLetter(t *testing.T, got map[string][]string, to string, words ...string) {
	t.Helper()
	if len(got[to]) != 1 {
		t.Fatalf("%s got %q", to, got[to])
	}
	for _, w := range words {
		if !strings.Contains(got[to][0], w) {
			t.Errorf("the letter to %s does not say %q: %s", to, w, got[to][0])
		}
	}
}

func newMailedSite(t *testing.T) *site {
	t.Helper()
	return newSiteOn(t, false, t.TempDir(), store.Config{Path: storetest.SQLite(t, t.TempDir()), Letters: true})
}

// TestMail_BringsInvitations: the link of the letter is that of the page.
func TestMail_BringsInvitations(t *testing.T) {
	s := newMailedSite(t)
	acme := s.owner(t, "acme")
	invite := func() map[string]any {
		return acme.call(t, "POST", acmePath+"/invitations", `{"email":"grace@example.com","role":"member"}`).want(t, 201)
	}
	invite()
	i := invite() // the first one is gone, and so is its letter
	if i["mail"] != "QUEUED" {
		t.Errorf("the invitation is %v", i)
	}
	got := s.letters(t)
	wantLetter(t, got, "grace@example.com", text(i, "link"), "acme@example.com invites you to acme")
	if list := acme.call(t, "GET", acmePath+"/invitations", "").body; len(got) != 1 || !strings.Contains(list, `"mail":"SENT"`) || strings.Contains(list, "mailProblem") {
		t.Errorf("invitations are %s", list)
	}
	without := newSite(t, false)
	without.owner(t, "acme").invite(t, "grace@example.com", "member")
	if got := without.letters(t); len(got) != 0 {
		t.Errorf("without a mail server there are %v", got)
	}
}

// TestMail_TellsOwners of what opens or closes doors: S-08.
func TestMail_TellsOwners(t *testing.T) {
	s := newMailedSite(t)
	ada, grace := s.newcomer(t, "acme"), s.newcomer(t, "grace")
	organization := s.organizationOf(t, ada)
	by := audit.Entry{Organization: organization, At: s.now()}
	_, err := s.store.SetRole(t.Context(), organization, "grace@example.com", authz.Member, anyone, by)
	must(t, err)
	if got := s.letters(t); len(got) != 0 {
		t.Errorf("of a member is told %v", got)
	}
	ada.call(t, "POST", acmePath+"/members", `{"email":"grace@example.com","role":"owner"}`).want(t, 200)
	got := s.letters(t)
	wantLetter(t, got, "acme@example.com", "acme has a new owner: grace@example.com", "by acme@example.com")
	if len(got) != 1 {
		t.Errorf("told are %v", got)
	}

	must(t, s.store.CreateProvider(t.Context(), sso.Provider{
		OrganizationID: organization, ID: "idp_1", Name: "Login", State: sso.Draft, Issuer: "https://a.example.com", ClientID: "podium",
		Scopes: []string{"openid"}, Claims: sso.ClaimNames{Email: "email", Name: "name", Groups: "groups"}, Version: 1,
	}, by))
	path := acmePath + "/identity-providers/idp_1"
	grace.call(t, "PUT", path, `{"name":"Login","issuer":"https://a.example.com","clientId":"podium","scopes":["openid","groups"]}`).want(t, 200)
	if got := s.letters(t); len(got) != 0 {
		t.Errorf("of another scope is told %v", got)
	}
	grace.call(t, "PUT", path, `{"name":"Login","issuer":"https://b.example.com","clientId":"podium"}`).want(t, 200)
	got = s.letters(t)
	wantLetter(t, got, "acme@example.com", "the identity provider Login leads elsewhere", "grace@example.com has given")
	if len(got) != 1 {
		t.Errorf("told are %v", got)
	}

	grace.enrol(t)
	grace.call(t, "DELETE", factorPath, "").want(t, 204)
	got = s.letters(t)
	wantLetter(t, got, "acme@example.com", "acme: the second factor of grace@example.com is off")
	if len(got["grace@example.com"]) != 2 { // as an owner of both
		t.Errorf("grace is told %v", got["grace@example.com"])
	}
}
