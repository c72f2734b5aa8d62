package plan

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// Resource is one thing that is to exist.
type Resource struct {
	Kind Kind
	Role string // its name within the cluster, unique there: "subnet-private-0"
	// Needs are the roles of resources that must be usable before this one is made, by what they are used for.
	Needs map[string]string
	// Settings is a struct of this package, by Kind, or nil.
	Settings any
}

// Fingerprint tells whether the resource was last brought to these very settings, on these ids (by use).
func (r Resource) Fingerprint(ids map[string]string) string {
	text, err := json.Marshal([]any{r.Settings, ids})
	if err != nil {
		panic(fmt.Sprintf("plan: settings of %s: %v", r.Role, err)) // they are structs of this package
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12])
}

// Prefix begins the names of all resources of a cluster: short, as some AWS names end at 32 characters, lower-case, and not to
// be mistaken for another cluster's.
func Prefix(clusterID string) string {
	sum := sha256.Sum256([]byte(clusterID))
	return "podium-" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:8]))
}

// Name is the name of a resource of a cluster.
func Name(clusterID, role string) string { return Prefix(clusterID) + "-" + role }

// The keys of the tags that every resource bears. They say whose it is, and policies of AWS are made of them.
const (
	TagCluster      = "podium:cluster"
	TagRole         = "podium:role"
	TagOrganization = "podium:organization"
	TagInstallation = "podium:installation"
	TagSettings     = "podium:settings" // of task definitions: the fingerprint of what they were made of
)
