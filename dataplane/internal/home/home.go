// Package home tells which node an execution lives on. An execution belongs to a slot, by its id; a slot's home is chosen among
// the live nodes by rendezvous hashing, so that a node that joins or leaves moves only its own share. Sub-workflows take
// the slot of their parent, so that a whole tree lives on one node. A home is a matter of speed: any node may handle any
// execution, and the store refuses a step that was decided on an old state. Pure.
package home

import (
	"fmt"
	"hash/fnv"
	"strconv"
)

// Slots is the number of slots.
const Slots = 4096

// digits of an id tell its slot.
const digits = 3

// Slot returns the slot of an execution or task, from 0 to Slots-1: the number that the id's last three characters write
// in lower-case hexadecimal, and a hash of the id when they are something else.
func Slot(id string) int {
	if n := len(id); n > digits {
		if slot, ok := parse(id[n-digits:]); ok {
			return slot
		}
	}
	h := fnv.New32a()
	h.Write([]byte(id))
	return int(h.Sum32() % Slots)
}

func parse(s string) (slot int, ok bool) {
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			slot = slot<<4 | int(c-'0')
		case 'a' <= c && c <= 'f':
			slot = slot<<4 | int(c-'a'+10)
		default:
			return 0, false
		}
	}
	return slot, true
}

// In returns the id (a UUID) moved to a slot.
func In(slot int, id string) string {
	return id[:len(id)-digits] + fmt.Sprintf("%0*x", digits, slot%Slots)
}

// With returns the id (a UUID) moved to the slot of another id.
func With(other, id string) string { return In(Slot(other), id) }

// Of returns the home of a slot among nodes, which are named by ids in any order; "" when there are none.
func Of(slot int, nodes []string) string {
	var best string
	var most uint64
	for _, node := range nodes {
		h := fnv.New64a()
		h.Write([]byte(node))
		h.Write(strconv.AppendInt(nil, int64(slot), 16))
		if score := mix(h.Sum64()); best == "" || score > most || score == most && node < best {
			best, most = node, score
		}
	}
	return best
}

// mix spreads a hash over all bits (the finalizer of MurmurHash3).
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
