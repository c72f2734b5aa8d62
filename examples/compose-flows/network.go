package compose

import (
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/conductor-sdk/conductor-go/sdk/model"

	"github.com/podium-cloud/podium/examples/internal/example"
)

// Network is the devices of all customers.
type Network struct {
	mu      sync.Mutex
	devices map[string]map[string]any // settings by customer/device
}

// NewNetwork makes a network in which each customer has two routers.
func NewNetwork(customers ...string) *Network {
	n := &Network{devices: map[string]map[string]any{}}
	for _, c := range customers {
		for _, device := range []string{"router-1", "router-2"} {
			n.devices[c+"/"+device] = map[string]any{"hostname": device, "vlan": 1, "mtu": 1500}
		}
	}
	return n
}

// Settings returns what a device is set to; nil: there is no such device.
func (n *Network) Settings(customer, device string) map[string]any {
	n.mu.Lock()
	defer n.mu.Unlock()
	return maps.Clone(n.devices[customer+"/"+device])
}

// Worker makes the worker that reaches into the network. A task says by the name of its workflow whose devices it is about,
// which no customer chooses: the vendor's application makes the names.
func (n *Network) Worker() example.Example {
	return example.Example{Steps: map[string]model.ExecuteTaskFunction{
		"read_config": example.Step(n.read), "write_config": example.Step(n.write),
	}}
}

type change struct {
	Device  string `json:"device"`
	Setting string `json:"setting"`
	Value   any    `json:"value"`
}

func (n *Network) read(t *model.Task, in change) (map[string]any, error) {
	customer, _, _ := strings.Cut(t.WorkflowType, ".")
	settings := n.Settings(customer, in.Device)
	if settings == nil {
		return nil, example.Permanent("device: there is no %s", in.Device)
	}
	return map[string]any{"config": settings}, nil
}

func (n *Network) write(t *model.Task, in change) (map[string]any, error) {
	customer, _, _ := strings.Cut(t.WorkflowType, ".")
	n.mu.Lock()
	defer n.mu.Unlock()
	settings := n.devices[customer+"/"+in.Device]
	if settings == nil {
		return nil, example.Permanent("device: there is no %s", in.Device)
	}
	before := settings[in.Setting]
	settings[in.Setting] = in.Value
	return map[string]any{"before": fmt.Sprint(before)}, nil
}
