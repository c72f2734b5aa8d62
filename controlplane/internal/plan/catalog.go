package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/controlplane/internal/naming"
)

// Catalog is the plans of an installation.
type Catalog struct {
	Default string `json:"default"` // of organizations that were given none
	Plans   []Plan `json:"plans"`
}

// BuiltIn returns the catalog of an installation whose operator says nothing: one plan without limits.
func BuiltIn() *Catalog {
	return &Catalog{Default: "unlimited", Plans: []Plan{{Name: "unlimited", Title: "Unlimited", Limits: map[Resource]int64{}}}}
}

// Load reads a catalog from a file; with an empty path it is the built-in one.
func Load(path string) (*Catalog, error) {
	if path == "" {
		return BuiltIn(), nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("plans: %w", err)
	}
	c, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("plans: %s: %w", path, err)
	}
	return c, nil
}

// Parse reads a catalog and returns all that is wrong with it.
func Parse(text []byte) (*Catalog, error) {
	var c Catalog
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("there is more after the end")
	}
	var wrong []error
	seen := map[string]bool{}
	for i := range c.Plans {
		p := &c.Plans[i]
		if message := naming.Check(p.Name); message != "" {
			wrong = append(wrong, fmt.Errorf("plans[%d].name: %s", i, message))
		}
		if seen[p.Name] {
			wrong = append(wrong, fmt.Errorf("plans[%d].name: %q is there twice", i, p.Name))
		}
		seen[p.Name] = true
		if p.Title == "" {
			p.Title = p.Name
		}
		for r, n := range p.Limits {
			if !slices.Contains(Resources(), r) {
				wrong = append(wrong, fmt.Errorf("plans[%d].limits.%s: is unknown; there are %s", i, r, names()))
			} else if n < 1 {
				wrong = append(wrong, fmt.Errorf("plans[%d].limits.%s: must be 1 or more; what is not to be limited is left out", i, r))
			}
		}
	}
	if !seen[c.Default] {
		wrong = append(wrong, fmt.Errorf("default: %q is none of the plans", c.Default))
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return &c, nil
}

func names() string {
	list := make([]string, len(Resources()))
	for i, r := range Resources() {
		list[i] = string(r)
	}
	return strings.Join(list, ", ")
}

// Named returns a plan by name.
func (c *Catalog) Named(name string) (Plan, bool) {
	i := slices.IndexFunc(c.Plans, func(p Plan) bool { return p.Name == name })
	if i < 0 {
		return Plan{}, false
	}
	return c.Plans[i], true
}

// Of returns the plan of an organization that was given the one of that name. Without a name, or with one that the catalog
// has lost, it is the default one.
func (c *Catalog) Of(name string) Plan {
	if p, found := c.Named(name); found {
		return p
	}
	p, _ := c.Named(c.Default)
	return p
}
