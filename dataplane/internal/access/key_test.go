package access

import (
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/accesskey"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

func TestExchange_TwoSecretsWhileOneIsReplaced(t *testing.T) {
	g, c, _ := newGate(t, "clu_a")
	until := c.now().Add(30 * time.Minute)
	k := fleetapi.AccessKey{
		ID: "key_1", Role: fleetapi.ClusterWorker, SecretHash: accesskey.Hash("new"), FormerHash: accesskey.Hash("old"), FormerUntil: &until,
	}
	if err := g.Set([]fleetapi.AccessKey{k}, fleetapi.Issuer{}); err != nil {
		t.Fatal(err)
	}
	tokens := map[string]string{}
	for _, secret := range []string{"new", "old"} {
		tokens[secret] = exchange(t, g, "key_1", secret)
		wantErr(t, g, tokens[secret], nil)
	}
	if used := g.Used()["key_1"]; used.Unix() != c.now().Unix() {
		t.Errorf("used at %v", used)
	}
	c.advance(45 * time.Minute)
	wantErr(t, g, tokens["new"], nil)
	wantErr(t, g, tokens["old"], ErrExpired)
	tokens["new"] = exchange(t, g, "key_1", "new")
	if _, err := g.Exchange("key_1", "old"); err == nil {
		t.Error("the former secret outlived its time")
	}
	if used := g.Used()["key_1"]; used.Unix() != c.now().Unix() {
		t.Errorf("used at %v", used)
	}

	k.SecretHash, k.FormerHash, k.FormerUntil = accesskey.Hash("newest"), accesskey.Hash("new"), &until // that was before now
	if err := g.Set([]fleetapi.AccessKey{k}, fleetapi.Issuer{}); err != nil {
		t.Fatal(err)
	}
	for secret, token := range tokens { // whoever has found a secret keeps nothing of it
		if _, err := g.Verify(token); err == nil {
			t.Errorf("a token of the secret %q that was replaced is good", secret)
		}
	}
	wantErr(t, g, exchange(t, g, "key_1", "newest"), nil)
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
