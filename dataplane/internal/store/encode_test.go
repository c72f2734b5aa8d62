package store_test

import (
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/wire/wiretest"
)

func TestEncodingCoversEveryField(t *testing.T) { wiretest.Covers[store.Work](t, nil) }
