package cluster

import (
	"context"
	"fmt"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/provisioner"
)

// Preview says what a change would do and cost, and changes nothing. What is wrong with it is told as by Begin.
func (s *Service) Preview(ctx context.Context, o tenant.Organization, name string, in Change) (Preview, error) {
	c, err := s.Store.Cluster(ctx, o.ID, name)
	if err != nil {
		return Preview{}, err
	}
	r, err := s.request(ctx, o, c, in)
	if err == nil {
		err = possible(c, in.Kind)
	}
	if err != nil {
		return Preview{}, err
	}
	p := effects(c, r)
	if r.From != nil {
		p.Effects = append(p.Effects, s.restoring(ctx, o, c, r.From)...)
	}
	if r.Kind == provisioner.ScaleCluster && r.Cluster.Nodes > c.Nodes {
		p.Effects = append(p.Effects, s.room(ctx, r.Cluster)...)
	}
	paused := (c.Paused || r.Kind == provisioner.PauseCluster) && r.Kind != provisioner.ResumeCluster
	p.Currency, p.PriceBefore, p.PriceAfter = s.Prices.In(), s.Prices.Cluster(r.Before, c.Paused), s.Prices.Cluster(r.Cluster, paused)
	if c.Status == Failed {
		p.PriceBefore = 0
	}
	if r.Kind == provisioner.DeleteCluster || r.Kind == provisioner.ForceDelete {
		p.PriceAfter = 0
	}
	return p, nil
}

// PreviewCreate says what a new cluster would be and cost.
func (s *Service) PreviewCreate(ctx context.Context, o tenant.Organization, in CreateInput) (Preview, error) {
	r, err := s.creation(ctx, o, in, "preview")
	if err != nil {
		return Preview{}, err
	}
	where := " in " + r.Cluster.Region
	if r.Cluster.Region == r.Cluster.Cloud { // it has one region only
		where = ""
	}
	p := Preview{Effects: []string{
		fmt.Sprintf("%s of size %s %s%s.", count(r.Cluster.Nodes, "node"), r.Cluster.Size, be(r.Cluster.Nodes, "starts", "start"), where),
	}}
	if r.From != nil {
		at := s.takenAt(ctx, o, r.From)
		p.Effects = append(p.Effects,
			fmt.Sprintf("It begins with the backup %s of %s: everything as it was %s.", r.From.Backup, r.From.Cluster.Name, at), fenced)
	}
	p.Effects = append(p.Effects, s.room(ctx, r.Cluster)...)
	p.Currency, p.PriceAfter = s.Prices.In(), s.Prices.Cluster(r.Cluster, false)
	return p, nil
}

// room says what of the cloud's quotas does not suffice. That it could not be looked at holds nobody up: the operation looks again.
func (s *Service) room(ctx context.Context, c provisioner.ClusterSpec) []string {
	findings, err := s.Planner.CheckRoom(ctx, c)
	if err != nil {
		return []string{"Whether the cloud's quotas leave room for it could not be looked at just now."}
	}
	var said []string
	for _, f := range findings {
		switch f.Level {
		case provisioner.LevelProblem:
			said = append(said, "There is no room for it yet. "+f.Text+" "+f.Fix)
		case provisioner.LevelWarning:
			said = append(said, "There may be no room for it. "+f.Text+" "+f.Fix)
		}
	}
	return said
}

