package vpc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/cidr"
)

// most is how many connections a network may have: as many as one of a cloud by default.
const most = 50

// CheckPeering looks at what was declared, and into the customer's namespace.
func (p *Peers) CheckPeering(ctx context.Context, q provisioner.Peering) ([]provisioner.Finding, error) {
	net, err := p.network(q.Cluster.ID)
	if err != nil {
		return nil, err
	}
	links, err := p.Networks.Links(q.Cluster.ID)
	if err != nil {
		return nil, err
	}
	findings := []provisioner.Finding{p.checkRanges(net, q), p.checkNetwork(q)}
	if namespaceExists(q.Peer.Network) {
		routes, err := checkRoutes(ctx, net, q)
		if err != nil {
			return nil, err
		}
		sources, err := checkAddresses(ctx, q)
		if err != nil {
			return nil, err
		}
		findings = append(findings, sources, routes)
	}
	names, err := checkNames(p.Name(q.Cluster), q)
	if err != nil {
		return nil, err
	}
	return append(findings, names, checkZones(net, q), checkQuota(links, q)), nil
}

func (p *Peers) checkRanges(net Network, q provisioner.Peering) provisioner.Finding {
	f := provisioner.Finding{Check: "ranges", Level: provisioner.LevelOK}
	for _, r := range q.Peer.Ranges {
		if net.Range.Overlaps(r) {
			f.Level = provisioner.LevelProblem
			f.Text = fmt.Sprintf("Your range %s and the cluster's range %s share addresses, so packets could not find their way.", r, net.Range)
			f.Fix = "Create the cluster with a range that your network does not use."
			if free, found := cidr.Free(p.Networks.Pool, net.Range.Bits(), append(slices.Clone(q.Peer.Ranges), net.Range)); found {
				f.Fix = fmt.Sprintf("Create the cluster with a range that your network does not use, for example %s.", free)
			}
			return f
		}
		for _, other := range q.Others {
			if len(cidr.Overlapping(r, other.Ranges)) > 0 {
				f.Level = provisioner.LevelProblem
				f.Text = fmt.Sprintf("Your range %s shares addresses with the network %s, to which the cluster is connected already.", r, other.Network)
				f.Fix = "Remove that peering first, or connect a network with other addresses."
				return f
			}
		}
	}
	f.Text = fmt.Sprintf("The cluster's range %s and yours share no address.", net.Range)
	return f
}

func (p *Peers) checkNetwork(q provisioner.Peering) provisioner.Finding {
	name := q.Peer.Network
	switch {
	case strings.HasPrefix(name, p.Networks.Tag+"."):
		return provisioner.Finding{
			Check: "network", Level: provisioner.LevelProblem, Text: name + " is a network of a cluster.",
			Fix: "Enter the name of your own network namespace.",
		}
	case !namespaceExists(name):
		return provisioner.Finding{
			Check: "network", Level: provisioner.LevelProblem, Text: fmt.Sprintf("There is no network namespace %q on this machine.", name),
			Fix: "Enter the name that `ip netns list` shows, or make it: ip netns add " + name,
		}
	}
	return provisioner.Finding{Check: "network", Level: provisioner.LevelOK, Text: "The network namespace " + name + " exists."}
}

func checkAddresses(ctx context.Context, q provisioner.Peering) (provisioner.Finding, error) {
	found, err := addresses(ctx, q.Peer.Network, q.Peer.Ranges)
	f := provisioner.Finding{Check: "network", Level: provisioner.LevelOK, Text: "Your network has addresses in the range that you entered."}
	if len(found) == 0 {
		f.Level, f.Text = provisioner.LevelWarning, "Your network has no address in the ranges that you entered yet; workers with other addresses are turned away."
		f.Fix = "Check the ranges, or give the network an address: ip -n " + q.Peer.Network + " address add …"
	}
	return f, err
}

