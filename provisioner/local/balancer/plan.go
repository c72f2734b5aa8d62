// Package balancer is the one address of a cluster whose nodes are several processes of this machine: it passes HTTP and
// gRPC on to those that are healthy. It runs as a process of its own, so that it outlives whoever started it.
//
// A folder is all that it is told by and tells by: plan.json says which nodes there are, status.json what has become of it.
// A node that is taken out of the plan gets nothing new from the moment on at which the status has the plan's serial.
package balancer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2"
)

const (
	planName   = "plan.json"
	statusName = "status.json"
	// lookEvery is the pause between two looks at the plan, or at the status by those who wait for it.
	lookEvery = 20 * time.Millisecond
)

// Plan says where to listen and which nodes there are.
type Plan struct {
	Serial int64  `json:"serial"` // grows with every change
	Listen string `json:"listen"` // host:port; one that has begun to listen stays where it is
	Nodes  []Node `json:"nodes"`
	// Inside is the network namespace from which nodes are reached; "": that of the balancer. It stays as it is at the start.
	Inside string `json:"inside,omitempty"`
	// Relays are what nodes in network namespaces reach of the machine's loopback.
	Relays []Relay `json:"relays,omitempty"`
}

// Relay makes an address of the machine's loopback reached at the same address in a network namespace.
type Relay struct {
	Namespace string `json:"namespace"`
	Address   string `json:"address"` // host:port
}

// Node is where one node serves.
type Node struct {
	Index int    `json:"index"`
	HTTP  string `json:"http"` // host:port
	GRPC  string `json:"grpc"` // host:port
}

// Status says what is in force.
type Status struct {
	Serial  int64 `json:"serial"`  // of the plan
	Healthy []int `json:"healthy"` // indexes of the nodes that get requests, in ascending order
}

// WritePlan puts a plan into the folder, at once.
func WritePlan(folder string, p Plan) error { return write(folder, planName, p) }

// ReadPlan returns the plan, the zero value when there is none.
func ReadPlan(folder string) (Plan, error) { return read[Plan](folder, planName) }

// ReadStatus returns what a balancer has told last, the zero value when none has. Only one that runs makes it true.
func ReadStatus(folder string) (Status, error) { return read[Status](folder, statusName) }

// Forget removes the status, of a balancer that has ended.
func Forget(folder string) error {
	err := os.Remove(filepath.Join(folder, statusName))
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("remove what a balancer has told: %w", err)
}

// Await waits until the plan of a serial, or a later one, is in force, or ctx ends; then it returns an error.
func Await(ctx context.Context, folder string, serial int64) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		s, err := ReadStatus(folder)
		if err == nil && s.Serial >= serial {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("the balancer does not take up its plan: %w", errors.Join(ctx.Err(), err))
		}
	}
}

func write(folder, name string, v any) error {
	b, err := json.Marshal(v)
	if err == nil {
		err = renameio.WriteFile(filepath.Join(folder, name), b, 0o600)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func read[T any](folder, name string) (v T, err error) {
	b, err := os.ReadFile(filepath.Join(folder, name))
	if errors.Is(err, fs.ErrNotExist) {
		return v, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		return v, fmt.Errorf("read %s: %w", name, err)
	}
	return v, nil
}
