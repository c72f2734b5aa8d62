package vpc

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Link is a connection to a network of a customer's, which is a network namespace of this machine. The request is one end
// of a cable that lies in the machine's own namespace; who has the rights accepts it by taking it into theirs.
type Link struct {
	ID          string         `json:"id"`      // of the peering
	Network     string         `json:"network"` // the customer's namespace
	Ranges      []netip.Prefix `json:"ranges"`
	Zones       []string       `json:"zones,omitempty"` // in which the customer's workers run
	RequestedAt time.Time      `json:"requestedAt"`
	Accepted    bool           `json:"accepted,omitempty"` // it was active once
}

// Patience is how long a request waits to be accepted, as long as that of a cloud.
const Patience = 7 * 24 * time.Hour

// LinkState is how far a link is.
type LinkState int

// The states of links.
const (
	Absent   LinkState = iota // never requested, or removed
	Offered                   // waits to be taken
	Expired                   // waited too long
	Taken                     // not yet raised
	Active                    // packets pass
	Rejected                  // the offered end was deleted
	Lost                      // the end that was taken was deleted
	Foreign                   // taken into another namespace than the one that was named
)

// Port returns the name of both ends of the cable.
func (l Link) Port() string {
	h := sha256.Sum256([]byte(l.ID))
	return fmt.Sprintf("pcx%x", h[:4])
}

// ends returns the addresses of the cable's ends: a network of four link-local addresses, chosen by the id, so that no two
// links of one customer are likely to want the same.
func (l Link) ends() (ours, theirs netip.Prefix) {
	h := sha256.Sum256([]byte("ends of " + l.ID))
	n := binary.BigEndian.Uint16(h[:2]) &^ 3
	at := func(host uint16) netip.Prefix {
		n := n + host
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{169, 254, byte(n >> 8), byte(n)}), 30)
	}
	return at(1), at(2)
}

// Acceptance returns the command lines with which the customer takes the link and routes to the network.
func (l Link) Acceptance(network netip.Prefix) []string {
	ours, theirs := l.ends()
	return []string{
		fmt.Sprintf("ip link set %s netns %s", l.Port(), l.Network),
		// Of this scope, so that the address is not taken for that of a program that connects.
		fmt.Sprintf("ip -n %s address add %s scope link dev %s", l.Network, theirs, l.Port()),
		fmt.Sprintf("ip -n %s link set %s up", l.Network, l.Port()),
		fmt.Sprintf("ip -n %s route add %s via %s", l.Network, network, ours.Addr()),
	}
}

// terraform returns the acceptance as a resource of Terraform, which is run as root on the machine.
func (l Link) terraform(network netip.Prefix) string {
	return fmt.Sprintf(`resource "terraform_data" "podium_%[1]s" {
  input = "ip -n %[2]s link delete %[1]s"
  provisioner "local-exec" {
    command = <<-EOT
      set -e
      %[3]s
    EOT
  }
  provisioner "local-exec" {
    when       = destroy
    on_failure = continue
    command    = self.input
  }
}`, l.Port(), l.Network, strings.Join(l.Acceptance(network), "\n      "))
}

// Offer makes the request. One that waits or was taken stays; one that ended is made anew.
func (n *Networks) Offer(ctx context.Context, id string, l Link) error {
	defer n.lock(id)()
	s, err := n.load(id)
	if err != nil {
		return err
	}
	if len(s.Zones) == 0 {
		return fmt.Errorf("network %s does not exist", id)
	}
	at := slices.IndexFunc(s.Links, func(o Link) bool { return o.ID == l.ID })
	if at >= 0 {
		switch n.look(ctx, id, s.Links[at]) {
		case Offered, Taken, Active:
			return n.raise(ctx, id, s.Links[at])
		}
		if err := n.removeLink(ctx, id, s.Links[at]); err != nil {
			return err
		}
		s.Links[at] = l
	} else {
		s.Links = append(s.Links, l)
	}
	if err := n.save(id, s); err != nil {
		return err
	}
	if err := ip(ctx, "link", "add", l.Port(), "type", "veth", "peer", "name", l.Port(), "netns", n.Router(id)); err != nil {
		return err
	}
	return n.raise(ctx, id, l)
}

