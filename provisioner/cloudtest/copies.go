package cloudtest

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/podium-cloud/podium/provisioner"
)

// backup is a copy of the data of one cluster.
type backup struct {
	at        time.Time
	data      string
	recipient string
}

var errNoBackup = provisioner.Permanent(errors.New("there is no such backup"))

// Keep sets what a cluster keeps.
func (m *Memory) Keep(id, data string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.of(id).data = data
}

// Kept returns what a cluster keeps.
func (m *Memory) Kept(id string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.of(id).data
}

// Backup implements [provisioner.Backups], like the methods that follow.
func (m *Memory) Backup(ctx context.Context, s provisioner.ClusterSpec, c provisioner.Copy) (provisioner.Backup, error) {
	var made provisioner.Backup
	err := m.change(ctx, s.ID, func(t *things) error {
		b, exists := t.files[c.Name]
		if !exists {
			b = backup{time.Now().UTC(), t.data, c.Recipient}
			t.files[c.Name] = b
		}
		made = provisioner.Backup{Name: c.Name, At: b.at, Bytes: int64(len(b.data))}
		return nil
	})
	return made, err
}

// OpenBackup reads the data.
func (m *Memory) OpenBackup(_ context.Context, s provisioner.ClusterSpec, name string) (io.ReadCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, exists := m.of(s.ID).files[name]
	if !exists {
		return nil, errNoBackup
	}
	return io.NopCloser(strings.NewReader(b.data)), nil
}

// Fenced reports whether what the cluster keeps was restored behind a fence.
func (m *Memory) Fenced(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.of(id).fenced
}

// Restore refuses while a node runs, and a key that is not that of the copy.
func (m *Memory) Restore(ctx context.Context, s provisioner.ClusterSpec, from provisioner.Source, r provisioner.Restoring) error {
	m.mu.Lock()
	b, exists := m.of(from.Cluster.ID).files[from.Backup]
	m.mu.Unlock()
	if !exists {
		return errNoBackup
	}
	return m.change(ctx, s.ID, func(t *things) error {
		if len(t.nodes) > 0 {
			return errRunning
		}
		if r.Key != keyOf(b.recipient) {
			return errors.New("the key does not fit")
		}
		t.data, t.fenced = b.data, r.Fence
		return nil
	})
}

// RemoveBackup forgets the copy.
func (m *Memory) RemoveBackup(ctx context.Context, s provisioner.ClusterSpec, name string) error {
	return m.change(ctx, s.ID, func(t *things) error { delete(t.files, name); return nil })
}

// keyOf is the key that opens what is sealed to a recipient of [Control].
func keyOf(recipient string) string { return Secret + "-of-" + recipient }
