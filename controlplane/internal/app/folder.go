package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/id"
)

// folder is the control plane's part of the data folder, held by one process at a time.
type folder struct {
	dir  string
	lock *os.File
}

// lockPatience is how long another process may hold the lock. A data plane that was being started by a process which has
// just been killed holds what that process had open, until its own program runs.
const lockPatience = 2 * time.Second

// openFolder makes the folder if it is absent and takes its lock, which ends with the process.
func openFolder(ctx context.Context, dir string) (*folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := takeLock(ctx, lock); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = fmt.Errorf("another control plane runs on %s", dir)
		}
		return nil, errors.Join(fmt.Errorf("data folder: %w", err), lock.Close())
	}
	return &folder{dir, lock}, nil
}

func takeLock(ctx context.Context, lock *os.File) error {
	ctx, stop := context.WithTimeout(ctx, lockPatience)
	defer stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return err
		}
	}
}

// Close gives the lock back.
func (f *folder) Close() error { return f.lock.Close() }

func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

// instances names databases.
type instances interface {
	InstanceID(ctx context.Context, candidate string) (string, error)
}

// belongsTo checks that the folder and the database have always been used together. Data planes in the folder that the
// database does not know are removed at the start, so a wrong database must not get that far.
func (f *folder) belongsTo(ctx context.Context, db instances) error {
	instance, err := db.InstanceID(ctx, id.New("pod"))
	if err != nil {
		return fmt.Errorf("name of the database: %w", err)
	}
	path := f.path("instance")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return os.WriteFile(path, []byte(instance+"\n"), 0o600)
	}
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if was := strings.TrimSpace(string(text)); was != "" && was != instance {
		return fmt.Errorf("data folder %s belongs to another database; give the one it was used with, or another --data", f.dir)
	}
	return nil
}
