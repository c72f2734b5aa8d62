package balancer

import (
	"io"
	"slices"

	"github.com/podium-cloud/podium/provisioner/local/vpc"
)

// relays are those that are open.
type relays map[Relay]io.Closer

// follow makes the relays those of a plan.
func (r relays) follow(plan []Relay) error {
	for way, open := range r {
		if !slices.Contains(plan, way) {
			_ = open.Close()
			delete(r, way)
		}
	}
	for _, way := range plan {
		if r[way] != nil {
			continue
		}
		open, err := vpc.OpenRelay(way.Namespace, way.Address)
		if err != nil {
			return err
		}
		r[way] = open
	}
	return nil
}
