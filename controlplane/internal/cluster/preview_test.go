package cluster_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/pricing"
	"github.com/podium-cloud/podium/provisioner"
)

func TestPreview_TellsEffectAndPrice(t *testing.T) {
	b := setup(t)
	b.ready(t, "first")
	for _, free := range []bool{true, false} {
		if !free {
			b.Prices = &pricing.List{Currency: "EUR", Clouds: map[string]map[string]pricing.Price{
				"local": {"small": {Cluster: 500, Node: 1000}, "large": {Cluster: 500, Node: 4000}},
			}}
		}
		for _, c := range []struct {
			change cluster.Change
			after  int64
			effect string
		}{
			{cluster.Change{Kind: provisioner.ResizeCluster, Size: "large"}, 4500, "with the size large in place of small"},
			{cluster.Change{Kind: provisioner.ScaleCluster, Nodes: 3}, 3500, "2 nodes are added"},
			{cluster.Change{Kind: provisioner.UpgradeCluster, Version: "1"}, 1500, "all go back"},
			{cluster.Change{Kind: provisioner.UpgradeCluster, Version: "1"}, 1500, "copied to the backup before-upgrade-20260517-120000"},
			{cluster.Change{Kind: provisioner.PauseCluster}, 500, "All nodes stop"},
			{cluster.Change{Kind: provisioner.BackupCluster}, 1500, "A copy of everything"},
			{cluster.Change{Kind: provisioner.DeleteCluster, GraceSeconds: 60}, 0, "nothing is lost yet"},
		} {
			p, err := b.Preview(t.Context(), b.org, "first", c.change)
			must(t, err)
			if !slices.ContainsFunc(p.Effects, func(e string) bool { return strings.Contains(e, c.effect) }) {
				t.Errorf("%s: %q do not tell %q", c.change.Kind, p.Effects, c.effect)
			}
			want := cluster.Preview{Currency: "EUR", PriceBefore: 1500, PriceAfter: c.after}
			if free {
				want = cluster.Preview{}
			}
			if p.Currency != want.Currency || p.PriceBefore != want.PriceBefore || p.PriceAfter != want.PriceAfter {
				t.Errorf("%s: %d %s becomes %d, want %+v", c.change.Kind, p.PriceBefore, p.Currency, p.PriceAfter, want)
			}
		}
	}
	p, err := b.PreviewCreate(t.Context(), b.org, cluster.CreateInput{Name: "second", Nodes: 2})
	must(t, err)
	if p.PriceBefore != 0 || p.PriceAfter != 2500 || p.Currency != "EUR" {
		t.Errorf("a new cluster costs %d %s", p.PriceAfter, p.Currency)
	}
}

func TestPreview_DeletionOfWhatWasNeverMade(t *testing.T) {
	b := setup(t)
	c, err := b.Create(t.Context(), by, b.org, cluster.CreateInput{Name: "first"})
	must(t, err)
	must(t, b.control.Failed(t.Context(), c.ID, "no room"))
	p, err := b.Preview(t.Context(), b.org, "first", cluster.Change{Kind: provisioner.DeleteCluster})
	must(t, err)
	if p.LosesData || len(p.Effects) != 1 || !strings.Contains(p.Effects[0], "only the record goes") {
		t.Errorf("the deletion of a record is told as %+v", p)
	}
}

func TestPreview_SaysWhatTheCloudHasNoRoomFor(t *testing.T) {
	b := setup(t)
	p, err := b.PreviewCreate(t.Context(), b.org, cluster.CreateInput{Name: "second", Nodes: 2, Cloud: "full"})
	must(t, err)
	want := []string{
		"There is no room for it yet. All 5 VPCs are used. Ask for more.",
		"There may be no room for it. 6 processors. Look.",
	}
	if len(p.Effects) != 3 || !slices.Equal(p.Effects[1:], want) {
		t.Errorf("effects %q", p.Effects)
	}
}
