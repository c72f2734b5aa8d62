package directory_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/internal/directory"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// open returns a directory of a cluster of a control plane, with what makes session tokens for it.
func open(t *testing.T) (*directory.Directory, *access.Gate, func(claims jwt.MapClaims) string) {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Config{})
	must(t, err)
	t.Cleanup(func() { _ = e.Close() })
	_, sign, err := ed25519.GenerateKey(nil)
	must(t, err)
	public, issuer, err := ed25519.GenerateKey(nil)
	must(t, err)
	var d *directory.Directory
	gate, err := access.New(access.Config{
		Mode: access.Keys, ClusterID: "clu_a", SignKey: sign, Met: func(c *access.Caller) { d.Met(c) },
	})
	must(t, err)
	must(t, gate.Set(nil, fleetapi.Issuer{Name: "podium", Keys: []fleetapi.PublicKey{{KID: "k", X: base64.RawURLEncoding.EncodeToString(public)}}}))
	d = directory.Open(directory.Config{Records: e, Gate: gate, Managed: true})
	return d, gate, func(c jwt.MapClaims) string {
		c["iss"], c["aud"], c["exp"] = "podium", "clu_a", time.Now().Add(time.Hour).Unix()
		token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, c)
		token.Header["kid"] = "k"
		signed, err := token.SignedString(issuer)
		must(t, err)
		return signed
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestPeopleOfAControlPlaneAreMetWithTheirRoleAndGroups(t *testing.T) {
	d, gate, session := open(t)
	token := session(jwt.MapClaims{"sub": "usr_1", "email": "Ada@example.com", "name": "Ada", "role": "viewer", "groups": []string{"billing"}})
	c, err := gate.Verify(token)
	must(t, err)
	if !c.May(access.ExecutionRead) || c.May(access.ExecutionStart) {
		t.Errorf("a viewer may %v", c.Rights().List())
	}
	u, err := d.User("ada@example.com")
	must(t, err)
	if u.Name != "Ada" || u.CloudRole != fleetapi.ClusterViewer || !slices.Equal(u.GroupsOf(), []string{"billing"}) {
		t.Errorf("met %+v", u)
	}
	// What is granted to a group of the organization holds for who comes with it, at once and for the same token.
	target := access.Target{Type: access.WorkflowDef, ID: "orders"}
	grant := directory.Grant{Subject: directory.Subject{Type: "GROUP", ID: "billing"}, Target: target, Access: []string{"EXECUTE"}}
	must(t, d.Grant(t.Context(), grant))
	if c, err = gate.Verify(token); err != nil || !c.Granted(access.WorkflowDef, "orders", access.Execute, nil) {
		t.Errorf("the group's grant is not in force (%v)", err)
	}
	can, err := d.CheckUser("ada@example.com", target)
	must(t, err)
	if !can["EXECUTE"] || !can["READ"] || can["DELETE"] {
		t.Errorf("may %v", can)
	}
	on, err := d.GrantsOn(target)
	if must(t, err); !slices.Equal(on["EXECUTE"], []directory.Subject{grant.Subject}) || on["DELETE"] == nil {
		t.Errorf("granted %v", on)
	}
	must(t, d.Revoke(t.Context(), grant))
	if on, err = d.GrantsOn(target); err != nil || on["EXECUTE"] == nil || len(on["EXECUTE"]) > 0 {
		t.Errorf("still granted %v, %v", on, err)
	}
	if c, err = gate.Verify(token); err != nil || c.Granted(access.WorkflowDef, "orders", access.Execute, nil) {
		t.Errorf("the grant outlived its end (%v)", err)
	}
	// A role that the control plane has taken away is gone with the next token.
	c, err = gate.Verify(session(jwt.MapClaims{"sub": "usr_1", "email": "ada@example.com"}))
	must(t, err)
	if c.May(access.ExecutionRead) {
		t.Error("the role outlived its end")
	}
}

func TestRolesOfPeopleAreTheControlPlanes(t *testing.T) {
	d, _, _ := open(t)
	_, err := d.PutUser(t.Context(), "eve@example.com", directory.UserInput{Name: "Eve", Roles: []string{"ADMIN"}})
	if workflow.KindOf(err) != workflow.Conflict {
		t.Errorf("got %v", err)
	}
	_, err = d.PutGroup(t.Context(), "g", directory.GroupInput{Roles: []string{"ADMIN"}})
	if workflow.KindOf(err) != workflow.Conflict {
		t.Errorf("got %v", err)
	}
	d.SetCloud([]fleetapi.AccessKey{{ID: "key_1", Name: "ci", Role: fleetapi.ClusterWorker}})
	if a, err := d.Application("key_1"); err != nil || a.Name != "ci" || !slices.Equal(a.Roles, []string{"UNRESTRICTED_WORKER"}) {
		t.Errorf("got %+v %v", a, err)
	}
	if err := d.AddRole(t.Context(), "key_1", "eve", "ADMIN"); workflow.KindOf(err) != workflow.Conflict {
		t.Errorf("got %v", err)
	}
}

