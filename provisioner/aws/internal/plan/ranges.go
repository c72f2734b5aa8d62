package plan

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/podium-cloud/podium/provisioner/cidr"
)

// Tier is a row of subnets, one in each zone.
type Tier string

// The tiers.
const (
	Public  Tier = "public"  // load balancer and NAT: can be reached from the internet
	Private Tier = "private" // nodes: reach the internet through NAT
	Data    Tier = "data"    // database and cache: reach nothing
	Peered  Tier = "peered"  // private load balancer: is reached from networks that are connected, and reaches nothing else
)

var tiers = []Tier{Public, Private, Data, Peered}

const (
	// MaxZones is how many zones a network has room for.
	MaxZones = 4
	// smallest is the longest prefix whose sixteenths are as large as AWS wants subnets to be.
	smallest = 24
	poolBits = 20 // length of a range from the pool
)

// pool is where ranges that nobody chose come from.
var pool = netip.MustParsePrefix("10.64.0.0/10")

// Range is the range of a cluster's network: the one that was asked for, or one that follows from the cluster's id, so that it
// seldom meets another's. The error is for the field cidr.
func Range(clusterID, asked string) (netip.Prefix, error) {
	if asked == "" {
		sum := sha256.Sum256([]byte(clusterID))
		n := binary.BigEndian.Uint32(sum[:]) % (1 << (poolBits - pool.Bits()))
		return netip.PrefixFrom(cidr.Host(pool, int(n)<<(32-poolBits)), poolBits), nil
	}
	p, err := cidr.Parse(asked)
	switch {
	case err != nil:
		return netip.Prefix{}, fmt.Errorf("cidr: %w", err)
	case p.Bits() > smallest:
		return netip.Prefix{}, fmt.Errorf("cidr: must be at least as large as /%d, to have room for subnets, not /%d", smallest, p.Bits())
	}
	return p, nil
}

// SubnetRange is the part of a network's range that a tier has in a zone, counted from 0.
func SubnetRange(network netip.Prefix, tier Tier, zone int) netip.Prefix {
	parts, err := cidr.Split(network, MaxZones*len(tiers))
	if err != nil {
		panic(fmt.Sprintf("plan: %v", err)) // Range lets no such network through
	}
	for row, t := range tiers {
		if t == tier {
			return parts[row*MaxZones+zone]
		}
	}
	panic("plan: unknown tier " + string(tier))
}
