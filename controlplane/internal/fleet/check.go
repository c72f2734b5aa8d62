package fleet

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

func checkRegister(r fleetapi.RegisterRequest) error {
	var check problem.Check
	if r.ContractVersion < 1 || r.ContractVersion > fleetapi.Version {
		check.Field("contractVersion", fmt.Sprintf("must be 1 to %d", fleetapi.Version))
	}
	checkNames(&check, r.ClusterID, r.NodeID)
	checkNodeName(&check, r.NodeName)
	checkEndpoint(&check, r.Endpoint)
	return check.Err()
}

func checkEndpoint(check *problem.Check, endpoint string) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || !strings.HasSuffix(u.Path, "/api") {
		check.Field("endpoint", "must be the URL of an API root, ending in /api")
	}
}

const (
	maxNodeName   = 100
	maxProcessors = 100_000
)

func checkNodeName(check *problem.Check, name string) {
	if len(name) > maxNodeName {
		check.Field("nodeName", fmt.Sprintf("must have at most %d characters", maxNodeName))
	}
}

// maxKeysUsed is how many keys a report can name.
const maxKeysUsed = 10_000

func checkSync(r fleetapi.SyncRequest) error {
	var check problem.Check
	checkNames(&check, r.ClusterID, r.NodeID)
	checkNodeName(&check, r.NodeName)
	if h := r.Health; h.UptimeSeconds < 0 || h.MemoryBytes < 0 || h.CPU < 0 || h.CPU > maxProcessors {
		check.Field("health", fmt.Sprintf("must not be negative, nor of more than %d processors", maxProcessors))
	}
	if r.AppliedRevision < 0 {
		check.Field("appliedRevision", "must not be negative")
	}
	if len(r.KeysUsed) > maxKeysUsed {
		check.Field("keysUsed", fmt.Sprintf("must name at most %d keys", maxKeysUsed))
	}
	if len(r.Commands) > maxKinds || slices.ContainsFunc(r.Commands, func(k fleetapi.CommandKind) bool { return len(k) > maxKind }) {
		check.Field("commands", fmt.Sprintf("must be at most %d kinds", maxKinds))
	}
	if len(r.Taken) > maxResults {
		check.Field("taken", fmt.Sprintf("must name at most %d commands", maxResults))
	}
	if len(r.Program)+len(r.Platform) > maxNodeName {
		check.Field("platform", fmt.Sprintf("must have at most %d characters with program", maxNodeName))
	}
	if r.Endpoint != "" {
		checkEndpoint(&check, r.Endpoint)
	}
	return check.Err()
}

const (
	maxKinds = 50 // of commands; a node may be newer
	maxKind  = 50 // characters
)

// checkResults checks how commands are said to have ended.
func checkResults(r fleetapi.CommandReport) error {
	var check problem.Check
	checkNames(&check, r.ClusterID, r.NodeID)
	if len(r.Results) > maxResults {
		check.Field("results", fmt.Sprintf("must be at most %d", maxResults))
	}
	for _, result := range r.Results {
		switch {
		case result.State != fleetapi.CommandDone && result.State != fleetapi.CommandFailed && result.State != fleetapi.CommandRefused:
			check.Field("results", "must be DONE, FAILED or REFUSED")
		case len(result.Reason) > maxReason || len(result.Facts) > maxFacts:
			check.Field("results", fmt.Sprintf("must have at most %d characters of reason and %d facts", maxReason, maxFacts))
		case slices.ContainsFunc(result.Facts, func(f fleetapi.Fact) bool { return len(f.Name)+len(f.Value) > maxReason }):
			check.Field("results", fmt.Sprintf("must have facts of at most %d characters", maxReason))
		}
	}
	return check.Err()
}

func checkNames(check *problem.Check, cluster, node string) {
	if cluster == "" {
		check.Field("clusterId", "is required")
	}
	if node == "" || len(node) > 200 {
		check.Field("nodeId", "must have 1 to 200 characters")
	}
}
