package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// unit is a process of a cluster, named by its folder below Dir: "c1" is the node of a cluster with an embedded store;
// "c1/node-0" is one of the nodes of a cluster that share theirs, and "c1/balancer" is what stands before them.
type unit string

const (
	nodePrefix   = "node-"
	balancerName = "balancer"
	linkName     = "link.json"
)

func nodeOf(id string, index int) unit { return unit(id + "/" + nodePrefix + strconv.Itoa(index)) }
func balancerOf(id string) unit        { return unit(id + "/" + balancerName) }

func (u unit) cluster() string {
	id, _, _ := strings.Cut(string(u), "/")
	return id
}

// name is that of the folder within the cluster's, "" for the node of an embedded store.
func (u unit) name() string {
	_, name, _ := strings.Cut(string(u), "/")
	return name
}

// index is that of a node; a balancer has none, -1.
func (u unit) index() int {
	switch name := u.name(); name {
	case "":
		return 0
	case balancerName:
		return -1
	default:
		n, err := strconv.Atoi(strings.TrimPrefix(name, nodePrefix))
		if err != nil {
			return -1
		}
		return n
	}
}

func (u unit) shared() bool   { return u.name() != "" }
func (u unit) balancer() bool { return u.name() == balancerName }

// isUnit reports whether a folder of that name, in a cluster's, is one of a unit.
func isUnit(name string) bool {
	digits, ok := strings.CutPrefix(name, nodePrefix)
	_, err := strconv.ParseUint(digits, 10, 16)
	return name == balancerName || ok && err == nil
}

// units returns those of a cluster that there may be processes of: the nodes by their index, then the balancer.
func (c *Cloud) units(id string) ([]unit, error) {
	s, err := c.load(unit(id))
	if err != nil {
		return nil, err
	}
	var all []unit
	if !s.Shared {
		all = append(all, unit(id))
	}
	entries, err := os.ReadDir(c.path(id))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the folder of cluster %s: %w", id, err)
	}
	for _, e := range entries {
		if e.IsDir() && isUnit(e.Name()) {
			all = append(all, unit(id+"/"+e.Name()))
		}
	}
	// As a number without a sign, the -1 of the balancer is the largest.
	slices.SortFunc(all, func(a, b unit) int { return int(uint16(a.index())) - int(uint16(b.index())) })
	return all, nil
}

// unitOf reads the unit from a process's command line, whose arguments each end with separator.
func (c *Cloud) unitOf(command string) (u unit, ok bool) {
	for flag, file := range map[string]string{dataFlag: dataName, linkFlag: linkName, folderFlag: ""} {
		_, rest, found := strings.Cut(command, separator+flag+separator+c.Dir+string(os.PathSeparator))
		if !found {
			continue
		}
		path, _, _ := strings.Cut(rest, separator)
		if file != "" {
			if filepath.Base(path) != file {
				continue
			}
			path = filepath.Dir(path)
		}
		return unit(filepath.ToSlash(path)), true
	}
	return "", false
}