func checkRoutes(ctx context.Context, net Network, q provisioner.Peering) (provisioner.Finding, error) {
	var routes []struct {
		To  string `json:"dst"`
		Dev string `json:"dev"`
	}
	if err := ipJSON(ctx, &routes, "-n", q.Peer.Network, "-4", "route"); err != nil {
		return provisioner.Finding{}, err
	}
	port := link(q).Port()
	for _, r := range routes {
		to, err := netip.ParsePrefix(r.To)
		if a, e := netip.ParseAddr(r.To); e == nil {
			to, err = netip.PrefixFrom(a, 32), nil
		}
		// A wider route, such as one to everywhere, gives way to the one to the cluster.
		if err == nil && r.Dev != port && to.Overlaps(net.Range) && to.Bits() >= net.Range.Bits() {
			return provisioner.Finding{
				Check: "routes", Level: provisioner.LevelProblem,
				Text: fmt.Sprintf("Your network leads %s, which is part of the cluster's range %s, elsewhere (to %s).", to, net.Range, r.Dev),
				Fix:  "Remove that route, or create the cluster with another range.",
			}, nil
		}
	}
	return provisioner.Finding{
		Check: "routes", Level: provisioner.LevelOK, Text: fmt.Sprintf("No route of your network is in the way of %s.", net.Range),
	}, nil
}

// checkNames looks whether somebody else has said what the cluster's name stands for.
func checkNames(name string, q provisioner.Peering) (provisioner.Finding, error) {
	file := hostsOf(q.Peer.Network)
	b, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return provisioner.Finding{}, fmt.Errorf("read names: %w", err)
	}
	for line := range strings.Lines(string(b)) {
		entry, comment, _ := strings.Cut(strings.TrimSpace(line), "#")
		words := strings.Fields(entry)
		if strings.HasPrefix(comment, " podium ") || len(words) < 2 || !slices.Contains(words[1:], name) {
			continue
		}
		return provisioner.Finding{
			Check: "names", Level: provisioner.LevelProblem,
			Text: fmt.Sprintf("In your network the name %s stands for %s already, so workers would call that.", name, words[0]),
			Fix:  "Remove the line from " + file + ".",
		}, nil
	}
	return provisioner.Finding{
		Check: "names", Level: provisioner.LevelOK,
		Text: fmt.Sprintf("The name %s will be known to programs that `ip netns exec` starts in your network.", name),
	}, nil
}

func checkZones(net Network, q provisioner.Peering) provisioner.Finding {
	var ours, crossing []string
	for _, z := range net.Zones {
		if len(net.places(z.Name, q.Cluster.Nodes)) > 0 {
			ours = append(ours, z.Name)
		}
	}
	for _, z := range q.Peer.Zones {
		if !slices.Contains(ours, z) {
			crossing = append(crossing, z)
		}
	}
	switch {
	case len(q.Peer.Zones) == 0:
		return provisioner.Finding{
			Check: "zones", Level: provisioner.LevelWarning,
			Text: "It is not known in which zones your workers run, so they may talk to a node in another zone.",
			Fix:  "Enter the ids of their zones. The cluster has nodes in " + strings.Join(ours, ", ") + ".",
		}
	case len(crossing) > 0:
		return provisioner.Finding{
			Check: "zones", Level: provisioner.LevelWarning,
			Text: fmt.Sprintf("The cluster has no node in %s: workers there talk to another zone, which is slower.", strings.Join(crossing, ", ")),
			Fix:  "Run workers in " + strings.Join(ours, " or ") + ", or add nodes to the cluster.",
		}
	}
	return provisioner.Finding{Check: "zones", Level: provisioner.LevelOK, Text: "The cluster has a node in each zone of your workers."}
}

func checkQuota(links []Link, q provisioner.Peering) provisioner.Finding {
	used := 0
	for _, l := range links {
		if l.ID != q.ID {
			used++
		}
	}
	if used >= most {
		return provisioner.Finding{
			Check: "quotas", Level: provisioner.LevelProblem, Text: fmt.Sprintf("The cluster has %d connections already, which is the most.", used),
			Fix: "Remove a peering that is not used any more.",
		}
	}
	return provisioner.Finding{
		Check: "quotas", Level: provisioner.LevelOK, Text: fmt.Sprintf("The cluster uses %d of %d connections.", used, most),
	}
}
