package access

import (
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/accesskey"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

func TestExchange_TwoSecretsWhileOneIsReplaced(t *testing.T) {
	g, c, _ := newGate(t, "clu_a")
	until := c.now().Add(time.Hour)
	k := fleetapi.AccessKey{
		ID: "key_1", Role: fleetapi.ClusterWorker, SecretHash: accesskey.Hash("new"), FormerHash: accesskey.Hash("old"), FormerUntil: &until,
	}
	if err := g.Set([]fleetapi.AccessKey{k}, fleetapi.Issuer{}); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"new", "old"} {
		exchange(t, g, "key_1", secret)
	}
	if used := g.Used()["key_1"]; used.Unix() != c.now().Unix() {
		t.Errorf("used at %v", used)
	}
	c.advance(2 * time.Hour)
	exchange(t, g, "key_1", "new")
	if _, err := g.Exchange("key_1", "old"); err == nil {
		t.Error("the former secret outlived its time")
	}
	if used := g.Used()["key_1"]; used.Unix() != c.now().Unix() {
		t.Errorf("used at %v", used)
	}
}

func TestExchange_NoFormerSecretMatchesNothing(t *testing.T) {
	g, _, _ := newGate(t, "clu_a")
	if err := g.Set([]fleetapi.AccessKey{{ID: "key_1", SecretHash: accesskey.Hash("s")}}, fleetapi.Issuer{}); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"", "\x00"} {
		if _, err := g.Exchange("key_1", secret); err == nil {
			t.Errorf("%q is good", secret)
		}
	}
}
