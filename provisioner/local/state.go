package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/podium-cloud/podium/provisioner"
)

// Names in a cluster's folder.
const (
	stateName  = "state.json"
	dataName   = "data"
	tokenName  = "join-token"
	logName    = "node.log"
	oldLogName = "node.log.1"
	tmpSuffix  = ".tmp"
)

// state is what must be known of a unit after a crash. It is on disk before what it says is done. That of a cluster whose
// nodes share their store is of the cluster alone: its endpoint, and Shared.
type state struct {
	ClusterID       string `json:"clusterId"`
	Shared          bool   `json:"shared,omitempty"` // the cluster's nodes share a store
	Port            int    `json:"port"`
	GRPC            int    `json:"grpc,omitempty"`  // second port, of a node that shares a store
	Run             bool   `json:"run"`             // it should run
	Login           int    `json:"login,omitempty"` // serial of the credentials that it was started with
	ControlPlaneURL string `json:"controlPlaneUrl,omitempty"`
	PID             int    `json:"pid,omitempty"`     // 0: none is recorded
	Born            string `json:"born,omitempty"`    // when the process began, as the system tells it
	Version         string `json:"version,omitempty"` // of the binary that was started
	Wanted          string `json:"wanted,omitempty"`  // version that was asked for
	Size            string `json:"size,omitempty"`    // of the catalog
}

func (c *Cloud) path(id string, name ...string) string {
	return filepath.Join(append([]string{c.Dir, id}, name...)...)
}

// load returns the state of a unit or of a whole cluster, the zero value when there is none.
func (c *Cloud) load(u unit) (state, error) {
	var s state
	b, err := os.ReadFile(c.path(string(u), stateName))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		return s, fmt.Errorf("read the state of %s: %w", u, err)
	}
	return s, nil
}

func (c *Cloud) save(u unit, s state) error {
	s.ClusterID = u.cluster()
	b, err := json.MarshalIndent(s, "", "  ")
	if err == nil {
		err = os.MkdirAll(c.path(string(u)), 0o700)
	}
	if err == nil {
		err = writeFile(c.path(string(u), stateName), append(b, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write the state of %s: %w", u, err)
	}
	return nil
}

// writeFile replaces a file durably and at once: after a crash it holds the former or the new content.
func writeFile(path string, b []byte) error {
	tmp := path + tmpSuffix
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// remove deletes what is in the cluster's folder and for which which is true, and the folder when that leaves it empty.
func (c *Cloud) remove(id string, which func(name string) bool) error {
	entries, err := os.ReadDir(c.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var failed []error
	left := len(entries)
	for _, e := range entries {
		if !which(e.Name()) {
			continue
		}
		if err := os.RemoveAll(c.path(id, e.Name())); err != nil {
			failed = append(failed, err)
			continue
		}
		left--
	}
	if left == 0 {
		failed = append(failed, os.Remove(c.path(id)))
	}
	return errors.Join(failed...)
}

func isState(name string) bool { return name == stateName || name == stateName+tmpSuffix }
func isToken(name string) bool { return name == tokenName || name == tokenName+tmpSuffix }

// isOurs reports whether this package makes things of that name.
func isOurs(name string) bool {
	return isState(name) || isToken(name) || isUnit(name) || slices.Contains([]string{dataName, logName, oldLogName}, name)
}

// ids returns the clusters that have a folder.
func (c *Cloud) ids() ([]string, error) {
	entries, err := os.ReadDir(c.Dir)
	if err != nil {
		return nil, fmt.Errorf("read the folder of clusters: %w", err)
	}
	var ids []string
	for _, e := range entries {
		if e.IsDir() && provisioner.ValidClusterID(e.Name()) {
			ids = append(ids, e.Name())
		}
	}
	return ids, nil
}
