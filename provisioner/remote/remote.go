// Package remote is the cloud of data planes that customers run in their own network: on a machine, with Docker, in Kubernetes,
// or in an account of theirs.
//
// Nothing is reachable from here, so nothing is made, checked or removed from here. The customer starts the data plane with a
// one-time token and one of the recipes in join/, which [Ways] and [Files] hand out, and it dials out. A creation waits for
// that call as for anything else that the customer has to do. What the data plane keeps stays with the customer, also when
// the cluster is deleted here.
package remote

import (
	"context"
	"slices"
	"time"

	"github.com/podium-cloud/podium/provisioner"
)

// Home knows of the data planes that have called the control plane.
type Home interface {
	// Called returns where workers reach the cluster, as its data plane has said when it called last, and whether it still
	// calls.
	Called(ctx context.Context, cluster string) (at provisioner.NodeInfo, calls bool, err error)
	// Versions lists the releases that data planes can be updated to, the newest first.
	Versions() []string
	// BeginUpdate begins with what Update goes on with. It is repeatable.
	BeginUpdate(ctx context.Context, cluster string) error
	// Update brings a release to the nodes of the cluster, one after another; nil: they have it, or it is none.
	Update(ctx context.Context, cluster, version string) error
}

// Config says what a Cloud works with. All fields are required.
type Config struct {
	Home      Home
	PublicURL string // of the console, without a slash at the end
	Version   string // of the data plane's software that the recipes install
}

// Cloud implements [provisioner.Cloud]. It keeps nothing.
type Cloud struct{ c Config }

var (
	_ provisioner.Cloud       = (*Cloud)(nil)
	_ provisioner.SelfStarted = (*Cloud)(nil)
)

// New returns the cloud.
func New(c Config) *Cloud { return &Cloud{c} }

// lookAgain is how soon a creation that waits looks for the data plane's call.
const lookAgain = 2 * time.Second

// SelfStarted implements [provisioner.SelfStarted].
func (*Cloud) SelfStarted() {}

// Catalog implements [provisioner.Cloud]: there is nothing to choose.
func (c *Cloud) Catalog(context.Context) (provisioner.Catalog, error) {
	return provisioner.Catalog{
		Title:    "Your own network",
		Regions:  []provisioner.Region{{ID: "own", Name: "Your own network", Zones: []string{"own"}}},
		Sizes:    []provisioner.Size{{ID: "own", Name: "Your own machine"}},
		Models:   []provisioner.Model{provisioner.Customer},
		Versions: append([]string{c.c.Version}, slices.DeleteFunc(slices.Clone(c.c.Home.Versions()), func(v string) bool { return v == c.c.Version })...),
		MaxNodes: 1,
		Notes: []string{
			"The data plane runs where you start it, and calls out to Podium over HTTPS; no port has to be open for us.",
			"Definitions, executions, payloads and backups stay in your network. Podium sees health, versions and usage.",
		},
	}, nil
}

// Ensure has nothing to make.
func (*Cloud) Ensure(context.Context, provisioner.ClusterSpec, provisioner.Part) error { return nil }

// Remove has nothing to remove: what the data plane keeps is the customer's.
func (*Cloud) Remove(context.Context, provisioner.ClusterSpec, provisioner.Part) error { return nil }

// Address is empty until the data plane has called.
func (c *Cloud) Address(ctx context.Context, s provisioner.ClusterSpec) (provisioner.NodeInfo, error) {
	at, _, err := c.c.Home.Called(ctx, s.ID)
	return at, err
}

// StartNode leaves the start to the customer, and begins with an update if another version is asked for.
func (c *Cloud) StartNode(ctx context.Context, s provisioner.ClusterSpec, _ provisioner.Node) error {
	return c.c.Home.BeginUpdate(ctx, s.ID)
}

// CheckNode waits on the customer until the data plane calls, and until it has the version that is asked for.
func (c *Cloud) CheckNode(ctx context.Context, s provisioner.ClusterSpec, _ int) error {
	_, calls, err := c.c.Home.Called(ctx, s.ID)
	if err != nil {
		return err
	}
	if calls {
		return c.c.Home.Update(ctx, s.ID, s.Version)
	}
	return &provisioner.Pending{
		After: lookAgain, Reason: "waiting for the data plane in your network to call",
		Customer: &provisioner.Instruction{
			Title: "Start the data plane in your network",
			Text: "Open the join page of the cluster, choose how you want to run it, and run the line that it shows. It carries a " +
				"one-time token, which is shown on that page only. This goes on by itself when the data plane calls.",
			Ways: []provisioner.Way{{Name: "Join page", URL: c.c.PublicURL + "/organizations/" + s.Organization + "/clusters/" + s.Name + "/join"}},
		},
	}
}

// StopNode leaves the data plane to the customer: its link ends with the cluster.
func (*Cloud) StopNode(context.Context, provisioner.ClusterSpec, int) error { return nil }

// Leftovers lists nothing: what is left is in the customer's network.
func (*Cloud) Leftovers(context.Context, provisioner.ClusterSpec) ([]provisioner.Resource, error) {
	return []provisioner.Resource{}, nil
}
