// Package vpc makes networks of this machine that behave as the private networks of a cloud do, so that connecting them can
// be tried with real packets. It needs Linux, the rights of root, and the programs ip and nft.
//
// A network is a few network namespaces, found by their names:
//
//	<tag>.<id>         its router: forwards between the zones and the connections, and holds the firewall
//	<tag>.<id>.<zone>  a zone: a subnet with an address for each node that runs in it
//
// Nothing leads out of a network but what is made for it: connections to the networks of customers (see [Link]), and relays,
// through which programs in a zone reach chosen addresses of the machine's loopback.
//
// What must be known after a crash is in <Dir>/<id>.json, before it is made; everything else is asked of the kernel.
package vpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/podium-cloud/podium/provisioner/cidr"
)

// Config says where and how. All fields are required.
type Config struct {
	Dir    string       // folder of what is remembered; it belongs to one Networks at a time
	Tag    string       // begins the names of namespaces; lower-case letters, digits and -
	Pool   netip.Prefix // ranges of networks that name none are taken from it
	Logger *slog.Logger
}

// Networks makes and removes networks. Methods of different networks may run at the same time.
type Networks struct {
	Config

	planning sync.Mutex // held while a range is chosen
	names    sync.Mutex // held while a file of names is changed, which several networks may be in
	mu       sync.Mutex // guards what follows
	locks    map[string]*sync.Mutex
	relays   map[string]*relay // by namespace and address
}

// Network is what a network is made of.
type Network struct {
	Range netip.Prefix `json:"range"`
	Zones []Zone       `json:"zones"`
}

// Zone is one subnet.
type Zone struct {
	Name  string       `json:"name"` // lower-case letters, digits and -
	Range netip.Prefix `json:"range"`
}

// rangeBits is the size of a network whose range is not chosen by its owner.
const rangeBits = 20

// firstNode is how far the address of the first node of a zone lies in it. The router has the first address.
const (
	routerHost = 1
	firstNode  = 10
)

