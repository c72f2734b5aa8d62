package converge_test

import (
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/memory"
)

type jobWorld struct {
	*world
	runner *memory.Jobs
	jobs   *converge.Jobs
}

func newJobWorld(t *testing.T, seed uint64) *jobWorld {
	w := newWorld(t, seed)
	runner := memory.NewJobs(w.aws)
	return &jobWorld{w, runner, &converge.Jobs{
		Runner: runner, Ledger: w.ledger, Now: w.aws.Now, Visible: visible, Logger: slog.New(slog.DiscardHandler),
	}}
}

var backup = converge.Job{Role: converge.JobRole("backup-b1"), Args: []string{"--recipient", "age1", "s3://b/k"}}

// TestJobs_Faults: whatever fails, is late or gets lost, a job is done once, never two at a time, and none runs on after it was
// stopped.
func TestJobs_Faults(t *testing.T) {
	for seed := range uint64(seeds) {
		w := newJobWorld(t, seed)
		w.aws.Lag, w.aws.Faulty = visible-time.Second, 0.2
		random := rand.New(rand.NewPCG(seed, 3))
		w.ledger.Fail = func() bool { return random.IntN(10) == 0 }
		ctx := t.Context()
		run := func(j converge.Job) func() error {
			return func() error {
				if _, running := w.runner.Done(); running > 1 {
					t.Fatalf("seed %d: %d run at a time", seed, running)
				}
				if _, err := w.jobs.Started(ctx, w.scope, j); err != nil {
					return err
				}
				return w.jobs.Run(ctx, w.scope, j)
			}
		}
		w.patiently("run", run(backup))
		if done, running := w.runner.Done(); done != 1 || running != 0 {
			t.Fatalf("seed %d: %d were done, %d run", seed, done, running)
		}
		w.patiently("run again", run(backup)) // it is remembered
		w.patiently("forget", func() error { return w.jobs.Forget(ctx, w.scope, backup.Role) })

		called := backup // off, somewhere on its way
		called.Args = []string{"another"}
		for range random.IntN(8) {
			if p := provisioner.AsPending(run(called)()); p != nil {
				w.aws.Pass(p.After)
			}
		}
		if seed%2 == 0 {
			w.patiently("stop", func() error { return w.jobs.Stop(ctx, w.scope, backup.Role) })
			w.aws.Pass(visible)
			if _, running := w.runner.Done(); running != 0 {
				t.Fatalf("seed %d: it runs on", seed)
			}
		}
		w.patiently("run the third", run(backup))
		w.patiently("forget all", func() error { return w.jobs.ForgetAll(ctx, w.scope) })
		if known, _ := w.ledger.Recall(ctx, w.scope.Cluster); len(known) > 0 {
			t.Fatalf("seed %d: remembered %v", seed, known)
		}
	}
}

// TestJobs_SayWhyTheyFailed: once; the next call begins anew. One that AWS has forgotten is begun anew too.
func TestJobs_SayWhyTheyFailed(t *testing.T) {
	w := newJobWorld(t, 1)
	w.runner.Fails = 1
	ctx := t.Context()
	end := func() error {
		for range 100 {
			err := w.jobs.Run(ctx, w.scope, backup)
			p := provisioner.AsPending(err)
			if p == nil {
				return err
			}
			w.aws.Pass(p.After)
		}
		t.Fatal("it does not end")
		return nil
	}
	if err := end(); err == nil || !strings.Contains(err.Error(), "no space left") || provisioner.IsPermanent(err) {
		t.Errorf("failed with %v", err)
	}
	w.runner.Fails = 0
	if err := w.jobs.Run(ctx, w.scope, backup); provisioner.AsPending(err) == nil {
		t.Fatalf("it did not begin anew: %v", err)
	}
	w.aws.Pass(3 * time.Hour)
	if err := end(); err == nil || !strings.Contains(err.Error(), "does not know") {
		t.Errorf("forgotten by AWS: %v", err)
	}
	if err := end(); err != nil {
		t.Errorf("after that: %v", err)
	}
}
