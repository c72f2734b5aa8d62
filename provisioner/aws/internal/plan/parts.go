package plan

import (
	"strings"

	"github.com/podium-cloud/podium/provisioner"
)

// Part returns the resources of a part of the cluster.
func (c Cluster) Part(p provisioner.Part) []Resource {
	switch p {
	case provisioner.Network:
		return c.Network()
	case provisioner.Database:
		return c.Database()
	case provisioner.Queue:
		return c.Queue()
	case provisioner.Storage:
		return c.Storage()
	case provisioner.Endpoint:
		return c.Endpoint()
	}
	return nil
}

// InPart reports whether a resource is removed with the part. Those of nodes are in none.
func InPart(p provisioner.Part, k Kind, role string) bool { return partOf(k, role) == p }

// InNode reports whether a resource belongs to the node.
func InNode(index int, k Kind, role string) bool {
	switch k {
	case Service, Task, Secret:
		return role == indexed("service", index) || role == indexed("task", index) || role == indexed("secret-node", index)
	}
	return false
}

func partOf(k Kind, role string) provisioner.Part {
	switch k {
	case DBSubnets, DBInstance:
		return provisioner.Database
	case CacheSubnets, Cache:
		return provisioner.Queue
	case Bucket:
		return provisioner.Storage
	case Certificate, Balancer, TargetGroup, Listener, Record, Zone:
		return provisioner.Endpoint
	case Task:
		if role == ExportTask || role == ImportTask {
			return provisioner.Storage
		}
		return ""
	case Service:
		return ""
	case Secret:
		return secretPart(role)
	}
	return provisioner.Network
}

func secretPart(role string) provisioner.Part {
	if role == CopySecret {
		return provisioner.Storage
	}
	name := strings.TrimPrefix(role, "secret-")
	for _, p := range []provisioner.Part{provisioner.Database, provisioner.Queue, provisioner.Storage} {
		if name == string(p) {
			return p
		}
	}
	return ""
}

// NodeKinds are the kinds of which a node consists.
func NodeKinds() []Kind { return []Kind{Service, Task, Secret} }

// PartKinds are the kinds of which a part consists.
func PartKinds(p provisioner.Part) []Kind {
	var kinds []Kind
	for _, stage := range Teardown() {
		for _, k := range stage {
			if partOf(k, "secret-"+string(p)) == p || partOf(k, ExportTask) == p {
				kinds = append(kinds, k)
			}
		}
	}
	return kinds
}
