package vpc

import (
	"context"
	"net"
	"net/netip"
)

// Dial connects to an address from within a namespace.
func Dial(ctx context.Context, ns string, address netip.AddrPort) (net.Conn, error) {
	var conn net.Conn
	err := Inside(ns, func() (err error) {
		conn, err = new(net.Dialer).DialContext(ctx, "tcp", address.String())
		return err
	})
	return conn, err
}

// DialNode connects to a node from the router of its network: whether it is reached tells that its zone works.
func (n *Networks) DialNode(ctx context.Context, id string, address netip.AddrPort) (net.Conn, error) {
	return Dial(ctx, n.Router(id), address)
}

// addresses returns the IPv4 addresses of a namespace that lie in one of ranges.
func addresses(ctx context.Context, ns string, ranges []netip.Prefix) ([]netip.Addr, error) {
	var links []struct {
		Addresses []struct {
			Local netip.Addr `json:"local"`
		} `json:"addr_info"`
	}
	if err := ipJSON(ctx, &links, "-n", ns, "-4", "address"); err != nil {
		return nil, err
	}
	var found []netip.Addr
	for _, l := range links {
		for _, a := range l.Addresses {
			for _, r := range ranges {
				if r.Contains(a.Local) {
					found = append(found, a.Local)
					break
				}
			}
		}
	}
	return found, nil
}
