package provisioner

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// activity is what one task type does. The same name is the task's name in workflows/*.json and its policy's in tasks.json.
type activity struct {
	name string
	// undo names the activity that undoes this one, "" when it makes nothing. The rollback must run it.
	undo string
	// alone keeps activities of other executions off the cluster while this one runs.
	alone bool
	run   func(context.Context, job) (output, error)
}

// output is what a task leaves in the execution. Never a secret.
type output map[string]any

// job is one attempt of an activity.
type job struct {
	task    *workflow.Task
	cluster ClusterSpec
}

// checkEvery is the pause between two looks at something that takes a moment: short, as somebody waits for the cluster.
const checkEvery = 50 * time.Millisecond

// Names of the activities that others refer to.
const (
	markFailed = "mark_failed"
	startNode  = "start_node"
	stopNodes  = "stop_nodes"
	// RestoreTask brings in a copy. It is no step of an operation without one.
	RestoreTask = "restore_backup"
	// BackupTask makes a copy. It is no step of an upgrade without one.
	BackupTask = "back_up"
)

func (p *Provisioner) activities() []activity {
	all := []activity{
		{name: "validate_cluster", run: p.validateCluster},
		{name: startNode, undo: stopNodes, alone: true, run: p.startNode},
		{name: "await_health", alone: true, run: p.awaitHealth},
		{name: "await_link", alone: true, run: p.awaitLink},
		{name: "mark_ready", undo: markFailed, alone: true, run: p.markReady},

		{name: RestoreTask, alone: true, run: p.restore},

		{name: "stop_surplus", alone: true, run: p.stopSurplus},
		{name: "mark_changed", alone: true, run: p.markChanged},
		{name: "mark_paused", alone: true, run: p.markPaused},
		{name: "revoke_credentials", alone: true, run: p.revokeCredentials},
		{name: "rotate_credentials", alone: true, run: p.rotate},
		{name: BackupTask, undo: "remove_backup", alone: true, run: p.backUp},
		{name: "remove_backup", alone: true, run: p.removeBackup},
		{name: "settle_backup", alone: true, run: p.settleBackup},

		{name: "take_over", run: p.takeOver},
		{name: stopNodes, alone: true, run: p.stopNodes},
		{name: markFailed, alone: true, run: p.markFailed},
		{name: "mark_deleted", alone: true, run: p.markDeleted},
	}
	for _, part := range Parts() {
		name := "remove_" + string(part)
		all = append(all,
			activity{name: "ensure_" + string(part), undo: name, alone: true, run: p.ensure(part)},
			activity{name: name, alone: true, run: p.remove(part)})
	}
	return append(append(all, p.peeringActivities()...), p.organizationActivities()...)
}

func (p *Provisioner) cloud(s ClusterSpec) (Cloud, error) {
	c := p.clouds[s.Cloud]
	if c == nil {
		return nil, Permanent(fmt.Errorf("cloud %q is not one of the clouds of this control plane", s.Cloud))
	}
	return c, nil
}

func (p *Provisioner) validateCluster(ctx context.Context, j job) (output, error) {
	_, err := p.Complete(ctx, j.cluster)
	if workflow.KindOf(err) == workflow.Invalid {
		err = Permanent(err)
	}
	if err != nil {
		return nil, err
	}
	findings, err := p.CheckRoom(ctx, j.cluster)
	if err != nil {
		return nil, err
	}
	return nil, noRoom(findings)
}

// CheckRoom looks whether the cloud has room for what a cluster needs beyond what it has. Clouds without limits find nothing.
func (p *Provisioner) CheckRoom(ctx context.Context, s ClusterSpec) ([]Finding, error) {
	c, ok := p.clouds[s.Cloud].(Roomed)
	if !ok {
		return nil, nil
	}
	return c.CheckRoom(ctx, s)
}

