package provisioner

import (
	"context"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// ClusterSpec says what a cluster is to be. It is the input of the workflows and holds no secrets.
type ClusterSpec struct {
	ID           string `json:"id"` // letters, digits, - and _, at most 64; never used again for another cluster
	Name         string `json:"name"`
	Organization string `json:"organization"`
	Cloud        string `json:"cloud"`
	// What follows is of the cloud's [Catalog].
	Region  string `json:"region"`
	Size    string `json:"size"`
	Nodes   int    `json:"nodes"`
	Model   Model  `json:"model"`
	Version string `json:"version"`        // of the data plane's software
	CIDR    string `json:"cidr,omitempty"` // of the cluster's own network; "": the cloud chooses
	// Account is the customer's account that it runs in, by the id under which the control plane knows it; "": one of ours.
	Account string `json:"account,omitempty"`
}

// Model says whose account a cluster runs in.
type Model string

// The models.
const (
	Managed  Model = "managed"  // ours
	Customer Model = "customer" // the customer's, who pays for what it uses there
)

// clusterID is narrow because clouds name folders and processes after it.
var clusterID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// ValidClusterID reports whether id may name a cluster.
func ValidClusterID(id string) bool { return clusterID.MatchString(id) }

// Complete checks s against the catalog of its cloud and fills in what it leaves open. What is wrong is a [workflow.Error]
// of kind Invalid whose violations name the fields of the spec.
func (p *Provisioner) Complete(ctx context.Context, s ClusterSpec) (ClusterSpec, error) {
	if err := p.validate(s); err != nil {
		return s, err
	}
	catalog, err := p.clouds[s.Cloud].Catalog(ctx)
	if err != nil {
		return s, fmt.Errorf("catalog of %s: %w", s.Cloud, err)
	}
	s = catalog.Complete(s)
	var w wrong
	if _, ok := catalog.Region(s.Region); !ok {
		w.add("region", "must be one of "+list(catalog.Regions, func(r Region) string { return r.ID }), s.Region)
	}
	if _, ok := catalog.Size(s.Size); !ok {
		w.add("size", "must be one of "+list(catalog.Sizes, func(z Size) string { return z.ID }), s.Size)
	}
	if !slices.Contains(catalog.Models, s.Model) {
		w.add("model", "must be one of "+list(catalog.Models, func(m Model) string { return string(m) }), string(s.Model))
	}
	if catalog.Accounts && (s.Account != "") != (s.Model == Customer) {
		w.add("account", "must be given for a cluster in the customer's account, and for no other", s.Account)
	} else if !catalog.Accounts && s.Account != "" {
		w.add("account", "this cloud makes no clusters in accounts of customers", s.Account)
	}
	if !slices.Contains(catalog.Versions, s.Version) {
		w.add("version", "must be one of "+strings.Join(catalog.Versions, ", "), s.Version)
	}
	if s.Nodes < 1 || s.Nodes > catalog.MaxNodes {
		w.add("nodes", catalog.nodesRule(), fmt.Sprint(s.Nodes))
	}
	if s.CIDR != "" {
		if _, err := netip.ParsePrefix(s.CIDR); !catalog.Ranges || err != nil {
			w.add("cidr", "must be a range such as 10.20.0.0/20, in a cloud whose clusters have networks of their own", s.CIDR)
		}
	}
	return s, w.err()
}

// Catalogs returns what can be asked for, by cloud.
func (p *Provisioner) Catalogs(ctx context.Context) (map[string]Catalog, error) {
	all := map[string]Catalog{}
	for name, c := range p.clouds {
		catalog, err := c.Catalog(ctx)
		if err != nil {
			return nil, fmt.Errorf("catalog of %s: %w", name, err)
		}
		all[name] = catalog
	}
	return all, nil
}

func (p *Provisioner) validate(s ClusterSpec) error {
	var w wrong
	if !ValidClusterID(s.ID) {
		w.add("id", "must be 1 to 64 letters, digits, - or _ and not begin with - or _", "")
	}
	if s.Name == "" {
		w.add("name", "must not be empty", "")
	}
	if s.Organization == "" {
		w.add("organization", "must not be empty", "")
	}
	if p.clouds[s.Cloud] == nil {
		w.add("cloud", "is not one of the clouds of this control plane", s.Cloud)
	}
	return w.err()
}

// wrong collects what is wrong with the fields of a request.
type wrong []workflow.Violation

func (w *wrong) add(field, message, value string) {
	*w = append(*w, workflow.Violation{Path: field, Message: message, InvalidValue: value})
}

func (w wrong) err() error { return w.errOf("the cluster is not valid") }

func (w wrong) errOf(what string) error {
	if len(w) == 0 {
		return nil
	}
	err := workflow.Errorf(workflow.Invalid, "%s", what)
	err.Violations = w
	return err
}

func list[T any](all []T, name func(T) string) string {
	names := make([]string, len(all))
	for i, v := range all {
		names[i] = name(v)
	}
	return strings.Join(names, ", ")
}
