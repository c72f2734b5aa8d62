package sso

import (
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/authz"
)

// TestRoleOf covers S-11.
func TestRoleOf(t *testing.T) {
	groups := []GroupRole{{"staff", authz.Member}, {"chiefs", authz.Owner}}
	for _, test := range []struct {
		name    string
		mapping Mapping
		groups  []string
		want    authz.Role
	}{
		{"no group", Mapping{Groups: groups}, nil, ""},
		{"a group without a role", Mapping{Groups: groups}, []string{"chess club"}, ""},
		{"a group in other capitals", Mapping{Groups: groups}, []string{"Staff"}, ""},
		{
			"the higher of two",
			Mapping{Groups: append(groups, GroupRole{"books", authz.Billing}, GroupRole{"chess", authz.Auditor})},
			[]string{"books", "chess"},
			authz.Auditor,
		},
		{"below the default", Mapping{Groups: []GroupRole{{"books", authz.Billing}}, Default: authz.Member}, []string{"books"}, authz.Member},
		{"a member", Mapping{Groups: groups}, []string{"staff"}, authz.Member},
		{"a default", Mapping{Default: authz.Member}, nil, authz.Member},
		{"owners by group are not allowed", Mapping{Groups: groups}, []string{"chiefs"}, authz.Member},
		{"owners by group", Mapping{Groups: groups, OwnersByGroup: true}, []string{"staff", "chiefs"}, authz.Owner},
		{"the highest counts", Mapping{Groups: groups, OwnersByGroup: true, Default: authz.Member}, []string{"chiefs", "staff"}, authz.Owner},
	} {
		if got := test.mapping.RoleOf(test.groups); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestLocalPath covers S-13.
func TestLocalPath(t *testing.T) {
	for next, want := range map[string]string{
		"/organizations/acme?tab=1#x": "/organizations/acme?tab=1#x", "": "/", "/": "/", "https://evil.example.com": "/",
		"//evil.example.com": "/", `/\evil.example.com`: "/", "/\t/evil.example.com": "/", "javascript:alert(1)": "/", "x": "/",
		"/api/v1/logout": "/", "http:/evil": "/", "/%zz": "/",
	} {
		if got := localPath(next); got != want {
			t.Errorf("localPath(%q) is %q, want %q", next, got, want)
		}
	}
}

func FuzzReadPerson(f *testing.F) {
	f.Add("a@example.com", "staff")
	f.Fuzz(func(t *testing.T, email, group string) {
		p := readPerson(map[string]any{"sub": "s", "email": email, "groups": []any{group, 7, nil}}, ClaimNames{Email: "email", Name: "name", Groups: "groups"})
		if p.email == "" && p.odd == "" {
			t.Errorf("%q gives neither an e-mail nor a reason", email)
		}
		if len(p.groups) != 1 || p.groups[0] != group {
			t.Errorf("groups are %q, want %q alone", p.groups, group)
		}
	})
}
