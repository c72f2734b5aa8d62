package rest_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// accessServer wants tokens and is called by an admin; as returns a call's answer for somebody else.
func accessServer(t *testing.T) (*server, func(token, path string) answer) {
	t.Helper()
	gate, _ := keyedGate(t)
	s := newServer(t, options{gate: gate})
	s.token = s.tokenOf("k1", "s1")
	return s, func(token, path string) answer {
		mine := s.token
		defer func() { s.token = mine }()
		s.token = token
		return s.get(path)
	}
}

func (s *server) tokenOf(id, secret string) string {
	s.t.Helper()
	return decode[map[string]string](s.t, s.ok(s.post("/api/token", login(id, secret))))["token"]
}

type madeKey struct {
	ID, Secret string
	ExpiresAt  int64
}

// application makes one with a key.
func (s *server) application(name, key string) (id string, k madeKey) {
	s.t.Helper()
	id, _ = s.json(s.post("/api/applications", fmt.Sprintf(`{"name":%q}`, name)))["id"].(string)
	return id, decode[madeKey](s.t, s.ok(s.post("/api/applications/"+id+"/accessKeys", key)))
}

func TestMe_TellsWhatTheCallerMayDoAndByWhat(t *testing.T) {
	s, as := accessServer(t)
	for _, name := range []string{"orders", "billing", "hidden"} {
		s.void(s.post("/api/metadata/workflow", fmt.Sprintf(`{"name":%q,"version":1,"ownerEmail":"a@b.c","tasks":[{"name":"t","taskReferenceName":"t","type":"WAIT"}]}`, name)))
	}
	s.void(s.put("/api/metadata/workflow/billing/tags", `[{"key":"team","value":"money"}]`))
	id, key := s.application("shop", "")
	token := s.tokenOf(key.ID, key.Secret)

	type account struct {
		Permissions, Some []string
		Roles             []map[string]string
		Grants            []struct{ Access []string }
		Things            map[string]map[string][]string
		Application       string
	}
	me := decode[account](t, s.ok(as(token, "/podium/v1/me")))
	if me.Application != id || len(me.Permissions)+len(me.Some)+len(me.Roles)+len(me.Grants)+len(me.Things) != 0 {
		t.Errorf("without rights: %+v", me)
	}
	grant := func(kind, target, accesses string) {
		t.Helper()
		s.ok(s.post("/api/auth/authorization", fmt.Sprintf(
			`{"subject":{"type":"APPLICATION","id":%q},"target":{"type":%q,"id":%q},"access":[%s]}`, id, kind, target, accesses)))
	}
	grant("WORKFLOW_DEF", "orders", `"EXECUTE"`)
	grant("TAG", "team:money", `"READ"`)
	grant("DOMAIN", "night", `"EXECUTE"`)
	s.ok(s.post("/api/applications/"+id+"/roles/UNRESTRICTED_WORKER", ""))
	me = decode[account](t, s.ok(as(token, "/podium/v1/me")))
	want := map[string]map[string][]string{
		"WORKFLOW_DEF": {"orders": {"READ", "EXECUTE"}, "billing": {"READ"}}, "DOMAIN": {"night": {"READ", "EXECUTE"}},
		"TAG": {"team:money": {"READ"}},
	}
	if !reflect.DeepEqual(me.Things, want) {
		t.Errorf("things are %v", me.Things)
	}
	if !slices.Contains(me.Permissions, "task:work") || slices.Contains(me.Permissions, "workflow:write") || !slices.Contains(me.Some, "secret:list") ||
		len(me.Grants) != 3 || len(me.Roles) != 1 || me.Roles[0]["role"] != "UNRESTRICTED_WORKER" {
		t.Errorf("got %+v", me)
	}
	// Those who may say who may do what are told the same of others; nobody else is.
	of := decode[account](t, s.ok(s.get("/podium/v1/accounts/app:"+id)))
	if !reflect.DeepEqual(of.Roles, me.Roles) || !reflect.DeepEqual(of.Permissions, me.Permissions) || !reflect.DeepEqual(of.Grants, me.Grants) {
		t.Errorf("of others %+v", of)
	}
	s.failure(as(token, "/podium/v1/accounts/app:"+id), 403, "access:read")
	s.failure(s.get("/podium/v1/accounts/nobody"), 404, "nobody")
}

func TestMe_EveryoneIsAnAdminWhereNoTokenIsWanted(t *testing.T) {
	s := newServer(t, options{})
	me := s.json(s.get("/podium/v1/me"))
	if me["role"] != "admin" || !strings.Contains(fmt.Sprint(me["permissions"]), "access:write") {
		t.Errorf("got %v", me)
	}
}

// TestKeys_TwoSecretsAreGoodWhileOneIsReplaced: a key ends, and is replaced without a pause. S-41.
func TestKeys_TwoSecretsAreGoodWhileOneIsReplaced(t *testing.T) {
	gate, advance := keyedGate(t)
	s := newServer(t, options{gate: gate})
	s.token = s.tokenOf("k1", "s1")
	id, first := s.application("shop", `{"expiresInDays":30}`)
	keys := "/api/applications/" + id + "/accessKeys"
	if in := time.Until(time.UnixMilli(first.ExpiresAt)); in < 29*24*time.Hour || in > 31*24*time.Hour {
		t.Errorf("a key of 30 days ends in %v", in)
	}
	for field, body := range map[string]string{"expiresInDays": `{"expiresInDays":366}`, "graceHours": `{"graceHours":169}`} {
		s.failure(s.post(keys+"/"+first.ID+"/rotate", body), 400, field)
	}
	s.failure(s.post(keys, `{"expiresInDays":-1}`), 400, "expiresInDays")
	s.failure(s.post(keys+"/key_none/rotate", ""), 404, "key_none")

	second := decode[madeKey](t, s.ok(s.post(keys+"/"+first.ID+"/rotate", `{"graceHours":1}`)))
	if second.ID != first.ID || second.Secret == first.Secret || second.ExpiresAt != 0 {
		t.Errorf("the new secret is %+v", second)
	}
	s.tokenOf(first.ID, first.Secret)
	s.tokenOf(first.ID, second.Secret)
	var list []map[string]any
	if err := json.Unmarshal([]byte(s.ok(s.get(keys)).body), &list); err != nil || list[0]["formerUntil"] == nil || list[0]["lastUsedAt"] == nil {
		t.Errorf("keys are %v (%v)", list, err)
	}
	if strings.Contains(s.ok(s.get(keys)).body, second.Secret) {
		t.Error("the list tells the secret")
	}
	advance(30 * time.Minute) // the caller's own token lives for an hour
	third := decode[madeKey](t, s.ok(s.post(keys+"/"+first.ID+"/rotate", `{"graceHours":0,"expiresInDays":1}`)))
	for _, old := range []string{first.Secret, second.Secret} {
		s.failure(s.post("/api/token", login(first.ID, old)), 401)
	}
	s.tokenOf(first.ID, third.Secret)
	advance(24 * time.Hour)
	s.failure(s.post("/api/token", login(first.ID, third.Secret)), 401)
}
