package storetest

import (
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/provisioner/aws/ledger"
)

func cloudResources(t *testing.T, f fixture) {
	_, o := f.account(t, "ada")
	ctx := t.Context()
	c, other := f.cluster(t, o, "first"), f.cluster(t, o, "second")
	vpc := ledger.Entry{Kind: "VPC", Token: "t1", At: epoch}
	must(t, f.store.Remember(ctx, c.ID, "vpc", vpc))
	vpc.ID, vpc.Settled = "vpc-1", "f1"
	must(t, f.store.Remember(ctx, c.ID, "vpc", vpc))
	refused := ledger.Entry{Kind: "subnet", Token: "t2", At: time.Time{}}
	must(t, f.store.Remember(ctx, c.ID, "subnet", refused))
	must(t, f.store.Remember(ctx, other.ID, "vpc", ledger.Entry{Kind: "VPC", ID: "vpc-2", At: epoch}))

	got, err := f.store.Recall(ctx, c.ID)
	must(t, err)
	equal(t, "entries", len(got), 2)
	equal(t, "vpc", got["vpc"], vpc)
	equal(t, "subnet", got["subnet"], refused)

	must(t, f.store.Forget(ctx, c.ID, "vpc"))
	must(t, f.store.Forget(ctx, c.ID, "vpc"))
	got, err = f.store.Recall(ctx, c.ID)
	must(t, err)
	equal(t, "entries after forgetting one", len(got), 1)
	got, err = f.store.Recall(ctx, other.ID)
	must(t, err)
	equal(t, "another cluster's", got["vpc"].ID, "vpc-2")

	wantKind(t, f.store.Remember(ctx, "clu_none", "vpc", vpc), problem.NotFound)
}
