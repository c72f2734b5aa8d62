package authz_test

import (
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/authz"
)

func TestAllows(t *testing.T) {
	for _, test := range []struct {
		role       authz.Role
		permission authz.Permission
		want       bool
	}{
		{authz.Owner, "cluster.delete", true},
		{authz.Member, "cluster.delete", false},
		{authz.Member, "cluster.use", true},
		{"", "cluster.read", false},
		{"admin", "cluster.read", false},
		{authz.Owner, "cluster.explode", false},
	} {
		if got := authz.Allows(test.role, test.permission); got != test.want {
			t.Errorf("Allows(%s, %s) = %v", test.role, test.permission, got)
		}
	}
}

func TestKnown(t *testing.T) {
	for p, want := range map[authz.Permission]bool{
		authz.Public: true, authz.AccountRead: true, "cluster.read": true, "": false, "cluster.explode": false,
	} {
		if authz.Known(p) != want {
			t.Errorf("Known(%q) = %v", p, !want)
		}
	}
}
