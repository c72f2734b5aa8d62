package guard

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// List is a parsed allow list.
type List struct {
	all      bool
	hosts    map[string]bool
	prefixes []netip.Prefix
}

// Parse reads entries that are each a host name, an address, a CIDR or "*". The error names every entry that is none
// of these; the list holds the others.
func Parse(entries []string) (List, error) {
	l := List{hosts: map[string]bool{}}
	var errs []error
	for _, e := range entries {
		e = strings.TrimSpace(e)
		switch p, err := netip.ParsePrefix(e); {
		case e == "*":
			l.all = true
		case err == nil:
			l.prefixes = append(l.prefixes, p.Masked())
		case strings.Contains(e, "/") || e == "" || strings.ContainsAny(e, " *@"):
			errs = append(errs, fmt.Errorf("%q is no host, address or CIDR", e))
		default:
			if a, err := netip.ParseAddr(strings.Trim(e, "[]")); err == nil {
				l.prefixes = append(l.prefixes, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
				continue
			}
			if strings.Contains(e, ":") {
				errs = append(errs, fmt.Errorf("%q has a port; ports cannot be listed", e))
				continue
			}
			l.hosts[strings.ToLower(strings.TrimSuffix(e, "."))] = true
		}
	}
	return l, errors.Join(errs...)
}

func (l List) host(name string) bool {
	return l.hosts[strings.ToLower(strings.TrimSuffix(name, "."))]
}

func (l List) addr(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, p := range l.prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// reserved are the networks that are not the public internet (IANA's special-purpose registries), each with the word
// for it. The forms that carry an IPv4 address inside an IPv6 one are refused as a whole: who routes them decides
// where they lead.
var reserved = func() []network {
	table := [][2]string{
		{"0.0.0.0/8", "unspecified"},
		{"10.0.0.0/8", "private"},
		{"100.64.0.0/10", "carrier-grade NAT"},
		{"127.0.0.0/8", "loopback"},
		{"169.254.0.0/16", "link-local"},
		{"172.16.0.0/12", "private"},
		{"192.0.0.0/24", "reserved"},
		{"192.0.2.0/24", "documentation"},
		{"192.88.99.0/24", "reserved"},
		{"192.168.0.0/16", "private"},
		{"198.18.0.0/15", "benchmarking"},
		{"198.51.100.0/24", "documentation"},
		{"203.0.113.0/24", "documentation"},
		{"224.0.0.0/4", "multicast"},
		{"240.0.0.0/4", "reserved"},
		{"::1/128", "loopback"},
		{"::/96", "IPv4-compatible"},
		{"::ffff:0:0/96", "IPv4-mapped"},
		{"::ffff:0:0:0/96", "IPv4-translated"},
		{"64:ff9b::/96", "NAT64"},
		{"64:ff9b:1::/48", "NAT64"},
		{"100::/64", "discard-only"},
		{"2001::/23", "reserved"}, // Teredo, ORCHID, benchmarking
		{"2001:db8::/32", "documentation"},
		{"2002::/16", "6to4"},
		{"3fff::/20", "documentation"},
		{"5f00::/16", "reserved"},
		{"fc00::/7", "private"},
		{"fe80::/10", "link-local"},
		{"fec0::/10", "site-local"},
		{"ff00::/8", "multicast"},
	}
	out := make([]network, len(table))
	for i, row := range table {
		out[i] = network{prefix: netip.MustParsePrefix(row[0]), kind: row[1]}
	}
	return out
}()

type network struct {
	prefix netip.Prefix
	kind   string
}

// special returns what kind of address a is, "" for a public one.
func special(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	for _, n := range reserved {
		if n.prefix.Contains(a) {
			return n.kind
		}
	}
	return ""
}
