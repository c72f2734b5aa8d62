package pricing_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/pricing"
	"github.com/podium-cloud/podium/provisioner"
)

func TestListPricesClustersAndNodes(t *testing.T) {
	l, err := pricing.Load("../../../docs/prices.example.json")
	if err != nil {
		t.Fatal(err)
	}
	three := provisioner.ClusterSpec{Cloud: "local", Size: "medium", Nodes: 3}
	if got := l.Cluster(three, false); got != 500+3*2000 {
		t.Errorf("three nodes cost %d", got)
	}
	if got := l.Cluster(three, true); got != 500 {
		t.Errorf("paused, they cost %d: no node runs", got)
	}
	if got := l.Cluster(provisioner.ClusterSpec{Cloud: "elsewhere", Size: "medium", Nodes: 1}, false); got != 0 {
		t.Errorf("what the list leaves out costs %d", got)
	}
	if l.In() != "EUR" {
		t.Errorf("in %q", l.In())
	}
}

func TestWithoutFileNothingIsCharged(t *testing.T) {
	l, err := pricing.Load("")
	if err != nil {
		t.Fatal(err)
	}
	if l.In() != "" || l.Cluster(provisioner.ClusterSpec{Cloud: "local", Size: "small", Nodes: 9}, false) != 0 || l.Check(nil) != nil {
		t.Error("there is a price without a list")
	}
	if _, err := pricing.Load(filepath.Join(t.TempDir(), "none.json")); err == nil {
		t.Error("a file that does not exist was read")
	}
}

func TestParseNamesWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		`{"currency":"euro"}`: `currency: "euro"`,
		`{"currency":"EUR","clouds":{"local":{"small":{"node":-1}}}}`: "clouds.local.small",
		`{"currency":"EUR","cloud":{}}`:                               "cloud",
		`{"currency":"EUR"} {}`:                                       "more after the end",
		`[]`:                                                          "array",
	} {
		if _, err := pricing.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestCheckFindsNamesThatDoNotExist(t *testing.T) {
	catalogs := map[string]provisioner.Catalog{"local": {Sizes: []provisioner.Size{{ID: "small"}}}}
	l, err := pricing.Parse([]byte(`{"currency":"USD","clouds":{"local":{"small":{},"smal":{"node":1}},"lcal":{}}}`))
	if err != nil {
		t.Fatal(err)
	}
	err = l.Check(catalogs)
	if err == nil || !strings.Contains(err.Error(), "clouds.local.smal:") || !strings.Contains(err.Error(), "clouds.lcal:") {
		t.Errorf("check says %v", err)
	}
}
