package directory_test

import (
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/directory"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// TestKeysLiveAsLongAsTheOrganizationAllows: S-41. Those that exist stay as they are.
func TestKeysLiveAsLongAsTheOrganizationAllows(t *testing.T) {
	d, _, _ := open(t)
	shop, err := d.CreateApplication(t.Context(), "ada", "shop")
	must(t, err)
	endless, _, err := d.CreateKey(t.Context(), shop.ID, 0)
	must(t, err)
	if endless.ExpiresAt != 0 {
		t.Errorf("without a rule a key ends at %d", endless.ExpiresAt)
	}

	d.SetKeyLife(30)
	days := func(k directory.Key) int {
		return int(time.Until(time.UnixMilli(k.ExpiresAt)).Round(24*time.Hour) / (24 * time.Hour))
	}
	for asked, want := range map[int]int{0: 30, 7: 7, 30: 30} {
		made, _, err := d.CreateKey(t.Context(), shop.ID, asked)
		must(t, err)
		renewed, _, err := d.RotateKey(t.Context(), shop.ID, endless.ID, directory.Rotation{ExpiresInDays: asked})
		must(t, err)
		if days(made) != want || days(renewed) != want {
			t.Errorf("a key of %d days lives for %d, renewed for %d, want %d", asked, days(made), days(renewed), want)
		}
	}
	for _, asked := range []int{-1, 31, 365} {
		if _, _, err := d.CreateKey(t.Context(), shop.ID, asked); workflow.KindOf(err) != workflow.Invalid {
			t.Errorf("a key of %d days: %v", asked, err)
		}
		if _, _, err := d.RotateKey(t.Context(), shop.ID, endless.ID, directory.Rotation{ExpiresInDays: asked}); workflow.KindOf(err) != workflow.Invalid {
			t.Errorf("a key renewed for %d days: %v", asked, err)
		}
	}
}
