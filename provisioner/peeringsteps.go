package provisioner

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Names of the activities that undo what a creation made.
const (
	removePeering     = "remove_peering"
	unroutePeering    = "unroute_peering"
	disallowPeering   = "disallow_peering"
	unnamePeering     = "unname_peering"
	markPeeringFailed = "mark_peering_failed"
)

func (p *Provisioner) peeringActivities() []activity {
	return []activity{
		{name: "check_peering", run: p.checkPeering},
		{name: "request_peering", undo: removePeering, alone: true, run: p.requestPeering},
		{name: "await_peering", run: p.awaitPeering},
		{name: "route_peering", undo: unroutePeering, alone: true, run: p.onPeering(Peered.EnsurePeeringRoutes)},
		{name: "allow_peering", undo: disallowPeering, alone: true, run: p.onPeering(Peered.EnsurePeeringRules)},
		{name: "name_peering", undo: unnamePeering, alone: true, run: p.onPeering(Peered.EnsurePeeringNames)},
		{name: "probe_peering", run: p.probePeering},
		{name: "mark_peering_connected", undo: markPeeringFailed, alone: true, run: p.markPeeringConnected},

		{name: "take_over_peering", run: p.takeOverPeering},
		{name: unnamePeering, alone: true, run: p.onPeering(Peered.RemovePeeringNames)},
		{name: disallowPeering, alone: true, run: p.onPeering(Peered.RemovePeeringRules)},
		{name: unroutePeering, alone: true, run: p.onPeering(Peered.RemovePeeringRoutes)},
		{name: removePeering, alone: true, run: p.onPeering(Peered.RemovePeering)},
		{name: markPeeringFailed, alone: true, run: p.markPeeringFailed},
		{name: "mark_peering_removed", alone: true, run: p.markPeeringRemoved},
	}
}

// peering returns what a task is about, and the cloud that does it.
func (p *Provisioner) peering(j job) (Peered, Peering, error) {
	var in struct {
		Peering Peering `json:"peering"`
	}
	if err := j.task.InputData.Decode(&in); err != nil {
		return nil, in.Peering, Permanent(fmt.Errorf("peering: %w", err))
	}
	in.Peering.Cluster = j.cluster
	c, err := p.cloud(j.cluster)
	if err != nil {
		return nil, in.Peering, err
	}
	peered, ok := c.(Peered)
	if !ok {
		return nil, in.Peering, Permanent(errors.New("the networks of this cloud cannot be connected"))
	}
	return peered, in.Peering, nil
}

// onPeering makes an activity of a cloud's method. Its output tells one that was done from one whose task gave up.
func (p *Provisioner) onPeering(do func(Peered, context.Context, Peering) error) func(context.Context, job) (output, error) {
	return func(ctx context.Context, j job) (output, error) {
		c, q, err := p.peering(j)
		if err != nil {
			return nil, err
		}
		return output{"done": true}, do(c, ctx, q)
	}
}

// checkPeering fails when there is a finding with which the peering cannot work.
func (p *Provisioner) checkPeering(ctx context.Context, j job) (output, error) {
	c, q, err := p.peering(j)
	if err != nil {
		return nil, err
	}
	findings, err := c.CheckPeering(ctx, q)
	if err != nil {
		return nil, err
	}
	var problems []string
	for _, f := range findings {
		if f.Level == LevelProblem {
			problems = append(problems, strings.TrimSpace(f.Text+" "+f.Fix))
		}
	}
	if len(problems) > 0 {
		return nil, Permanent(errors.New(strings.Join(problems, " ")))
	}
	return output{"findings": findings}, nil
}

func (p *Provisioner) requestPeering(ctx context.Context, j job) (output, error) {
	c, q, err := p.peering(j)
	if err != nil {
		return nil, err
	}
	invitation, err := c.EnsurePeering(ctx, q)
	if err != nil {
		return nil, err
	}
	report := PeeringReport{Phase: PeeringRequested, Connection: invitation.Connection}
	if err := p.control.ReportPeering(ctx, q.Cluster.ID, q.ID, report); err != nil {
		return nil, fmt.Errorf("remember the connection: %w", err)
	}
	return output{"invitation": invitation}, nil
}

// refusals say why a connection will not come about, and what to do.
var refusals = map[PeeringState]string{
	PeeringNone:     "the request for the connection is gone; ask for the peering again",
	PeeringRejected: "the request was rejected in your account; ask for the peering again when it may be accepted",
	PeeringExpired:  "the request was not accepted in time; ask for the peering again",
	PeeringFailed:   "the cloud could not make the connection; most often ranges share addresses, or another network accepted it than the one that was named",
	PeeringDeleted:  "the connection was deleted in your account; ask for the peering again",
}

