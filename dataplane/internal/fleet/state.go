package fleet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/google/renameio/v2"

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

func readState(path string) (state, error) {
	var s state
	if path == "" {
		return s, nil
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read link file: %w", err)
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, fmt.Errorf("read link file %s: %w", path, err)
	}
	return s, nil
}

func (s state) write(path string) error {
	if path == "" {
		return nil
	}
	b, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encode link file: %w", err)
	}
	if err := renameio.WriteFile(path, b, 0o600); err != nil {
		return fmt.Errorf("write link file: %w", err)
	}
	return nil
}
