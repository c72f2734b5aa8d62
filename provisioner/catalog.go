package provisioner

import "fmt"

// Catalog is what a cloud offers. It says what may stand in a [ClusterSpec].
type Catalog struct {
	Title    string   `json:"title"`              // of the cloud, for people
	Regions  []Region `json:"regions"`            // at least one; the first is the default
	Sizes    []Size   `json:"sizes"`              // at least one, from small to large; the first is the default
	Models   []Model  `json:"models"`             // at least one; the first is the default
	Versions []string `json:"versions"`           // of the data plane's software, newest first; the first is the default
	MaxNodes int      `json:"maxNodes"`           // at least 1
	WhyNodes string   `json:"whyNodes,omitempty"` // why there cannot be more nodes, when that is not plain
	// Ranges tells that clusters have a network of their own, whose range of addresses can be chosen.
	Ranges bool `json:"ranges"`
	// Accounts tells that clusters can run in accounts of customers who let us in.
	Accounts bool `json:"accounts,omitempty"`
	// Notes say what holds for every cluster of this cloud: which limits are in force, what is not kept apart.
	Notes []string `json:"notes,omitempty"`
}

// Region is a place where clusters can be.
type Region struct {
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Zones []string `json:"zones"` // nodes are spread over them
}

// Size is how much a cluster has.
type Size struct {
	ID        string  `json:"id"`
	Name      string  `json:"name"`
	CPUs      float64 `json:"cpus"`      // of each node
	MemoryMB  int     `json:"memoryMb"`  // of each node
	StorageGB int     `json:"storageGb"` // of the cluster; 0: not limited
}

// Size returns the size of that id.
func (c Catalog) Size(id string) (Size, bool) {
	for _, s := range c.Sizes {
		if s.ID == id {
			return s, true
		}
	}
	return Size{}, false
}

// Region returns the region of that id.
func (c Catalog) Region(id string) (Region, bool) {
	for _, r := range c.Regions {
		if r.ID == id {
			return r, true
		}
	}
	return Region{}, false
}

// nodesRule says how many nodes a cluster may have, and why not more.
func (c Catalog) nodesRule() string {
	rule := fmt.Sprintf("must be from 1 to %d", c.MaxNodes)
	if c.MaxNodes == 1 {
		rule = "must be 1"
	}
	if c.WhyNodes != "" {
		rule += ": " + c.WhyNodes
	}
	return rule
}

// Complete fills in what s leaves open with the defaults of the catalog.
func (c Catalog) Complete(s ClusterSpec) ClusterSpec {
	if s.Region == "" && len(c.Regions) > 0 {
		s.Region = c.Regions[0].ID
	}
	if s.Size == "" && len(c.Sizes) > 0 {
		s.Size = c.Sizes[0].ID
	}
	if s.Model == "" && s.Account != "" {
		s.Model = Customer
	}
	if s.Model == "" && len(c.Models) > 0 {
		s.Model = c.Models[0]
	}
	if s.Version == "" && len(c.Versions) > 0 {
		s.Version = c.Versions[0]
	}
	if s.Nodes == 0 {
		s.Nodes = 1
	}
	return s
}