// raise makes our end of the cable usable.
func (n *Networks) raise(ctx context.Context, id string, l Link) error {
	ours, _ := l.ends()
	if err := ip(ctx, "-n", n.Router(id), "address", "replace", ours.String(), "dev", l.Port()); err != nil {
		return err
	}
	return ip(ctx, "-n", n.Router(id), "link", "set", l.Port(), "up")
}

// Look returns a link as it was requested, and how far it is.
func (n *Networks) Look(ctx context.Context, id, link string) (Link, LinkState, error) {
	defer n.lock(id)()
	s, err := n.load(id)
	if err != nil {
		return Link{}, Absent, err
	}
	at := slices.IndexFunc(s.Links, func(o Link) bool { return o.ID == link })
	if at < 0 {
		return Link{}, Absent, nil
	}
	l := s.Links[at]
	state := n.look(ctx, id, l)
	if state == Active && !l.Accepted { // remembered, as it tells a rejection from an end
		s.Links[at].Accepted, l.Accepted = true, true
		err = n.save(id, s)
	}
	return l, state, err
}

// Links returns the links of a network.
func (n *Networks) Links(id string) ([]Link, error) {
	s, err := n.load(id)
	return s.Links, err
}

func (n *Networks) look(ctx context.Context, id string, l Link) LinkState {
	var ends []struct {
		State string `json:"operstate"`
	}
	err := ipJSON(ctx, &ends, "-n", n.Router(id), "link", "show", "dev", l.Port())
	switch {
	case err != nil || len(ends) == 0:
		if l.Accepted {
			return Lost
		}
		return Rejected
	case linked(ctx, "", l.Port()):
		if time.Since(l.RequestedAt) > Patience {
			return Expired
		}
		return Offered
	case !namespaceExists(l.Network) || !linked(ctx, l.Network, l.Port()):
		return Foreign
	case ends[0].State != "UP":
		return Taken
	}
	return Active
}

// Withdraw ends a link with all that belongs to it. One that does not exist is no error.
func (n *Networks) Withdraw(ctx context.Context, id, link string) error {
	defer n.lock(id)()
	s, err := n.load(id)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(s.Links, func(o Link) bool { return o.ID == link })
	if at < 0 {
		return nil
	}
	if err := n.removeLink(ctx, id, s.Links[at]); err != nil {
		return err
	}
	s.Links = slices.Delete(s.Links, at, at+1)
	return n.save(id, s)
}

// removeLink deletes the cable: one end takes the other along, wherever it is.
func (n *Networks) removeLink(ctx context.Context, id string, l Link) error {
	if !namespaceExists(n.Router(id)) || !linked(ctx, n.Router(id), l.Port()) {
		return nil
	}
	err := ip(ctx, "-n", n.Router(id), "link", "delete", "dev", l.Port())
	if err != nil && !linked(ctx, n.Router(id), l.Port()) {
		return nil // it went meanwhile, with the namespace of the other end
	}
	return err
}

// Route leads packets to the ranges of a link through it, or no longer.
func (n *Networks) Route(ctx context.Context, id string, l Link, on bool) error {
	defer n.lock(id)()
	router, port := n.Router(id), l.Port()
	if !on && (!namespaceExists(router) || !linked(ctx, router, port)) {
		return nil // the routes went with the cable
	}
	_, theirs := l.ends()
	for _, r := range l.Ranges {
		var err error
		if on {
			err = ip(ctx, "-n", router, "route", "replace", r.String(), "via", theirs.Addr().String(), "dev", port)
		} else {
			err = ip(ctx, "-n", router, "route", "flush", r.String(), "dev", port)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Allow lets the ranges of a link reach these ports of the network, or no longer.
func (n *Networks) Allow(ctx context.Context, id string, l Link, ports []int, on bool) error {
	defer n.lock(id)()
	s, err := n.load(id)
	if err != nil {
		return err
	}
	if on {
		return nft(ctx, n.Router(id), openRules(l.Port(), s.Range, l.Ranges, ports))
	}
	if !namespaceExists(n.Router(id)) {
		return nil
	}
	return nft(ctx, n.Router(id), closeRules(l.Port()))
}