// awaitPeering sleeps until the customer has accepted.
func (p *Provisioner) awaitPeering(ctx context.Context, j job) (output, error) {
	c, q, err := p.peering(j)
	if err != nil {
		return nil, err
	}
	state, err := c.PeeringState(ctx, q)
	if err != nil {
		return nil, err
	}
	if why, over := refusals[state]; over {
		return nil, Permanent(errors.New(why))
	}
	switch state {
	case PeeringActive:
		return output{"done": true}, nil
	case PeeringPending:
		var in struct {
			Invitation Invitation `json:"invitation"`
		}
		if err := j.task.InputData.Decode(&in); err != nil {
			return nil, Permanent(fmt.Errorf("invitation: %w", err))
		}
		return nil, &Pending{After: j.patience(), Reason: "the connection waits to be accepted", Customer: &in.Invitation.Instruction}
	}
	return nil, &Pending{After: time.Second, Reason: "the connection is accepted and not yet usable"}
}

// patience is the pause before the next look at something that people have to do: somebody who has just done it sees it at
// once, and what takes days is not asked for all the time.
func (j job) patience() time.Duration {
	waited := time.Since(time.UnixMilli(j.task.ScheduledTime))
	return min(max(waited/60, time.Second), time.Minute)
}

// probePeering sleeps until every path works. What is missing is most often the customer's to do.
func (p *Provisioner) probePeering(ctx context.Context, j job) (output, error) {
	c, q, err := p.peering(j)
	if err != nil {
		return nil, err
	}
	probes, err := c.ProbePeering(ctx, q)
	if err != nil {
		return nil, err
	}
	var todo []string
	for _, probe := range probes {
		if probe.Problem != "" {
			todo = append(todo, probe.Sentence())
		}
	}
	if len(todo) > 0 {
		return nil, &Pending{
			After: j.patience(), Reason: "the networks do not reach each other yet",
			Customer: &Instruction{Title: "Let the networks reach each other", Text: strings.Join(todo, "\n")},
		}
	}
	return output{"probes": probes}, nil
}

// Sentence says what is wrong with the path, and what to do, for the owner of the network.
func (p Probe) Sentence() string {
	from := "Your network does not reach the cluster"
	if p.From == ClusterSide {
		from = "The cluster does not reach your network"
	}
	if p.Zone != "" {
		from += " in zone " + p.Zone
	}
	if p.To != "" {
		from += " (" + p.To + ")"
	}
	return strings.TrimSpace(from + ": " + p.Problem + ". " + p.Fix)
}

func (p *Provisioner) markPeeringConnected(ctx context.Context, j job) (output, error) {
	_, q, err := p.peering(j)
	if err != nil {
		return nil, err
	}
	var in struct {
		Probes []Probe `json:"probes"`
	}
	if err := j.task.InputData.Decode(&in); err != nil {
		return nil, Permanent(fmt.Errorf("probes: %w", err))
	}
	return nil, p.control.ReportPeering(ctx, q.Cluster.ID, q.ID, PeeringReport{Phase: PeeringConnected, Probes: in.Probes})
}

// takeOverPeering ends other work on the peering, in favour of its removal.
func (p *Provisioner) takeOverPeering(ctx context.Context, j job) (output, error) {
	_, q, err := p.peering(j)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{peerWorkflow, peerRollbackWorkflow, unpeerWorkflow} {
		others, err := p.engine.Correlated(ctx, name, j.cluster.ID, false, false)
		if err != nil {
			return nil, fmt.Errorf("find what is under way: %w", err)
		}
		for _, other := range others {
			var in struct {
				Peering Peering `json:"peering"`
			}
			if err := other.Input.Decode(&in); err != nil || in.Peering.ID != q.ID || other.WorkflowID == j.task.WorkflowInstanceID {
				continue
			}
			if err := p.end(ctx, other.WorkflowID, "the peering is being removed"); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

// markPeeringFailed tells the control plane why, in the words of the task that failed.
func (p *Provisioner) markPeeringFailed(ctx context.Context, j job) (output, error) {
	_, q, err := p.peering(j)
	if err != nil {
		return nil, err
	}
	reason, err := p.reason(ctx, j)
	if err != nil {
		return nil, err
	}
	return output{"reason": reason}, p.control.ReportPeering(ctx, q.Cluster.ID, q.ID, PeeringReport{Phase: PeeringNotMade, Reason: reason})
}

func (p *Provisioner) markPeeringRemoved(ctx context.Context, j job) (output, error) {
	_, q, err := p.peering(j)
	if err != nil {
		return nil, err
	}
	return nil, p.control.ReportPeering(ctx, q.Cluster.ID, q.ID, PeeringReport{Phase: PeeringRemoved})
}
