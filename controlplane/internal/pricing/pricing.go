// Package pricing knows what clusters cost, from the operator's file. Without a file nothing is charged for, and everything
// that shows prices says so. It is pure but for reading the file.
package pricing

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/provisioner"
)

// Price is what a cluster of a size costs, in hundredths of the list's currency for 30 days.
type Price struct {
	Cluster int64 `json:"cluster"` // as long as the cluster exists, paused or not
	Node    int64 `json:"node"`    // for each node that runs
}

// List is the prices of an installation. The nil List charges for nothing.
type List struct {
	Currency string                      `json:"currency"` // ISO 4217, such as EUR
	Clouds   map[string]map[string]Price `json:"clouds"`   // by the cloud's name and the size's id; what is left out is free
}

var currency = regexp.MustCompile(`^[A-Z]{3}$`)

// Load reads a list from a file; without a path it is nil.
func Load(path string) (*List, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // the list that charges for nothing
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("prices: %w", err)
	}
	l, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("prices: %s: %w", path, err)
	}
	return l, nil
}

// Parse reads a list and returns all that is wrong with it.
func Parse(text []byte) (*List, error) {
	var l List
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("there is more after the end")
	}
	var wrong []error
	if !currency.MatchString(l.Currency) {
		wrong = append(wrong, fmt.Errorf("currency: %q is not three capital letters such as EUR", l.Currency))
	}
	for _, cloud := range slices.Sorted(maps.Keys(l.Clouds)) {
		for _, size := range slices.Sorted(maps.Keys(l.Clouds[cloud])) {
			if p := l.Clouds[cloud][size]; p.Cluster < 0 || p.Node < 0 {
				wrong = append(wrong, fmt.Errorf("clouds.%s.%s: must not be negative", cloud, size))
			}
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return &l, nil
}

// Check finds prices of clouds and sizes that do not exist: a name with a typing error would be free.
func (l *List) Check(catalogs map[string]provisioner.Catalog) error {
	if l == nil {
		return nil
	}
	var wrong []error
	for _, cloud := range slices.Sorted(maps.Keys(l.Clouds)) {
		catalog, found := catalogs[cloud]
		if !found {
			wrong = append(wrong, fmt.Errorf("clouds.%s: is not a cloud of this control plane; there are %s",
				cloud, strings.Join(slices.Sorted(maps.Keys(catalogs)), ", ")))
			continue
		}
		for _, size := range slices.Sorted(maps.Keys(l.Clouds[cloud])) {
			if _, found := catalog.Size(size); !found {
				wrong = append(wrong, fmt.Errorf("clouds.%s.%s: is not a size of that cloud", cloud, size))
			}
		}
	}
	return errors.Join(wrong...)
}

// Of returns the price of a size; the zero value when it is free.
func (l *List) Of(cloud, size string) Price {
	if l == nil {
		return Price{}
	}
	return l.Clouds[cloud][size]
}

// Cluster returns what a cluster costs in 30 days, in hundredths of the currency. A paused one runs no nodes.
func (l *List) Cluster(s provisioner.ClusterSpec, paused bool) int64 {
	p := l.Of(s.Cloud, s.Size)
	if paused {
		return p.Cluster
	}
	return p.Cluster + int64(s.Nodes)*p.Node
}

// In returns the currency; "" when nothing is charged for.
func (l *List) In() string {
	if l == nil {
		return ""
	}
	return l.Currency
}
