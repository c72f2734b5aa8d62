package vpc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// etcDir is where ip looks for the files that stand in for those of /etc in a namespace.
const etcDir = "/etc/netns"

// localhost begins a file of names that is made here, as it hides the machine's own.
const localhost = "127.0.0.1 localhost # podium"

// Name is one name of a network, and the addresses that it stands for, best first.
type Name struct {
	Name      string
	Addresses []netip.Addr
}

// Announce makes names known in the customer's namespace: programs that `ip netns exec` starts there find them.
func (n *Networks) Announce(_ context.Context, l Link, names []Name) error {
	n.names.Lock()
	defer n.names.Unlock()
	lines, err := n.otherNames(l)
	if err != nil {
		return err
	}
	if len(lines) == 0 {
		lines = []string{localhost}
	}
	for _, name := range names {
		for _, a := range name.Addresses {
			lines = append(lines, fmt.Sprintf("%s %s # podium %s", a, name.Name, l.ID))
		}
	}
	if err := os.MkdirAll(filepath.Dir(hostsOf(l.Network)), 0o755); err != nil { //nolint:gosec // as ip's own files: for all to read
		return fmt.Errorf("announce names: %w", err)
	}
	return write(l.Network, lines)
}

// Unannounce takes the names of a link away.
func (n *Networks) Unannounce(_ context.Context, l Link) error { return n.removeNames(l) }

func (n *Networks) removeNames(l Link) error {
	n.names.Lock()
	defer n.names.Unlock()
	lines, err := n.otherNames(l)
	if err != nil || lines == nil {
		return err
	}
	if slices.Equal(lines, []string{localhost}) {
		if err := os.Remove(hostsOf(l.Network)); err != nil {
			return fmt.Errorf("take names away: %w", err)
		}
		_ = os.Remove(filepath.Dir(hostsOf(l.Network))) // stays when there are other files in it
		return nil
	}
	return write(l.Network, lines)
}

// otherNames returns the lines of the file but those of the link; nil when there is no file.
func (n *Networks) otherNames(l Link) ([]string, error) {
	b, err := os.ReadFile(hostsOf(l.Network))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	lines := strings.Split(strings.TrimRight(string(b), "\n"), "\n")
	return slices.DeleteFunc(lines, l.names), nil
}

// names reports whether a line of the file belongs to the link.
func (l Link) names(line string) bool { return strings.HasSuffix(line, " # podium "+l.ID) }

// announced reports whether names of the link are known.
func (l Link) announced() (bool, error) {
	b, err := os.ReadFile(hostsOf(l.Network))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("read names: %w", err)
	}
	return slices.ContainsFunc(strings.Split(string(b), "\n"), l.names), nil
}

// write keeps the file and changes its content, as running programs see this very file.
func write(ns string, lines []string) error {
	//nolint:gosec // names are for all to read
	if err := os.WriteFile(hostsOf(ns), []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		return fmt.Errorf("write names: %w", err)
	}
	return nil
}

func hostsOf(ns string) string { return filepath.Join(etcDir, ns, "hosts") }
