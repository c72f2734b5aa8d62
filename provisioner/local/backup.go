package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/podium-cloud/podium/provisioner"
)

// A copy is the file <Backups>/<cluster id>/<name>.podium, sealed to a key that this cloud does not have. It has its name when
// it is complete. The data plane's own program writes and reads it.

// BackupSuffix ends the names of the files.
const BackupSuffix = ".podium"

var _ provisioner.Backups = (*Cloud)(nil)

func (c *Cloud) backup(id, name string) (string, error) {
	if !provisioner.ValidClusterID(id) || !provisioner.ValidClusterID(name) {
		return "", provisioner.Permanent(fmt.Errorf("backup %q of cluster %q: a name is not valid", name, id))
	}
	return filepath.Join(c.Backups, id, name+BackupSuffix), nil
}

// Backup has the data plane write its export, while it serves.
func (c *Cloud) Backup(ctx context.Context, s provisioner.ClusterSpec, b provisioner.Copy) (provisioner.Backup, error) {
	path, err := c.backup(s.ID, b.Name)
	if err != nil {
		return provisioner.Backup{}, err
	}
	if made, err := complete(path, b.Name); err == nil {
		return made, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return provisioner.Backup{}, roomless(c.Backups, fmt.Errorf("make the folder of backups: %w", err))
	}
	if err := errors.Join(dropParts(path), syncDir(c.Backups)); err != nil {
		return provisioner.Backup{}, err
	}
	if err := c.transfer(ctx, s, "", "export", "--recipient", b.Recipient, "--cluster-id", s.ID, path); err != nil {
		return provisioner.Backup{}, roomless(c.Backups, err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return provisioner.Backup{}, err
	}
	return complete(path, b.Name)
}

// complete describes a copy that is there. Its file is as old as what it shows.
func complete(path, name string) (provisioner.Backup, error) {
	info, err := os.Stat(path)
	if err != nil {
		return provisioner.Backup{}, err
	}
	return provisioner.Backup{Name: name, At: info.ModTime().UTC(), Bytes: info.Size()}, nil
}

// dropParts removes what earlier attempts at a copy have left.
func dropParts(path string) error {
	parts, err := filepath.Glob(filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"*"))
	for _, p := range parts {
		err = errors.Join(err, os.Remove(p))
	}
	return err
}

// OpenBackup reads the file.
func (c *Cloud) OpenBackup(_ context.Context, s provisioner.ClusterSpec, name string) (io.ReadCloser, error) {
	path, err := c.backup(s.ID, name)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, provisioner.Permanent(fmt.Errorf("there is no backup %s any more", name))
	}
	return f, err
}

// Restore has the data plane's program read a copy, which it does to the end before it changes anything.
func (c *Cloud) Restore(ctx context.Context, s provisioner.ClusterSpec, from provisioner.Source, r provisioner.Restoring) error {
	path, err := c.backup(from.Cluster.ID, from.Backup)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return provisioner.Permanent(fmt.Errorf("there is no backup %s any more", from.Backup))
	}
	cl, err := c.lock(s.ID)
	if err != nil {
		return err
	}
	defer cl.mu.Unlock()
	if running, err := c.runs(s.ID, cl); err != nil {
		return err
	} else if running {
		return errRunning
	}
	// The key comes through a pipe, so that it is in no file and in no list of processes.
	err = c.transfer(ctx, s, r.Key, "import", "--replace", fmt.Sprintf("--fence=%t", r.Fence), "--key-file", "/dev/stdin", path)
	return roomless(c.Dir, err)
}

// roomless puts an error that says that a disk is full into words that tell what to do. It goes by the text, as it may be that
// of a program.
func roomless(folder string, err error) error {
	if err == nil || !strings.Contains(err.Error(), syscall.ENOSPC.Error()) {
		return err
	}
	return fmt.Errorf("the disk with %s on the machine of the control plane is full: make room there, for example by deleting "+
		"backups that nobody needs any more", folder)
}

// RemoveBackup deletes the file, and the folder with the last one.
func (c *Cloud) RemoveBackup(_ context.Context, s provisioner.ClusterSpec, name string) error {
	path, err := c.backup(s.ID, name)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove backup %s: %w", name, err)
	}
	if err := dropParts(path); err != nil {
		return fmt.Errorf("remove backup %s: %w", name, err)
	}
	_ = os.Remove(filepath.Dir(path)) // stays while there are others
	return nil
}

// kept returns the program for what a cluster keeps, and the environment that says where that is. Not flags: nodes are
// recognized by their command lines, and everybody can read those.
func (c *Cloud) kept(ctx context.Context, s provisioner.ClusterSpec) (path string, env []string, err error) {
	now, err := c.load(unit(s.ID))
	if err != nil {
		return "", nil, err
	}
	binary, data := c.binary(s.Version), c.path(s.ID, dataName)
	if !now.Shared {
		return binary.Path, []string{"PODIUM_EDGE_DATA=" + data}, nil
	}
	if c.Backing == nil {
		return "", nil, errNoBacking
	}
	login, err := c.Backing.Login(ctx, s.ID)
	if err != nil {
		return "", nil, err
	}
	return binary.Shared, []string{
		"PODIUM_DATAPLANE_POSTGRES=" + login.Postgres,
		"PODIUM_DATAPLANE_SECRET_KEY_FILE=" + filepath.Join(data, "secret.key"),
		"PODIUM_DATAPLANE_PAYLOAD_DIR=" + filepath.Join(data, "payloads"),
	}, nil
}

// transfer runs the data plane's program on what a cluster keeps.
func (c *Cloud) transfer(ctx context.Context, s provisioner.ClusterSpec, stdin, verb string, args ...string) error {
	path, env, err := c.kept(ctx, s)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, path, append([]string{verb}, args...)...)
	cmd.Env = append(environment(os.Environ()), append(limits(s.Size), env...)...)
	cmd.Stdin = strings.NewReader(stdin)
	// One that outlived this process could still write when the next one begins anew.
	endWithThread(cmd)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("%s: %w", verb, ctx.Err())
		}
		text := strings.TrimSpace(said.String())
		if i := strings.LastIndexByte(text, '\n'); i >= 0 {
			text = text[i+1:]
		}
		if text == "" {
			text = err.Error()
		}
		return fmt.Errorf("%s: %s", verb, text)
	}
	return nil
}