// noRoom is the error of findings that are problems, nil without any. Trying again helps once somebody has made room.
func noRoom(findings []Finding) error {
	var problems []string
	for _, f := range findings {
		if f.Level == LevelProblem {
			problems = append(problems, f.Text+" "+f.Fix)
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return Permanent(errors.New(strings.Join(problems, " ")))
}

// ensure makes an activity of a part. That of the endpoint tells the control plane where the cluster is.
func (p *Provisioner) ensure(part Part) func(context.Context, job) (output, error) {
	return func(ctx context.Context, j job) (output, error) {
		c, err := p.cloud(j.cluster)
		if err != nil {
			return nil, err
		}
		if err := c.Ensure(ctx, j.cluster, part); err != nil || part != Endpoint {
			return nil, err
		}
		return p.announce(ctx, c, j.cluster)
	}
}

func (p *Provisioner) announce(ctx context.Context, c Cloud, s ClusterSpec) (output, error) {
	at, err := c.Address(ctx, s)
	if err != nil {
		return nil, err
	}
	if err := p.control.Reserve(ctx, s.ID, at); err != nil {
		return nil, fmt.Errorf("remember the endpoint: %w", err)
	}
	return output{"endpoint": at.Endpoint, "console": at.Console}, nil
}

// index returns which node a task is about: those of a loop take one after another, from the first one in its input.
func (j job) index() int {
	var in struct {
		First int `json:"first"`
	}
	_ = j.task.InputData.Decode(&in) // from the first of all when it says nothing
	return in.First + max(0, j.task.Iteration-1)
}

// startNode ensures the endpoint once more, as the cloud moves it when someone else has taken the address since.
func (p *Provisioner) startNode(ctx context.Context, j job) (output, error) {
	out, err := p.ensure(Endpoint)(ctx, j)
	if err != nil {
		return nil, err
	}
	c, err := p.cloud(j.cluster)
	if err != nil {
		return nil, err
	}
	token := ""
	if _, ok := c.(SelfStarted); !ok {
		if token, err = p.control.JoinToken(ctx, j.cluster.ID); err != nil {
			return nil, fmt.Errorf("get a join token: %w", err)
		}
	}
	out["startedAt"] = time.Now().UTC().Format(time.RFC3339Nano)
	return out, c.StartNode(ctx, j.cluster, Node{Index: j.index(), ControlPlaneURL: p.controlURL, JoinToken: token})
}

// awaitHealth starts the node anew when the attempt is a repeated one: its address may have been taken by another program.
func (p *Provisioner) awaitHealth(ctx context.Context, j job) (output, error) {
	c, err := p.cloud(j.cluster)
	if err != nil {
		return nil, err
	}
	if j.task.RetryCount > 0 {
		if _, err := p.startNode(ctx, j); err != nil {
			return nil, err
		}
	}
	return nil, poll(ctx, func() error { return c.CheckNode(ctx, j.cluster, j.index()) })
}

// awaitLink waits for the data plane's first call. A repeated attempt starts the node anew with a fresh token: the former
// may have been lost with a node that ended between reading and using it. One that the customer starts is not waited for: its call
// is what its health was known by.
func (p *Provisioner) awaitLink(ctx context.Context, j job) (output, error) {
	if c, err := p.cloud(j.cluster); err != nil {
		return nil, err
	} else if _, ok := c.(SelfStarted); ok {
		return nil, nil
	}
	var in struct {
		StartedAt time.Time `json:"startedAt"`
	}
	if err := j.task.InputData.Decode(&in); err != nil {
		return nil, Permanent(fmt.Errorf("startedAt: %w", err))
	}
	if j.task.RetryCount > 0 {
		if _, err := p.startNode(ctx, j); err != nil {
			return nil, err
		}
	}
	return nil, poll(ctx, func() error {
		home, err := p.control.Registered(ctx, j.cluster.ID, j.index(), in.StartedAt)
		if err == nil && !home {
			return errors.New("the data plane has not called the control plane")
		}
		return err
	})
}

func (p *Provisioner) markReady(ctx context.Context, j job) (output, error) {
	c, err := p.cloud(j.cluster)
	if err != nil {
		return nil, err
	}
	at, err := c.Address(ctx, j.cluster)
	if err != nil {
		return nil, err
	}
	return output{"endpoint": at.Endpoint, "console": at.Console}, p.control.Ready(ctx, j.cluster.ID)
}

// takeOver ends what else is under way for the cluster. It does not wait for the activity that may be running: the next one
// of its own execution does, as both want the cluster for themselves.
func (p *Provisioner) takeOver(ctx context.Context, j job) (output, error) {
	defs, err := WorkflowDefs()
	if err != nil {
		return nil, err
	}
	for _, def := range defs {
		if rank(def.Name) >= rank(j.task.WorkflowType) {
			continue
		}
		others, err := p.engine.Correlated(ctx, def.Name, j.cluster.ID, false, false)
		if err != nil {
			return nil, fmt.Errorf("find what is under way: %w", err)
		}
		for _, other := range others {
			if err := p.endOther(ctx, other.WorkflowID); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

// rank orders the workflows that may meet on a cluster: one ends those below it.
func rank(name string) int {
	switch name {
	case forceWorkflow:
		return 2
	case deleteWorkflow:
		return 1
	}
	return 0
}

// remove makes an activity of a part. Its output tells a removed part from one whose task gave up.
func (p *Provisioner) remove(part Part) func(context.Context, job) (output, error) {
	return func(ctx context.Context, j job) (output, error) {
		c, err := p.cloud(j.cluster)
		if err != nil {
			return nil, err
		}
		return output{"removed": true}, c.Remove(ctx, j.cluster, part)
	}
}

// markFailed tells the control plane why.
func (p *Provisioner) markFailed(ctx context.Context, j job) (output, error) {
	reason, err := p.reason(ctx, j)
	if err != nil {
		return nil, err
	}
	return output{"reason": reason}, p.control.Failed(ctx, j.cluster.ID, reason)
}

// reason returns why the execution failed that a rollback undoes, in the words of the task that failed, and what is left of it.
func (p *Provisioner) reason(ctx context.Context, j job) (string, error) {
	var in struct {
		Reason        string   `json:"reason"`
		FailureTaskID string   `json:"failureTaskId"`
		Remaining     []string `json:"remaining"`
	}
	if err := j.task.InputData.Decode(&in); err != nil {
		return "", Permanent(fmt.Errorf("input: %w", err))
	}
	reason := in.Reason
	if in.FailureTaskID != "" {
		if t, err := p.engine.Task(ctx, in.FailureTaskID); err == nil && t.ReasonForIncompletion != "" {
			reason = t.ReasonForIncompletion
			if t.WorkflowTask != nil && t.WorkflowTask.Description != "" {
				reason = t.WorkflowTask.Description + ": " + reason
			}
		}
	}
	if len(in.Remaining) > 0 {
		reason += "; could not remove the " + strings.Join(in.Remaining, ", the ")
	}
	return reason, nil
}

func (p *Provisioner) markDeleted(ctx context.Context, j job) (output, error) {
	return nil, p.control.Deleted(ctx, j.cluster.ID)
}

// poll calls check until it returns nil, or an error for which waiting here is of no use, or ctx ends; then the last error says what was missing.
func poll(ctx context.Context, check func() error) error {
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	last := errors.New("there was no time to look")
	for {
		if ctx.Err() != nil {
			return last
		}
		err := check()
		if err == nil || IsPermanent(err) || AsPending(err) != nil {
			return err
		}
		if ctx.Err() == nil {
			last = err // not the error of a check that was cut short
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}
