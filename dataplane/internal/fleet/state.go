package fleet

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// state is what the link remembers between runs.
type state struct {
	NodeID    string           `json:"nodeId"`
	ClusterID string           `json:"clusterId"`
	LinkToken string           `json:"linkToken,omitempty"`
	Config    *fleetapi.Config `json:"config,omitempty"`
	credentials
}

func recall(ctx context.Context, m Memory) (state, error) {
	var s state
	b, err := m.Load(ctx)
	if err != nil || len(b) == 0 {
		return s, err
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, fmt.Errorf("what the node remembers of the control plane: %w", err)
	}
	return s, nil
}

func (s state) keep(ctx context.Context, m Memory) error {
	b, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encode what the node remembers: %w", err)
	}
	return m.Save(ctx, b)
}
