package plan

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/podium-cloud/podium/provisioner/cidr"
)

// Roles of what connected networks have to do with.
const (
	PeeredRoutes = "routes-peered"
	PeeredGroup  = "group-peered"
	PrivateZone  = "zone"
)

// peeredHost is which address of its subnet the private load balancer has: AWS keeps the first four and the last.
const peeredHost = 8

// PeeredRange is the part of the network in which the private load balancer has its addresses in a zone, counted from 0.
func (c Cluster) PeeredRange(zone int) netip.Prefix {
	network, err := Range(c.ID, c.Range)
	if err != nil {
		panic(fmt.Sprintf("plan: %v", err)) // the range is of Range
	}
	return SubnetRange(network, Peered, zone)
}

// PeeredAddress is where connected networks reach the cluster in a zone.
func (c Cluster) PeeredAddress(zone int) netip.Addr {
	return cidr.Host(c.PeeredRange(zone), peeredHost)
}

// ZoneHost is the private name of the cluster in a zone. It is there in connected networks alone.
func (c Cluster) ZoneHost(zone int) string { return c.Zones[zone] + "." + c.Host }

func (c Cluster) zone() ZoneSettings {
	s := ZoneSettings{Host: c.Host, Hosts: map[string]string{}}
	for i := range c.Zones {
		s.Hosts[c.ZoneHost(i)] = c.PeeredAddress(i).String()
	}
	return s
}

// Served are the zones, counted from 0, in which the cluster has a node.
func (c Cluster) Served(nodes int) []int {
	var zones []int
	for i := range min(nodes, len(c.Zones)) {
		zones = append(zones, i)
	}
	return zones
}

// PeeredPorts are those on which connected networks reach the cluster.
func PeeredPorts() []int { return []int{HTTPS, NodeGRPC} }

// PeeringRole is the role of the connection of a peering.
func PeeringRole(id string) string { return "peering-" + id }

// Peering is the connection of a peering with that id.
func (c Cluster) Peering(id string, s PeeringSettings) Resource {
	return Resource{Kind: Peering, Role: PeeringRole(id), Needs: uses("vpc", "vpc"), Settings: s}
}

// Flows record who reaches the private load balancer in those zones. They are there only while a connection is being proven.
func (c Cluster) Flows(zones []int) []Resource {
	var all []Resource
	for _, i := range slices.Sorted(slices.Values(zones)) {
		all = append(all, Resource{Kind: FlowLog, Role: indexed("flow", i), Needs: uses(
			"subnet", subnet(Peered, i), "role", "role-flows", "logs", "logs")})
	}
	return all
}
