package directory

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// maxName is the longest name of an application, in bytes.
const maxName = 250

// Applications returns all applications by id: those made here, and those that the control plane lets in.
func (d *Directory) Applications() []Application {
	all := maps.Clone(d.state.Load().applications)
	for _, k := range *d.cloud.Load() {
		id := k.Application
		if id == "" {
			id = k.ID
		}
		all[id] = Application{ID: id, Name: k.Name, Roles: rolesOf(k.Role)}
	}
	return sorted(all)
}

// rolesOf is a cluster role under the name that SDKs know.
func rolesOf(role fleetapi.ClusterRole) []string {
	for name, r := range roles {
		if r == role && role != "" {
			return []string{name}
		}
	}
	return nil
}

// Application returns an application.
func (d *Directory) Application(id string) (Application, error) {
	for _, a := range d.Applications() {
		if a.ID == id {
			return a, nil
		}
	}
	return Application{}, workflow.Errorf(workflow.NotFound, "No such application found by id: %s", id)
}

// ApplicationOfKey returns the application that an access key belongs to.
func (d *Directory) ApplicationOfKey(key string) (Application, error) {
	if k, ok := d.state.Load().keys[key]; ok {
		return d.Application(k.Application)
	}
	for _, k := range *d.cloud.Load() {
		if k.ID == key {
			return d.Application(key)
		}
	}
	return Application{}, workflow.Errorf(workflow.NotFound, "No such access key found by id: %s", key)
}

// CreateApplication makes an application without keys, roles or grants.
func (d *Directory) CreateApplication(ctx context.Context, by, name string) (Application, error) {
	if err := checkName(name); err != nil {
		return Application{}, err
	}
	now := time.Now().UnixMilli()
	a := Application{ID: access.NewID("app_"), Name: name, CreatedBy: by, UpdatedBy: by, CreateTime: now, UpdateTime: now}
	return a, change(ctx, d, keyOf("application", a.ID), func(*Application) (*Application, error) { return &a, nil })
}

func checkName(name string) error {
	if strings.TrimSpace(name) == "" || len(name) > maxName {
		return invalid("name", "must be 1 to %d characters", maxName)
	}
	return nil
}

// change changes an application that was made here.
func (d *Directory) changeApplication(ctx context.Context, id, by string, f func(*Application) error) (Application, error) {
	var out Application
	err := change(ctx, d, keyOf("application", id), func(old *Application) (*Application, error) {
		if old == nil {
			return nil, d.notHere(id)
		}
		if err := f(old); err != nil {
			return nil, err
		}
		old.UpdatedBy, old.UpdateTime = by, time.Now().UnixMilli()
		out = *old
		return old, nil
	})
	return out, err
}

// notHere is why an application cannot be changed.
func (d *Directory) notHere(id string) error {
	if _, err := d.Application(id); err != nil {
		return err
	}
	return workflow.Errorf(workflow.Conflict, "The application %s is managed in the cloud console.", id)
}

// RenameApplication gives an application another name.
func (d *Directory) RenameApplication(ctx context.Context, id, by, name string) (Application, error) {
	if err := checkName(name); err != nil {
		return Application{}, err
	}
	return d.changeApplication(ctx, id, by, func(a *Application) error {
		a.Name = name
		return nil
	})
}

// DeleteApplication removes an application with its keys and with what was granted to it.
func (d *Directory) DeleteApplication(ctx context.Context, id string) error {
	s := d.state.Load()
	if _, ok := s.applications[id]; !ok {
		return d.notHere(id)
	}
	keys := d.grantKeys(applicationSubject(id))
	for _, k := range s.keys {
		if k.Application == id {
			keys = append(keys, keyOf("key", k.ID))
		}
	}
	return d.remove(ctx, append(keys, keyOf("application", id))...)
}

// AddRole gives an application a role; one that it has is no error.
func (d *Directory) AddRole(ctx context.Context, id, by, role string) error {
	if err := checkRoles([]string{role}); err != nil {
		return err
	}
	_, err := d.changeApplication(ctx, id, by, func(a *Application) error {
		if !slices.Contains(a.Roles, role) {
			a.Roles = append(a.Roles, role)
		}
		return nil
	})
	return err
}

// RemoveRole takes a role from an application; one that it has not is no error.
func (d *Directory) RemoveRole(ctx context.Context, id, by, role string) error {
	_, err := d.changeApplication(ctx, id, by, func(a *Application) error {
		a.Roles = slices.DeleteFunc(a.Roles, func(r string) bool { return r == role })
		return nil
	})
	return err
}

// SetTags changes the tags of an application.
func (d *Directory) SetTags(ctx context.Context, id, by string, f func(old []workflow.Tag) []workflow.Tag) error {
	_, err := d.changeApplication(ctx, id, by, func(a *Application) error {
		a.Tags = f(a.Tags)
		return nil
	})
	return err
}

// Keys returns the access keys of an application, the oldest first.
func (d *Directory) Keys(application string) ([]Key, error) {
	if _, err := d.Application(application); err != nil {
		return nil, err
	}
	out := slices.DeleteFunc(sorted(d.state.Load().keys), func(k Key) bool { return k.Application != application })
	for _, k := range *d.cloud.Load() {
		if k.ID == application || k.Application == application {
			out = append(out, Key{ID: k.ID, Application: application})
		}
	}
	slices.SortStableFunc(out, func(a, b Key) int { return int(a.CreateTime - b.CreateTime) })
	return out, nil
}

// maxKeys is how many access keys an application can have: two while one is replaced, and some to spare.
const maxKeys = 10

// CreateKey makes an access key and returns its secret, which is kept nowhere.
func (d *Directory) CreateKey(ctx context.Context, application string) (k Key, secret string, err error) {
	if _, ok := d.state.Load().applications[application]; !ok {
		return Key{}, "", d.notHere(application)
	}
	keys, err := d.Keys(application)
	if err != nil {
		return Key{}, "", err
	}
	if len(keys) >= maxKeys {
		return Key{}, "", workflow.Errorf(workflow.Conflict, "An application can have %d access keys; delete one that is not used.", maxKeys)
	}
	id, secret, hash := access.NewKey()
	k = Key{ID: id, Application: application, Hash: hash, CreateTime: time.Now().UnixMilli()}
	return k, secret, change(ctx, d, keyOf("key", id), func(*Key) (*Key, error) { return &k, nil })
}

// ToggleKey pauses an access key, or lets a paused one in again. Tokens of a paused key are refused at once.
func (d *Directory) ToggleKey(ctx context.Context, application, id string) (Key, error) {
	var out Key
	err := change(ctx, d, keyOf("key", id), func(old *Key) (*Key, error) {
		if old == nil || old.Application != application {
			return nil, d.noKey(application, id)
		}
		old.Paused = !old.Paused
		out = *old
		return old, nil
	})
	return out, err
}

// DeleteKey removes an access key; its tokens are refused at once.
func (d *Directory) DeleteKey(ctx context.Context, application, id string) error {
	if k, ok := d.state.Load().keys[id]; !ok || k.Application != application {
		return d.noKey(application, id)
	}
	return d.remove(ctx, keyOf("key", id))
}

func (d *Directory) noKey(application, id string) error {
	if _, ok := d.state.Load().applications[application]; !ok {
		return d.notHere(application)
	}
	return workflow.Errorf(workflow.NotFound, "No such access key found by id: %s", id)
}

// LastUse returns when an access key was used last on this node since it started; the zero time: not yet.
func (d *Directory) LastUse(key string) time.Time { return d.Gate.Used()[key] }
