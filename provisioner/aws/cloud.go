package aws

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
	"github.com/podium-cloud/podium/provisioner/aws/ledger"
)

// zonesRole is where the ledger keeps the zones that a cluster was given: AWS may open another, and the cluster must not move.
const zonesRole = "zones"

// plan says what the cluster consists of.
func (c *Cloud) plan(ctx context.Context, at *site, s provisioner.ClusterSpec) (plan.Cluster, error) {
	known, err := c.Ledger.Recall(ctx, s.ID)
	if err != nil {
		return plan.Cluster{}, fmt.Errorf("recall what was made: %w", err)
	}
	p, err := c.planned(at, s, known)
	if _, settled := known[zonesRole]; settled || err != nil {
		return p, err
	}
	if err := c.Ledger.Remember(ctx, s.ID, zonesRole, ledger.Entry{Kind: zonesRole, ID: strings.Join(p.Zones, ",")}); err != nil {
		return plan.Cluster{}, fmt.Errorf("remember the zones: %w", err)
	}
	return p, nil
}

// planned is the plan by what is known of the cluster.
func (c *Cloud) planned(at *site, s provisioner.ClusterSpec, known map[string]ledger.Entry) (plan.Cluster, error) {
	size, ok := plan.SizeOf(cmp.Or(s.Size, plan.Sizes()[0].ID))
	if !ok {
		return plan.Cluster{}, provisioner.Permanent(fmt.Errorf("size: %q is not one of this cloud's", s.Size))
	}
	network, err := plan.Range(s.ID, s.CIDR)
	if err != nil {
		return plan.Cluster{}, provisioner.Permanent(err)
	}
	zones := at.spread()
	if e, ok := known[zonesRole]; ok {
		zones = strings.Split(e.ID, ",")
	}
	return plan.Cluster{ID: s.ID, Range: network.String(), Zones: zones, Size: size, Host: c.host(s.ID)}, nil
}

// parts are all resources of the cluster but its nodes.
func parts(p plan.Cluster) []plan.Resource {
	var all []plan.Resource
	for _, part := range provisioner.Parts() {
		all = append(all, p.Part(part)...)
	}
	return all
}

// Ensure makes a part, step by step.
func (c *Cloud) Ensure(ctx context.Context, s provisioner.ClusterSpec, p provisioner.Part) error {
	ctx, at, err := c.enter(ctx, s, plan.PartJob(p))
	if err != nil {
		return err
	}
	cluster, err := c.plan(ctx, at, s)
	if err != nil {
		return err
	}
	return at.Ensure(ctx, scope(s), parts(cluster), cluster.Part(p), nil)
}

// Remove removes a part, step by step. With the network, which is the last, it looks that AWS shows nothing of the cluster.
func (c *Cloud) Remove(ctx context.Context, s provisioner.ClusterSpec, p provisioner.Part) error {
	ctx, at, err := c.enter(ctx, s, plan.PartJob(p))
	if err != nil {
		return err
	}
	if err := c.quiet(ctx, at, s, "remove the "+string(p)); err != nil {
		return err
	}
	err = at.Remove(ctx, scope(s), converge.Selection{
		Kinds: plan.PartKinds(p), Belongs: func(k plan.Kind, role string) bool { return plan.InPart(p, k, role) },
	})
	if err != nil || p != provisioner.Network {
		return err
	}
	if err := at.Swept(ctx, scope(s)); err != nil {
		return err
	}
	if err := at.jobs.ForgetAll(ctx, scope(s)); err != nil {
		return err
	}
	if err := c.Ledger.Forget(ctx, s.ID, zonesRole); err != nil {
		return fmt.Errorf("forget the zones: %w", err)
	}
	return nil
}

// quiet refuses what must not be done while a node runs.
func (c *Cloud) quiet(ctx context.Context, at *site, s provisioner.ClusterSpec, doing string) error {
	nodes, err := at.driver.Find(ctx, scope(s), plan.Service, nil)
	if err != nil {
		return at.Explain("look for nodes", err)
	}
	for _, n := range nodes {
		if n.State != converge.Leaving {
			return fmt.Errorf("%s: the node %s runs", doing, n.Role)
		}
	}
	return nil
}

// Address is a name that follows from the cluster's id.
func (c *Cloud) Address(ctx context.Context, s provisioner.ClusterSpec) (provisioner.NodeInfo, error) {
	known, err := c.Ledger.Recall(ctx, s.ID)
	if err != nil {
		return provisioner.NodeInfo{}, fmt.Errorf("recall what was made: %w", err)
	}
	if known["record"].Settled == "" {
		return provisioner.NodeInfo{}, errors.New("the cluster has no endpoint")
	}
	return c.address(s), nil
}

