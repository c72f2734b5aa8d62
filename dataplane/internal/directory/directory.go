package directory

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Records is where everything is kept.
type Records interface {
	Records() map[string]json.RawMessage
	SwapRecord(ctx context.Context, key string, old, record json.RawMessage) error
	WatchRecords(f func())
}

// Gate is told what callers may do.
type Gate interface {
	SetLocal(keys []fleetapi.AccessKey, standing func(*access.Caller) access.Standing) error
	Used() map[string]time.Time
}

// Config makes a Directory.
type Config struct {
	Records Records
	Gate    Gate
	Managed bool         // by a control plane: roles of people are given there
	Logger  *slog.Logger // nil: discard
}

// Directory is safe for concurrent use.
type Directory struct {
	Config
	state  atomic.Pointer[state]
	reload sync.Mutex
	cloud  atomic.Pointer[[]fleetapi.AccessKey] // applications of the control plane
	// mostDays is the longest life of keys; 0: they need not end.
	mostDays atomic.Int64
}

// state is what the records say.
type state struct {
	users        map[string]User
	groups       map[string]Group
	applications map[string]Application
	keys         map[string]Key
	grants       map[Subject]map[access.Target]Grant
}

// Open reads the records and has the gate know of them, now and after every change.
func Open(c Config) *Directory {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	d := &Directory{Config: c}
	d.cloud.Store(&[]fleetapi.AccessKey{})
	d.read()
	c.Records.WatchRecords(d.read)
	return d
}

// read takes the records over. One that cannot be read is left out: it then grants nothing.
func (d *Directory) read() {
	d.reload.Lock()
	defer d.reload.Unlock()
	s := &state{
		users: map[string]User{}, groups: map[string]Group{}, applications: map[string]Application{}, keys: map[string]Key{},
		grants: map[Subject]map[access.Target]Grant{},
	}
	for key, b := range d.Records.Records() {
		if err := s.add(key, b); err != nil {
			d.Logger.Error("a record of the directory makes no sense and was left out", "record", key, "error", err)
		}
	}
	d.state.Store(s)
	var keys []fleetapi.AccessKey
	for _, k := range s.keys {
		if a, ok := s.applications[k.Application]; ok && !k.Paused {
			keys = append(keys, k.forGate(a))
		}
	}
	if err := d.Gate.SetLocal(keys, d.standing); err != nil {
		d.Logger.Error("some access keys make no sense and were left out", "error", err)
	}
}

func (s *state) add(key string, b json.RawMessage) error {
	kind, _, _ := strings.Cut(key, "/")
	switch kind {
	case "user":
		return keep(s.users, b, func(u User) string { return u.ID })
	case "group":
		return keep(s.groups, b, func(g Group) string { return g.ID })
	case "application":
		return keep(s.applications, b, func(a Application) string { return a.ID })
	case "key":
		return keep(s.keys, b, func(k Key) string { return k.ID })
	case "grant":
		var g Grant
		if err := json.Unmarshal(b, &g); err != nil {
			return err
		}
		if s.grants[g.Subject] == nil {
			s.grants[g.Subject] = map[access.Target]Grant{}
		}
		s.grants[g.Subject][g.Target] = g
		return nil
	}
	return fmt.Errorf("there is no kind %q", kind)
}

func keep[T any](in map[string]T, b json.RawMessage, id func(T) string) error {
	var v T
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	in[id(v)] = v
	return nil
}

// keyOf names a record.
func keyOf(kind string, parts ...string) string {
	for _, p := range parts {
		kind += "/" + url.PathEscape(p)
	}
	return kind
}

// tries is how often a change is made anew when somebody else was faster.
const tries = 10

// change puts what f makes of a record (nil: there is none) in its place; nil from f removes it.
func change[T any](ctx context.Context, d *Directory, key string, f func(old *T) (*T, error)) error {
	for try := 1; ; try++ {
		b := d.Records.Records()[key]
		var old *T
		if b != nil {
			old = new(T)
			if err := json.Unmarshal(b, old); err != nil {
				return fmt.Errorf("read record %s: %w", key, err)
			}
		}
		next, err := f(old)
		if err != nil {
			return err
		}
		var record json.RawMessage
		if next != nil {
			if record, err = json.Marshal(next); err != nil {
				return fmt.Errorf("encode record %s: %w", key, err)
			}
		}
		if bytes.Equal(b, record) {
			return nil
		}
		err = d.Records.SwapRecord(ctx, key, b, record)
		if workflow.KindOf(err) != workflow.Conflict || try == tries {
			return err
		}
	}
}

// remove takes records away; what is not there is no error.
func (d *Directory) remove(ctx context.Context, keys ...string) error {
	var errs []error
	for _, key := range keys {
		errs = append(errs, change(ctx, d, key, func(*json.RawMessage) (*json.RawMessage, error) { return nil, nil })) //nolint:nilnil // nil removes it
	}
	return errors.Join(errs...)
}

// SetCloud tells of the applications whose keys are made elsewhere: those that the control plane lets in, or those of a keys file.
func (d *Directory) SetCloud(keys []fleetapi.AccessKey) { d.cloud.Store(&keys) }

// SetKeyLife says how many days keys that are made or renewed from now on may be good; 0: they need not end. Those that exist stay
// as they are.
func (d *Directory) SetKeyLife(days int) { d.mostDays.Store(int64(max(days, 0))) }
