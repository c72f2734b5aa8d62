package converge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws/ledger"
)

// Job is a container that does one thing and ends.
type Job struct {
	Role string   // what it is remembered as within the cluster, see [JobRole]
	Task string   // its task definition
	Args []string // of its program; nothing secret
	// Where it runs: ids of an ECS cluster, a subnet and a security group.
	Nodes, Subnet, Group string
}

// JobRole names a job. Entries of the ledger with such roles are of no resource.
func JobRole(name string) string { return jobPrefix + name }

const (
	jobPrefix = "job-"
	jobKind   = "job"
	pauseJob  = 10 * time.Second
)

// Runner runs jobs. Its errors are classified by [Classify].
type Runner interface {
	// Run starts a job and returns its id. The same token starts it once.
	Run(ctx context.Context, s Scope, j Job, token string) (id string, err error)
	// Find returns the id of the job that was started with a token, "" when AWS shows none.
	Find(ctx context.Context, s Scope, token string) (id string, err error)
	// Look tells how a job is.
	Look(ctx context.Context, s Scope, id string) (JobState, error)
	// Stop ends a job, or begins to. One that has ended is stopped.
	Stop(ctx context.Context, s Scope, id string) error
}

// JobState is how a job is.
type JobState struct {
	Known   bool // AWS forgets jobs an hour after their end
	Running bool
	Failed  bool
	Said    string // why it failed
}

// Jobs runs jobs of clusters, each once until it has ended. All fields are required.
type Jobs struct {
	Runner  Runner
	Ledger  ledger.Ledger
	Now     func() time.Time
	Visible time.Duration // how long AWS may take to show what was started
	Logger  *slog.Logger
}

// Started reports whether this very job, by role and arguments, was started and is not forgotten. Another one in its role is of a
// wish that was called off: it is ended first, see [Jobs.Stop].
func (js *Jobs) Started(ctx context.Context, s Scope, j Job) (bool, error) {
	e, err := js.recall(ctx, s, j.Role)
	if err != nil {
		return false, err
	}
	if e.Token != "" && e.Settled != j.fingerprint() {
		return false, js.Stop(ctx, s, j.Role)
	}
	return e.ID != "", nil
}

func (js *Jobs) recall(ctx context.Context, s Scope, role string) (ledger.Entry, error) {
	known, err := js.Ledger.Recall(ctx, s.Cluster)
	if err != nil {
		return ledger.Entry{}, fmt.Errorf("recall what was started: %w", err)
	}
	return known[role], nil
}

// Run does what can be done now to have a job done. It returns nil when it has ended well, a [provisioner.Pending] while it runs,
// and an error, once, when it has failed: the next call begins anew. One that ended well is remembered until [Jobs.Forget].
func (js *Jobs) Run(ctx context.Context, s Scope, j Job) error {
	e, err := js.recall(ctx, s, j.Role)
	if err != nil {
		return err
	}
	if e.ID == "" {
		return js.start(ctx, s, j, e)
	}
	is, err := js.Runner.Look(ctx, s, e.ID)
	switch {
	case err != nil:
		return outcome("look at the "+j.Role, err)
	case is.Running:
		return &provisioner.Pending{After: pauseJob, Reason: "the container that does the work is running"}
	case !is.Known && js.Now().Sub(e.At) < js.Visible:
		return &provisioner.Pending{After: pauseShort, Reason: "AWS does not show the new container yet"}
	case is.Known && !is.Failed:
		return nil
	}
	if err := js.Forget(ctx, s, j.Role); err != nil {
		return err
	}
	if !is.Known {
		return fmt.Errorf("%s: AWS does not know any more what has become of it", j.name())
	}
	return fmt.Errorf("%s: %s", j.name(), is.Said)
}

func (j Job) name() string { return strings.TrimPrefix(j.Role, jobPrefix) }

func (j Job) fingerprint() string {
	sum := sha256.Sum256([]byte(strings.Join(j.Args, "\x00")))
	return hex.EncodeToString(sum[:12])
}

// start asks for the container. The intention comes first, so that one whose answer got lost is found.
func (js *Jobs) start(ctx context.Context, s Scope, j Job, e ledger.Entry) error {
	if e.Token == "" {
		e = ledger.Entry{Kind: jobKind, Token: newToken(), Settled: j.fingerprint()}
	}
	e.At = js.Now()
	if err := js.Ledger.Remember(ctx, s.Cluster, j.Role, e); err != nil {
		return fmt.Errorf("remember the %s: %w", j.Role, err)
	}
	id, err := js.Runner.Run(ctx, s, j, e.Token)
	if err != nil {
		return outcome("start the container", err)
	}
	e.ID = id
	js.Logger.InfoContext(ctx, "started a job", "cluster", s.Cluster, "job", j.Role, "id", id)
	if err := js.Ledger.Remember(ctx, s.Cluster, j.Role, e); err != nil {
		return fmt.Errorf("remember the %s: %w", j.Role, err)
	}
	return &provisioner.Pending{After: pauseJob, Reason: "the container that does the work is starting"}
}

// Stop ends a job, if there is one, and forgets it when it has ended. Until then it returns a [provisioner.Pending].
func (js *Jobs) Stop(ctx context.Context, s Scope, role string) error {
	e, err := js.recall(ctx, s, role)
	if err != nil || e.Token == "" {
		return err
	}
	if e.ID == "" {
		return js.stopUnsure(ctx, s, role, e)
	}
	is, err := js.Runner.Look(ctx, s, e.ID)
	if err != nil {
		return outcome("look at the "+role, err)
	}
	if is.Running {
		if err := js.Runner.Stop(ctx, s, e.ID); err != nil && Classify(err) != Missing {
			return outcome("stop the "+role, err)
		}
		return &provisioner.Pending{After: pauseShort, Reason: "a container that is not needed any more ends"}
	}
	if !is.Known && js.Now().Sub(e.At) < js.Visible {
		return &provisioner.Pending{After: pauseShort, Reason: "AWS does not show the new container yet"}
	}
	return js.Forget(ctx, s, role)
}

// stopUnsure is for a job of which it is not known whether it was started.
func (js *Jobs) stopUnsure(ctx context.Context, s Scope, role string, e ledger.Entry) error {
	id, err := js.Runner.Find(ctx, s, e.Token)
	if err != nil {
		return outcome("look for the "+role, err)
	}
	if id != "" {
		e.ID = id
		if err := js.Ledger.Remember(ctx, s.Cluster, role, e); err != nil {
			return fmt.Errorf("remember the %s: %w", role, err)
		}
		return &provisioner.Pending{After: time.Second, Reason: "a container that is not needed any more ends"}
	}
	if left := js.Visible - js.Now().Sub(e.At); left > 0 {
		return &provisioner.Pending{After: max(left, time.Second), Reason: "whether AWS has started the container will show"}
	}
	return js.Forget(ctx, s, role)
}

// Forget drops what is remembered of a job.
func (js *Jobs) Forget(ctx context.Context, s Scope, role string) error {
	if err := js.Ledger.Forget(ctx, s.Cluster, role); err != nil {
		return fmt.Errorf("forget the %s: %w", role, err)
	}
	return nil
}

// ForgetAll drops what is remembered of a cluster's jobs, which are gone with the cluster.
func (js *Jobs) ForgetAll(ctx context.Context, s Scope) error {
	known, err := js.Ledger.Recall(ctx, s.Cluster)
	if err != nil {
		return fmt.Errorf("recall what was started: %w", err)
	}
	for role, e := range known {
		if e.Kind == jobKind {
			if err := js.Forget(ctx, s, role); err != nil {
				return err
			}
		}
	}
	return nil
}
