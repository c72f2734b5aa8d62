package publish

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
)

// ErrNotAtEdge says that the edge had no copy of a file when it was asked.
var ErrNotAtEdge = errors.New("the edge has no copy yet and is fetching one from the origin")

// Network is a content delivery network in a folder: files are put on its origin and served from its edge, which fetches
// what it lacks when it is first asked for it. So the first look at a new file fails, as it may on a real network.
type Network struct {
	root *os.Root
}

// OpenNetwork opens the network in dir and makes the folder when it is absent.
func OpenNetwork(dir string) (*Network, error) {
	root, err := openFolder(dir)
	if err != nil {
		return nil, fmt.Errorf("open delivery network: %w", err)
	}
	return &Network{root: root}, nil
}

// Close releases the folder; the files stay.
func (n *Network) Close() error { return n.root.Close() }

// Put places a file on the origin, replacing one that is there. The edge drops its copy if that has other content.
func (n *Network) Put(name string, content []byte) error {
	if old, err := n.root.ReadFile(path.Join("origin", name)); err == nil && string(old) == string(content) {
		return nil
	}
	if err := n.root.Remove(path.Join("edge", name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("drop copy at the edge: %w", err)
	}
	return n.Leave(path.Join("origin", name), content)
}

// Get reads a file from the edge. ErrNotAtEdge says that it was not there; another call will find it.
func (n *Network) Get(name string) ([]byte, error) {
	served, err := n.root.ReadFile(path.Join("edge", name))
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return served, err
	}
	content, err := n.root.ReadFile(path.Join("origin", name))
	if err != nil {
		return nil, fmt.Errorf("read origin: %w", err)
	}
	if err := n.Leave(path.Join("edge", name), content); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%s: %w", name, ErrNotAtEdge)
}

// Leave writes a file of the network's folder whole or not at all, making the folders above it.
func (n *Network) Leave(name string, content []byte) error {
	if err := n.root.MkdirAll(path.Dir(name), 0o750); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	part := name + "." + rand.Text() // of its own, as two workers may write the same file
	if err := n.root.WriteFile(part, content, 0o640); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := n.root.Rename(part, name); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
