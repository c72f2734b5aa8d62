package provisioner

import (
	"regexp"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// ClusterSpec names a cluster. It is the input of the workflows and holds no secrets.
type ClusterSpec struct {
	ID           string `json:"id"` // letters, digits, - and _, at most 64; never used again for another cluster
	Name         string `json:"name"`
	Organization string `json:"organization"`
	Cloud        string `json:"cloud"`
}

// clusterID is narrow because clouds name folders and processes after it.
var clusterID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// ValidClusterID reports whether id may name a cluster.
func ValidClusterID(id string) bool { return clusterID.MatchString(id) }

func (p *Provisioner) validate(s ClusterSpec) error {
	err := workflow.Errorf(workflow.Invalid, "the cluster is not valid")
	wrong := func(field, message, value string) {
		err.Violations = append(err.Violations, workflow.Violation{Path: field, Message: message, InvalidValue: value})
	}
	if !ValidClusterID(s.ID) {
		wrong("id", "must be 1 to 64 letters, digits, - or _ and not begin with - or _", "")
	}
	if s.Name == "" {
		wrong("name", "must not be empty", "")
	}
	if s.Organization == "" {
		wrong("organization", "must not be empty", "")
	}
	if p.clouds[s.Cloud] == nil {
		wrong("cloud", "is not one of the clouds of this control plane", s.Cloud)
	}
	if len(err.Violations) > 0 {
		return err
	}
	return nil
}