func effects(c Cluster, r provisioner.Request) Preview {
	p := Preview{}
	say := func(format string, args ...any) { p.Effects = append(p.Effects, fmt.Sprintf(format, args...)) }
	switch r.Kind {
	case provisioner.ResizeCluster:
		say("Each node starts anew with the size %s in place of %s.", r.Cluster.Size, c.Size)
		p.Interrupts = restart(c, say)
	case provisioner.UpgradeCluster:
		if c.Cloud == Remote {
			say("One node after another fetches release %s, verifies who has signed it, and starts anew with it, when its owner lets it be updated.", r.Cluster.Version)
			say("A node that does not become healthy goes back to what it has now, and the operation ends with that.")
			p.Interrupts = restart(c, say)
			break
		}
		if r.Backup != "" {
			say("First everything that the cluster keeps is copied to the backup %s, while it serves. It stays until you delete it.", r.Backup)
		}
		say("Each node starts anew with the version %s in place of %s.", r.Cluster.Version, c.Software)
		say("If a node does not become healthy, all go back to %s.", c.Software)
		say("That changes nothing of the data. If %s has changed it to a form that %s cannot read, the nodes do not start with it: "+
			"the operation says so, and you choose between another upgrade and %s.", r.Cluster.Version, c.Software, wayBack(r.Backup))
		p.Interrupts = restart(c, say)
	case provisioner.RotateCredentials:
		say("The nodes get new credentials and start anew. Access keys of applications stay as they are.")
		p.Interrupts = restart(c, say)
	case provisioner.ScaleCluster:
		if r.Cluster.Nodes > c.Nodes {
			say("%s %s added; those that run are not touched.", count(r.Cluster.Nodes-c.Nodes, "node"), be(r.Cluster.Nodes-c.Nodes, "is", "are"))
		} else {
			say("%s %s stopped; the others take over what was theirs.", count(c.Nodes-r.Cluster.Nodes, "node"), be(c.Nodes-r.Cluster.Nodes, "is", "are"))
		}
	case provisioner.PauseCluster:
		say("All nodes stop. Data, address and keys stay. Workflows stand still, and timers that come due run when it is resumed.")
		p.Interrupts = true
	case provisioner.ResumeCluster:
		say("All nodes start. Timers that came due meanwhile run at once.")
	case provisioner.BackupCluster:
		say("A copy of everything that the cluster keeps is made, while it serves.")
	case provisioner.RestoreCluster:
		say("Everything that the cluster keeps now is replaced by the backup %s of %s.", r.From.Backup, r.From.Cluster.Name)
		say("The cluster does not serve meanwhile. Back it up first if you may want to return. Access keys stay.")
		p.Interrupts, p.LosesData = true, true
	case provisioner.RemoveBackup:
		say("The backup %s is deleted and cannot be brought back.", r.Backup)
		p.LosesData = true
	case provisioner.DeleteCluster, provisioner.ForceDelete:
		if c.Status == Failed {
			say("Nothing runs and nothing is stored; only the record goes, and its name is free again.")
			break
		}
		p.Interrupts, p.LosesData = true, true
		if r.GraceSeconds > 0 {
			say("The nodes stop now. For %s nothing is lost yet, and the deletion can be cancelled.", time.Duration(r.GraceSeconds)*time.Second)
		}
		say("All nodes, executions, definitions and keys of the cluster are deleted. Backups stay.")
		if r.Kind == provisioner.ForceDelete {
			say("What cannot be removed is listed and left behind.")
		}
	}
	return p
}

// wayBack is what brings a former version back that cannot read what a later one has written.
func wayBack(backup string) string {
	if backup == "" {
		return "a copy of your own"
	}
	return "the backup, which does not have what happened after it"
}

// restart tells what applications notice when one node after another starts anew.
func restart(c Cluster, say func(string, ...any)) (interrupts bool) {
	if c.Nodes > 1 {
		say("One node after another: the others serve meanwhile.")
		return false
	}
	say("As the cluster has a single node, applications cannot reach it for some seconds; SDKs try again by themselves.")
	return true
}

func count(n int, thing string) string { return fmt.Sprintf("%d %s", n, be(n, thing, thing+"s")) }

func be(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// fenced is what becomes of a copy whose original may still run.
const fenced = "It is fenced: timers, schedules, events and HTTP tasks are held back until you lift the fence, so that nothing happens twice."

// takenAt tells when a backup was made.
func (s *Service) takenAt(ctx context.Context, o tenant.Organization, from *provisioner.Source) string {
	b, err := s.Store.Backup(ctx, o.ID, from.Cluster.Name, from.Backup)
	if err != nil {
		return "when it was made" // it was there a moment ago
	}
	return "on " + b.At.UTC().Format("2 January 2006 at 15:04:05 UTC")
}

// restoring tells what is lost, or held back, by a restoration.
func (s *Service) restoring(ctx context.Context, o tenant.Organization, c Cluster, from *provisioner.Source) []string {
	at := s.takenAt(ctx, o, from)
	if from.Foreign {
		return []string{fmt.Sprintf("The backup was made elsewhere; the cluster will be as its original was %s.", at), fenced}
	}
	if from.Cluster.ID == c.ID {
		return []string{fmt.Sprintf("The cluster will be as it was %s. What happened after that is lost. "+
			"Timers that came due since, and schedules, go on at once.", at)}
	}
	return []string{fmt.Sprintf("The cluster will be as %s was %s.", from.Cluster.Name, at), fenced}
}
