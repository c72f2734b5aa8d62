package local

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/local/cgroup"
)

// Binary is a release of the data plane.
type Binary struct {
	Version string
	Path    string
	Shared  string // program of nodes that share what they keep; "": the release has none
	build   string // what the program says it was built from
}

func (b *Binary) resolve() (err error) {
	if b.build, err = versionOf(b.Path); err != nil {
		return err
	}
	if b.Shared != "" {
		if b.Shared, err = filepath.Abs(b.Shared); err != nil {
			return err
		}
	}
	b.Path, err = filepath.Abs(b.Path)
	return err
}

// binary returns the program of a version.
func (c *Cloud) binary(version string) Binary {
	for _, b := range c.releases() {
		if b.Version == version {
			return b
		}
	}
	return c.fallback
}

// sizes cost nothing: the machine is there.
var sizes = []provisioner.Size{
	{ID: "small", Name: "Small", CPUs: 1, MemoryMB: 1024},
	{ID: "medium", Name: "Medium", CPUs: 2, MemoryMB: 2048},
	{ID: "large", Name: "Large", CPUs: 4, MemoryMB: 4096},
}

// Catalog offers this machine.
func (c *Cloud) Catalog(context.Context) (provisioner.Catalog, error) {
	catalog := provisioner.Catalog{
		Title:    "This machine",
		Regions:  []provisioner.Region{{ID: "local", Name: "This machine", Zones: []string{"local"}}},
		Sizes:    sizes,
		Models:   []provisioner.Model{provisioner.Managed},
		MaxNodes: 1,
	}
	if c.Groups != nil {
		catalog.Notes = append(catalog.Notes, "The system gives a node the processors of its size, and starts it again when it needs more than its memory.")
	} else {
		catalog.Notes = append(catalog.Notes, "A node's size bounds the memory and the processors that it uses by itself; the system does not enforce it.")
	}
	switch {
	case c.Backing != nil:
		catalog.MaxNodes = maxShared
		catalog.Notes = append(catalog.Notes, "The nodes of a cluster share a database in the control plane's PostgreSQL and a part of its Redis.")
	default:
		catalog.WhyNodes = "clusters keep their data in a folder, which serves one node; more need a control plane with PostgreSQL and Redis"
	}
	if c.Networks != nil {
		catalog.Regions[0].Zones, catalog.Ranges = zones, true
		catalog.Notes = append(catalog.Notes,
			"Each cluster has a network of its own, out of which only the control plane and peered networks are reached. Its nodes are "+
				"spread over the zones.")
	}
	for _, b := range c.releases() {
		catalog.Versions = append(catalog.Versions, b.Version)
	}
	return catalog, nil
}

// sizeOf returns a size, and whether there is one of that name.
func sizeOf(name string) (provisioner.Size, bool) {
	i := slices.IndexFunc(sizes, func(s provisioner.Size) bool { return s.ID == name })
	if i < 0 {
		return provisioner.Size{}, false
	}
	return sizes[i], true
}

// limits returns the environment in which a data plane keeps to a size. That of none has no limits.
func limits(size string) []string {
	s, ok := sizeOf(size)
	if !ok {
		return nil
	}
	return []string{
		"GOMAXPROCS=" + strconv.Itoa(int(s.CPUs)),
		fmt.Sprintf("GOMEMLIMIT=%dMiB", s.MemoryMB*9/10), // a tenth is not the runtime's
	}
}

// NewGroups makes what holds the nodes of the clusters in dir to their sizes. It fails, and says why, where that cannot be done.
func NewGroups(ctx context.Context, dir string) (*cgroup.Groups, error) {
	return cgroup.New(ctx, tag(dir))
}

// group is the control group of a unit.
func group(u unit) string { return strings.ReplaceAll(string(u), "/", ".") }

// confine has the system hold a node to its size. Without that it keeps to it by itself, so trouble here does not keep it from
// its work.
func (c *Cloud) confine(u unit, s state, p *process) {
	size, ok := sizeOf(s.Size)
	if c.Groups == nil || !ok || u.balancer() {
		return
	}
	if err := c.Groups.Confine(group(u), cgroup.Limits{CPUs: size.CPUs, MemoryMB: int64(size.MemoryMB)}, p.pid); err != nil {
		c.Logger.Warn("the system does not hold a node to its size", "unit", u, "error", err)
	}
}

// loosen removes the control group of a unit that has ended.
func (c *Cloud) loosen(ctx context.Context, u unit) error {
	if c.Groups == nil || u.balancer() {
		return nil
	}
	return c.Groups.Release(ctx, group(u))
}