var zoneName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,19}$`)

// New checks that networks can be made here; the error says what is missing.
func New(c Config) (*Networks, error) {
	if c.Dir == "" || c.Tag == "" || !c.Pool.IsValid() || c.Logger == nil {
		return nil, errors.New("networks of this machine: Dir, Tag, Pool or Logger is missing")
	}
	if err := able(); err != nil {
		return nil, fmt.Errorf("networks of this machine: %w", err)
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("networks of this machine: %w", err)
	}
	return &Networks{Config: c, locks: map[string]*sync.Mutex{}, relays: map[string]*relay{}}, nil
}

// lock returns with the network in hand. The caller must unlock it.
func (n *Networks) lock(id string) (unlock func()) {
	n.mu.Lock()
	l := n.locks[id]
	if l == nil {
		l = &sync.Mutex{}
		n.locks[id] = l
	}
	n.mu.Unlock()
	l.Lock()
	return l.Unlock
}

// Ensure makes a network with these zones and returns it. A network keeps the range that it once had; want is for a new one,
// and the zero value lets it be chosen.
func (n *Networks) Ensure(ctx context.Context, id string, want netip.Prefix, zones []string) (Network, error) {
	defer n.lock(id)()
	s, err := n.load(id)
	if err != nil {
		return Network{}, err
	}
	if len(s.Zones) == 0 {
		if s, err = n.plan(id, want, zones); err != nil {
			return Network{}, err
		}
	}
	return s.Network, n.build(ctx, id, s)
}

// Get returns a network; false when there is none.
func (n *Networks) Get(id string) (Network, bool, error) {
	s, err := n.load(id)
	return s.Network, len(s.Zones) > 0, err
}

// plan chooses the ranges of a new network and remembers them.
func (n *Networks) plan(id string, want netip.Prefix, zones []string) (state, error) {
	n.planning.Lock()
	defer n.planning.Unlock()
	taken, err := n.taken()
	if err != nil {
		return state{}, err
	}
	if !want.IsValid() {
		free, found := cidr.Free(n.Pool, rangeBits, taken)
		if !found {
			return state{}, fmt.Errorf("no range of the size /%d is free in %s", rangeBits, n.Pool)
		}
		want = free
	}
	ranges, err := cidr.Split(want, len(zones))
	if err != nil {
		return state{}, err
	}
	s := state{Network: Network{Range: want}}
	for i, name := range zones {
		if !zoneName.MatchString(name) {
			return state{}, fmt.Errorf("zone %q must be 1 to 20 lower-case letters, digits or -", name)
		}
		s.Zones = append(s.Zones, Zone{Name: name, Range: ranges[i]})
	}
	return s, n.save(id, s)
}

// taken returns the ranges of all networks.
func (n *Networks) taken() ([]netip.Prefix, error) {
	ids, err := n.remembered()
	if err != nil {
		return nil, err
	}
	var taken []netip.Prefix
	for _, id := range ids {
		s, err := n.load(id)
		if err != nil {
			return nil, err
		}
		taken = append(taken, s.Range)
	}
	return taken, nil
}

// build makes the namespaces, what connects them, and the firewall. What is there stays.
func (n *Networks) build(ctx context.Context, id string, s state) error {
	router := n.Router(id)
	if err := ensureNamespace(ctx, router); err != nil {
		return err
	}
	if err := forwarding(router); err != nil {
		return err
	}
	if err := nft(ctx, router, baseRules); err != nil {
		return err
	}
	for i, z := range s.Zones {
		if err := n.buildZone(ctx, id, i, z); err != nil {
			return fmt.Errorf("zone %s: %w", z.Name, err)
		}
	}
	return nil
}

func (n *Networks) buildZone(ctx context.Context, id string, i int, z Zone) error {
	router, zone, port := n.Router(id), n.Namespace(id, z.Name), zonePort(i)
	if err := ensureNamespace(ctx, zone); err != nil {
		return err
	}
	if !linked(ctx, zone, "eth0") {
		if err := ip(ctx, "-n", router, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", zone); err != nil {
			return err
		}
	}
	gateway := cidr.Host(z.Range, routerHost)
	steps := [][]string{
		{"-n", router, "address", "replace", netip.PrefixFrom(gateway, z.Range.Bits()).String(), "dev", port},
		{"-n", router, "link", "set", port, "up"},
		{"-n", zone, "link", "set", "lo", "up"},
		{"-n", zone, "link", "set", "eth0", "up"},
	}
	steps = append(steps,
		[]string{"-n", zone, "address", "replace", netip.PrefixFrom(NodeAddress(z, 0), z.Range.Bits()).String(), "dev", "eth0"},
		[]string{"-n", zone, "route", "replace", "default", "via", gateway.String()})
	for _, step := range steps {
		if err := ip(ctx, step...); err != nil {
			return err
		}
	}
	return nil
}

// AddNode gives a zone the address of its nth node, which a program can listen on then.
func (n *Networks) AddNode(ctx context.Context, id string, z Zone, nth int) error {
	return ip(ctx, "-n", n.Namespace(id, z.Name), "address", "replace",
		netip.PrefixFrom(NodeAddress(z, nth), z.Range.Bits()).String(), "dev", "eth0")
}

// NodeAddress returns the address of the nth node of a zone, from 0.
func NodeAddress(z Zone, nth int) netip.Addr { return cidr.Host(z.Range, firstNode+nth) }

// Remove deletes a network with all its connections. Programs that run in it are the caller's to stop first.
func (n *Networks) Remove(ctx context.Context, id string) error {
	defer n.lock(id)()
	n.closeRelays(id)
	s, err := n.load(id)
	if err != nil {
		return err
	}
	for _, link := range s.Links {
		if err := n.removeNames(link); err != nil {
			return err
		}
		if err := n.removeLink(ctx, id, link); err != nil {
			return err
		}
	}
	for _, ns := range n.namespaces(id) {
		if err := removeNamespace(ctx, ns); err != nil {
			return err
		}
	}
	return n.forget(id)
}

// IDs returns the networks that there is anything of, by name.
func (n *Networks) IDs() ([]string, error) {
	ids, err := n.remembered()
	if err != nil {
		return nil, err
	}
	for _, ns := range allNamespaces() {
		rest, ours := strings.CutPrefix(ns, n.Tag+".")
		if !ours {
			continue
		}
		id, _, _ := strings.Cut(rest, ".")
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// Left lists what exists of a network: namespaces, and what is remembered of it.
func (n *Networks) Left(id string) []string {
	left := n.namespaces(id)
	if _, err := os.Stat(n.path(id)); err == nil {
		left = append(left, filepath.Base(n.path(id)))
	}
	return left
}

// Cut ends all traffic of a zone, as its failure would; mended undoes it. It is there to rehearse with.
func (n *Networks) Cut(ctx context.Context, id, zone string, mended bool) error {
	s, err := n.load(id)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(s.Zones, func(z Zone) bool { return z.Name == zone })
	if i < 0 {
		return fmt.Errorf("there is no zone %s", zone)
	}
	to := "down"
	if mended {
		to = "up"
	}
	return ip(ctx, "-n", n.Router(id), "link", "set", zonePort(i), to)
}

// Close ends the relays. Networks stay.
func (n *Networks) Close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for key, r := range n.relays {
		_ = r.Close()
		delete(n.relays, key)
	}
}

// Router returns the name of the network namespace that all zones are connected by.
func (n *Networks) Router(id string) string { return n.Tag + "." + id }

// Namespace returns the name of the network namespace of a zone.
func (n *Networks) Namespace(id, zone string) string { return n.Router(id) + "." + zone }

// namespaces returns those that exist of a network, zones first.
func (n *Networks) namespaces(id string) []string {
	var found []string
	for _, ns := range allNamespaces() {
		if ns == n.Router(id) || strings.HasPrefix(ns, n.Router(id)+".") {
			found = append(found, ns)
		}
	}
	slices.SortFunc(found, func(a, b string) int { return len(b) - len(a) })
	return found
}

func zonePort(i int) string { return fmt.Sprintf("zone%d", i) }
