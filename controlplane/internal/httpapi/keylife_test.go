package httpapi_test

import (
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/authz"
)

// TestKeyLife: S-41. Keys of every kind are made and renewed within the days that their organization allows.
func TestKeyLife(t *testing.T) {
	for name, newSite := range map[string]func(*testing.T) *site{
		"SQLite":     func(t *testing.T) *site { return newSite(t, false) },
		"PostgreSQL": newConfinedSite,
	} {
		t.Run(name, func(t *testing.T) { keyLife(t, newSite(t)) })
	}
}

func keyLife(t *testing.T, s *site) {
	const organization = "/api/v1/organizations/ada"
	ada := s.owner(t, "ada")
	grace := s.mate(t, "grace", authz.Admin)
	s.ready(t, "ada", "first")
	account := text(ada.call(t, "POST", organization+"/service-accounts", `{"name":"deployer"}`).want(t, 201), "id")
	const theirs, workers = organization + "/api-keys", organization + "/clusters/first/access-keys"
	kinds := []struct{ make, within, body string }{
		{myKeys, myKeys, `{"organization":"ada","name":"ci"`},
		{organization + "/service-accounts/" + account + "/api-keys", theirs, `{"name":"ci"`},
	}
	before := make([]map[string]any, len(kinds))
	for i, k := range kinds {
		before[i] = ada.call(t, "POST", k.make, k.body+`,"expiresInDays":365}`).want(t, 201)
	}

	const rules = organization + "/rules"
	for _, wrong := range []string{"-1", "366"} {
		ada.call(t, "PUT", rules, `{"secondFactorRequired":false,"maxKeyDays":`+wrong+`}`).wantField(t, 422, "maxKeyDays")
	}
	grace.call(t, "PUT", rules, `{"secondFactorRequired":false,"maxKeyDays":30}`).want(t, 403)
	if r := ada.call(t, "PUT", rules, `{"secondFactorRequired":false,"maxKeyDays":30}`).want(t, 200); r["maxKeyDays"] != 30.0 {
		t.Errorf("rules are %v", r)
	}
	if me := grace.call(t, "GET", "/api/v1/me", "").body; strings.Count(me, `"maxKeyDays":30`) != 1 {
		t.Errorf("of her two organizations grace sees %s", me)
	}
	for i, k := range kinds {
		for _, life := range []string{"", `,"expiresInDays":31`} { // none asks for 90
			a := ada.call(t, "POST", k.make, k.body+life+`}`)
			if a.wantField(t, 422, "expiresInDays"); !strings.Contains(a.body, "1 to 30") {
				t.Errorf("%s%s is refused with %s", k.make, life, a.body)
			}
		}
		ada.call(t, "POST", k.make, k.body+`,"expiresInDays":30}`).want(t, 201)

		key := k.within + "/" + text(before[i], "id")
		if list := ada.call(t, "GET", k.within, "").body; !strings.Contains(list, text(before[i], "expiresAt")[:len(time.DateTime)]) {
			t.Errorf("the key that was there ends sooner: %s", list)
		}
		for _, life := range []string{"{}", `{"expiresInDays":31}`} {
			ada.call(t, "POST", key+"/rotate", life).wantField(t, 422, "expiresInDays")
		}
		renewed := ada.call(t, "POST", key+"/rotate", `{"expiresInDays":30}`).want(t, 200)
		if end, err := time.Parse(time.RFC3339, text(renewed, "expiresAt")); err != nil || end.After(s.now().AddDate(0, 0, 30)) {
			t.Errorf("renewed until %v, %v", end, err)
		}
	}
	// Those of clusters are made and renewed in cluster.TestAccessKeys_LiveAsLongAsTheOrganizationAllows.
	for path, body := range map[string]string{workers: `{"name":"ci"}`, workers + "/key_any/rotate": `{"expiresInDays":31}`} {
		ada.call(t, "POST", path, body).wantField(t, 422, "expiresInDays")
	}
	grace.call(t, "POST", myKeys, `{"organization":"grace","name":"ci"}`).want(t, 201) // another organization sets none
	if log := ada.call(t, "GET", organization+"/audit", "").body; !strings.Contains(log, `"maxKeyDays":30`) {
		t.Errorf("the audit log does not tell of it: %s", log)
	}

	ada.call(t, "PUT", rules, `{"secondFactorRequired":false}`).want(t, 200)
	for _, k := range kinds {
		ada.call(t, "POST", k.make, k.body+`}`).want(t, 201)
	}
}