func (c *Cloud) address(s provisioner.ClusterSpec) provisioner.NodeInfo {
	console := "https://" + c.host(s.ID)
	return provisioner.NodeInfo{Endpoint: console + "/api", Console: console}
}

// StartNode hands the token over through Secrets Manager and starts the node's service, or starts it afresh.
func (c *Cloud) StartNode(ctx context.Context, s provisioner.ClusterSpec, n provisioner.Node) error {
	ctx, at, err := c.enter(ctx, s, plan.Run)
	if err != nil {
		return err
	}
	cluster, err := c.plan(ctx, at, s)
	if err != nil {
		return err
	}
	if err := at.jobs.Stop(ctx, scope(s), importJob); err != nil { // of a restoration that was called off
		return err
	}
	node := cluster.Node(n.Index, plan.TaskSettings{
		Image: c.image(s.Version), ControlPlane: n.ControlPlaneURL, Advertise: c.address(s).Endpoint,
	})
	extra := map[string]converge.Extra{}
	for _, r := range node {
		switch r.Kind {
		case plan.Secret:
			extra[r.Role] = converge.Extra{Secret: n.JoinToken}
		case plan.Service:
			extra[r.Role] = converge.Extra{Renew: true}
		}
	}
	return at.Ensure(ctx, scope(s), parts(cluster), node, extra)
}

// image names the program by tag, or by digest.
func (c *Cloud) image(version string) string {
	version = cmp.Or(version, c.Versions[0])
	if strings.HasPrefix(version, "sha256:") {
		return c.Image + "@" + version
	}
	return c.Image + ":" + version
}

// CheckNode looks whether the node's container runs, then whether the cluster answers.
func (c *Cloud) CheckNode(ctx context.Context, s provisioner.ClusterSpec, index int) error {
	ctx, at, err := c.enter(ctx, s, plan.Look)
	if err != nil {
		return err
	}
	if err := at.driver.NodeRuns(ctx, scope(s), index); err != nil {
		return err
	}
	return c.Probe(ctx, s, c.address(s).Endpoint)
}

// StopNode ends the node's service.
func (c *Cloud) StopNode(ctx context.Context, s provisioner.ClusterSpec, index int) error {
	ctx, at, err := c.enter(ctx, s, plan.Run)
	if err != nil {
		return err
	}
	return at.Remove(ctx, scope(s), converge.Selection{
		Kinds: plan.NodeKinds(), Belongs: func(k plan.Kind, role string) bool { return plan.InNode(index, k, role) },
	})
}

// Leftovers looks for everything that bears the cluster's tags or names.
func (c *Cloud) Leftovers(ctx context.Context, s provisioner.ClusterSpec) ([]provisioner.Resource, error) {
	ctx, at, err := c.enter(ctx, s, plan.Look)
	if err != nil {
		return nil, err
	}
	found, err := at.Leftovers(ctx, scope(s))
	if err != nil {
		return nil, err
	}
	left := make([]provisioner.Resource, 0, len(found))
	for _, f := range found {
		left = append(left, provisioner.Resource{Kind: string(f.Kind), ID: f.ID, Name: f.Role})
	}
	copies, err := at.driver.ListCopies(ctx, scope(s))
	if err != nil {
		return nil, at.Explain("look for copies", err)
	}
	for _, name := range copies {
		left = append(left, provisioner.Resource{Kind: "backup", ID: at.driver.CopyURL(scope(s), name), Name: name})
	}
	return left, nil
}

// probeTimeout bounds a look at a cluster over the internet.
const probeTimeout = 10 * time.Second

// probe asks at the endpoint who is there and how it feels.
func probe(ctx context.Context, s provisioner.ClusterSpec, endpoint string) error {
	client := &http.Client{Timeout: probeTimeout}
	root := strings.TrimSuffix(endpoint, "/api")
	var who struct {
		ClusterID string `json:"clusterId"`
	}
	if err := get(ctx, client, root+"/podium/v1/info", &who); err != nil {
		return err
	}
	if who.ClusterID != s.ID {
		return fmt.Errorf("%s is another cluster", root)
	}
	return get(ctx, client, root+"/healthz", nil)
}

func get(ctx context.Context, client *http.Client, url string, v any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("ask the cluster: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("ask the cluster: %s answered %s", url, res.Status)
	}
	if v == nil {
		return nil
	}
	if err := json.NewDecoder(res.Body).Decode(v); err != nil {
		return fmt.Errorf("ask the cluster: %s: %w", url, err)
	}
	return nil
}
