package envelope_test

import (
	"context"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/envelope"
)

// keep is a store of one organization's data keys in memory.
type keep struct {
	envelope.Store

	keys []envelope.DataKey
}

func (k *keep) DataKeys(context.Context, string) ([]envelope.DataKey, error) { return k.keys, nil }

func (k *keep) CreateDataKey(_ context.Context, d envelope.DataKey) error {
	k.keys = append(k.keys, d)
	return nil
}

// FuzzOpen looks for a text that opens although it was not sealed.
func FuzzOpen(f *testing.F) {
	l, err := envelope.OpenLocal(f.TempDir() + "/kek")
	if err != nil {
		f.Fatal(err)
	}
	keys := envelope.New(&keep{}, l, time.Now)
	sealed, err := keys.Seal(f.Context(), "org_1", "row/1", []byte("x"))
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{sealed, "", "v1:", "v-1:AAAA", "v99999999999999999999:AAAA", sealed[:10]} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if plain, err := keys.Open(t.Context(), "org_1", "row/2", text); err == nil {
			t.Errorf("%q opens as %q", text, plain)
		}
	})
}
