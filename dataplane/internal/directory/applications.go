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

// Applications returns all applications by id: those made here, and those whose keys are made elsewhere.
func (d *Directory) Applications() []Application {
	all := maps.Clone(d.state.Load().applications)
	for _, k := range *d.cloud.Load() {
		id := k.Application
		if id == "" {
			id = k.ID
		}
		all[id] = Application{ID: id, Name: k.Name, Roles: rolesOf(k.Role), Elsewhere: true}
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
	where := "in the keys file of the server"
	if d.Managed {
		where = "in the cloud console"
	}
	return workflow.Errorf(workflow.Conflict, "The application %s is managed %s.", id, where)
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
