// Package cidr plans the address ranges of networks: which overlap, which are free, and how one is divided into zones. It is
// pure, and knows IPv4 only, as the networks of clusters do.
package cidr

import (
	"fmt"
	"net/netip"
	"strings"
)

// The sizes that a network may have, as bits of its prefix: those of a VPC.
const (
	Largest  = 16
	Smallest = 28
)

// private are the ranges that networks may use: the private ones, and that of carriers, which many networks use as well.
var private = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"),
}

// Parse reads the range of a network, such as 10.20.0.0/16. The error is a sentence for the person who wrote it, without
// the name of the field.
func Parse(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(strings.TrimSpace(text))
	switch {
	case err != nil:
		return netip.Prefix{}, fmt.Errorf("must be a range of addresses such as 10.20.0.0/16, not %q", text)
	case !p.Addr().Is4():
		return netip.Prefix{}, fmt.Errorf("must be a range of IPv4 addresses, not %s", p)
	case p.Masked() != p:
		return netip.Prefix{}, fmt.Errorf("begins in the middle of its range; %s is meant, perhaps", p.Masked())
	case p.Bits() < Largest || p.Bits() > Smallest:
		return netip.Prefix{}, fmt.Errorf("must be as large as /%d to /%d, as the range of a VPC is, not /%d", Largest, Smallest, p.Bits())
	}
	for _, r := range private {
		if r.Overlaps(p) {
			return p, nil
		}
	}
	return netip.Prefix{}, fmt.Errorf("must be a private range (in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10), not %s", p)
}

// Overlapping returns those of taken that share addresses with p, in their order.
func Overlapping(p netip.Prefix, taken []netip.Prefix) []netip.Prefix {
	var shared []netip.Prefix
	for _, t := range taken {
		if t.Overlaps(p) {
			shared = append(shared, t)
		}
	}
	return shared
}

// Free returns the first range of the size bits in pool that shares no address with any of taken; false when there is none.
func Free(pool netip.Prefix, bits int, taken []netip.Prefix) (netip.Prefix, bool) {
	if bits < pool.Bits() || bits > 32 {
		return netip.Prefix{}, false
	}
	p := netip.PrefixFrom(pool.Masked().Addr(), bits)
	for pool.Overlaps(p) {
		next := p
		for _, t := range Overlapping(p, taken) {
			if t.Bits() < next.Bits() {
				next = t // nothing before the end of the larger range is free
			}
		}
		if len(Overlapping(p, taken)) == 0 {
			return p, true
		}
		after, ok := following(next)
		if !ok {
			break
		}
		p = netip.PrefixFrom(after, bits)
	}
	return netip.Prefix{}, false
}

// following returns the first address after p; false at the end of all addresses.
func following(p netip.Prefix) (netip.Addr, bool) {
	first := number(p.Masked().Addr())
	after := first + 1<<(32-p.Bits())
	return address(after), after <= 1<<32-1
}

// Split divides a network into n ranges of equal size, the largest possible. It fails when a range would be smaller than
// [Smallest].
func Split(network netip.Prefix, n int) ([]netip.Prefix, error) {
	bits := network.Bits()
	for parts := 1; parts < n; parts *= 2 {
		bits++
	}
	if n < 1 || bits > Smallest {
		return nil, fmt.Errorf("%s is too small for %d parts", network, n)
	}
	ranges := make([]netip.Prefix, n)
	first := number(network.Masked().Addr())
	for i := range ranges {
		ranges[i] = netip.PrefixFrom(address(first+uint64(i)<<(32-bits)), bits)
	}
	return ranges, nil
}

// Host returns the address that lies n after the first of p.
func Host(p netip.Prefix, n int) netip.Addr { return address(number(p.Masked().Addr()) + uint64(n)) }

func number(a netip.Addr) uint64 {
	b := a.As4()
	return uint64(b[0])<<24 | uint64(b[1])<<16 | uint64(b[2])<<8 | uint64(b[3])
}

func address(n uint64) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}