func TestInputThatMakesNoSenseIsNamed(t *testing.T) {
	d, _, _ := open(t)
	good := directory.Grant{
		Subject: directory.Subject{Type: "USER", ID: "a"}, Target: access.Target{Type: access.Secret, ID: "s"}, Access: []string{"READ"},
	}
	for field, change := range map[string]func(g *directory.Grant){
		"subject.type": func(g *directory.Grant) { g.Subject.Type = "ALIEN" },
		"subject.id":   func(g *directory.Grant) { g.Subject.ID = " " },
		"target.type":  func(g *directory.Grant) { g.Target.Type = "PLANET" },
		"target.id":    func(g *directory.Grant) { g.Target = access.Target{Type: access.Tag, ID: "no colon"} },
		"access":       func(g *directory.Grant) { g.Access = nil },
	} {
		g := good
		change(&g)
		err := d.Grant(t.Context(), g)
		if e, ok := err.(*workflow.Error); !ok || e.Kind != workflow.Invalid || len(e.Violations) != 1 || e.Violations[0].Path != field { //nolint:errorlint // it is not wrapped
			t.Errorf("%s: got %v", field, err)
		}
	}
	if err := d.AddRole(t.Context(), "nobody", "eve", "KING"); workflow.KindOf(err) != workflow.Invalid {
		t.Errorf("got %v", err)
	}
}

func TestAccount_SaysByWhat(t *testing.T) {
	d, gate, session := open(t)
	token := session(jwt.MapClaims{"sub": "usr_1", "email": "ada@example.com", "role": "viewer", "groups": []string{"billing"}})
	c, err := gate.Verify(token)
	must(t, err)
	target := access.Target{Type: access.WorkflowDef, ID: "orders"}
	for _, s := range []directory.Subject{{Type: "GROUP", ID: "billing"}, {Type: "ROLE", ID: "viewer"}, {Type: "USER", ID: "Ada@example.com"}, {Type: "USER", ID: "eve"}} {
		must(t, d.Grant(t.Context(), directory.Grant{Subject: s, Target: target, Access: []string{"EXECUTE"}}))
	}
	a := d.Account(c)
	var by []string
	for _, g := range a.Grants {
		by = append(by, g.Subject.ID)
	}
	if !slices.Equal(by, []string{"billing", "VIEWER", "ada@example.com"}) || !slices.Equal(a.Roles, []directory.GivenRole{{Role: "viewer"}}) {
		t.Errorf("got %+v by %v", a, by)
	}
	of, rights, err := d.AccountOf("ada@example.com")
	must(t, err)
	if len(of.Grants) != 3 || !rights.Has(access.ExecutionRead) || rights.Has(access.ExecutionStart) {
		t.Errorf("got %+v and %v", of, rights.List())
	}
}

// TestUses_AreKnownAfterAStart: when a key was used is written down by the time that the server ends.
func TestUses_AreKnownAfterAStart(t *testing.T) {
	e, err := engine.Open(t.Context(), engine.Config{})
	must(t, err)
	t.Cleanup(func() { _ = e.Close() })
	serve := func() (*directory.Directory, *access.Gate) {
		_, sign, err := ed25519.GenerateKey(nil)
		must(t, err)
		gate, err := access.New(access.Config{Mode: access.Keys, ClusterID: "clu_a", SignKey: sign})
		must(t, err)
		return directory.Open(directory.Config{Records: e, Gate: gate}), gate
	}
	d, gate := serve()
	app, err := d.CreateApplication(t.Context(), "ada", "shop")
	must(t, err)
	k, secret, err := d.CreateKey(t.Context(), app.ID, 0)
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { d.Run(ctx) })
	if at := d.LastUse(k.ID); !at.IsZero() {
		t.Errorf("used at %v before it was", at)
	}
	_, err = gate.Exchange(k.ID, secret)
	must(t, err)
	stop()
	running.Wait()
	again, _ := serve()
	if at := again.LastUse(k.ID); at.IsZero() || !at.Equal(d.LastUse(k.ID)) {
		t.Errorf("after a start it was used at %v, before at %v", at, d.LastUse(k.ID))
	}
}
