package compose

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"sync"
)

//go:embed catalog/tasks.json
var taskDefinitions []byte

// catalog are the tasks that customers may use; the others are the vendor's own.
var catalog = []string{"read_config", "write_config"}

const catalogTag = "catalog:network"

type tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Vendor is the vendor's application.
type Vendor struct {
	own       *Connection // an admin's key: it makes customers
	mu        sync.Mutex
	customers map[string]*Connection
}

// Open registers the tasks, of which the catalog gets its tag. Repeating it replaces them.
func Open(ctx context.Context, own *Connection) (*Vendor, error) {
	if err := own.call(ctx, http.MethodPost, "/metadata/taskdefs", json.RawMessage(taskDefinitions), nil); err != nil {
		return nil, fmt.Errorf("register tasks: %w", err)
	}
	for _, name := range catalog {
		if err := own.call(ctx, http.MethodPut, "/metadata/task/"+name+"/tags", []tag{{"catalog", "network"}}, nil); err != nil {
			return nil, fmt.Errorf("tag %s: %w", name, err)
		}
	}
	return &Vendor{own: own, customers: map[string]*Connection{}}, nil
}

var customerName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

// Welcome makes a customer: an application without a role, which may do everything with what has the customer's tag, and see
// the catalog. A customer that is there already gets another key; a real vendor keeps it where it keeps secrets.
func (v *Vendor) Welcome(ctx context.Context, customer string) (*Connection, error) {
	if !customerName.MatchString(customer) {
		return nil, &Refusal{Status: http.StatusBadRequest, Message: "name: must be lower-case letters, digits and dashes"}
	}
	app, err := v.application(ctx, "customer "+customer)
	if err != nil {
		return nil, err
	}
	for on, access := range map[string][]string{
		"customer:" + customer: {"CREATE", "READ", "UPDATE", "EXECUTE", "DELETE"},
		catalogTag:             {"READ"},
	} {
		grant := map[string]any{
			"subject": map[string]string{"type": "USER", "id": "app:" + app}, "target": map[string]string{"type": "TAG", "id": on}, "access": access,
		}
		if err := v.own.call(ctx, http.MethodPost, "/auth/authorization", grant, nil); err != nil {
			return nil, fmt.Errorf("grant %s: %w", on, err)
		}
	}
	var key struct {
		ID     string `json:"id"`
		Secret string `json:"secret"`
	}
	if err := v.own.call(ctx, http.MethodPost, "/applications/"+app+"/accessKeys", nil, &key); err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	c := &Connection{API: v.own.API, Key: key.ID, Secret: key.Secret}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.customers[customer] = c
	return c, nil
}

// application returns the id of the application with a name, which it makes unless it is there.
func (v *Vendor) application(ctx context.Context, name string) (string, error) {
	type application struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	var all []application
	if err := v.own.call(ctx, http.MethodGet, "/applications", nil, &all); err != nil {
		return "", fmt.Errorf("list applications: %w", err)
	}
	for _, a := range all {
		if a.Name == name {
			return a.ID, nil
		}
	}
	var made application
	if err := v.own.call(ctx, http.MethodPost, "/applications", map[string]string{"name": name}, &made); err != nil {
		return "", fmt.Errorf("make an application: %w", err)
	}
	return made.ID, nil
}

// of returns the connection of a customer.
func (v *Vendor) of(customer string) (*Connection, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if c, ok := v.customers[customer]; ok {
		return c, nil
	}
	return nil, &Refusal{Status: http.StatusNotFound, Message: "there is no customer " + customer}
}

// Task is an entry of the catalog.
type Task struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Input       struct {
		Schema json.RawMessage `json:"data"`
	} `json:"inputSchema"`
}

// Catalog lists the tasks that a customer may use, each with a JSON Schema of its input, from which a form can be made.
func (v *Vendor) Catalog(ctx context.Context, customer string) ([]Task, error) {
	c, err := v.of(customer)
	if err != nil {
		return nil, err
	}
	var tasks []Task
	err = c.call(ctx, http.MethodGet, "/metadata/taskdefs", nil, &tasks)
	return tasks, err
}

// Compose saves a customer's flow, or says all that is wrong with it. Runs of the flow that was there before go on with it.
func (v *Vendor) Compose(ctx context.Context, customer string, f Flow) ([]Problem, error) {
	c, err := v.of(customer)
	if err != nil {
		return nil, err
	}
	err = c.call(ctx, http.MethodPost, "/metadata/workflow?overwrite=true", definition(customer, f), nil)
	refusal, ok := err.(*Refusal) //nolint:errorlint // call does not wrap
	if !ok || len(refusal.Violations) == 0 {
		return nil, err
	}
	problems := make([]Problem, len(refusal.Violations))
	for i, violation := range refusal.Violations {
		problems[i] = problem(violation)
	}
	return problems, nil
}

// Start runs a customer's flow and returns the run's id.
func (v *Vendor) Start(ctx context.Context, customer, flow string, input map[string]any) (id string, err error) {
	c, err := v.of(customer)
	if err != nil {
		return "", err
	}
	err = c.call(ctx, http.MethodPost, "/workflow", map[string]any{"name": customer + "." + flow, "input": input}, &id)
	return id, err
}

// Run is how far a flow has come.
type Run struct {
	Status string `json:"status"`
	Reason string `json:"reasonForIncompletion,omitempty"`
	Steps  []struct {
		Step   string         `json:"referenceTaskName"`
		Status string         `json:"status"`
		Output map[string]any `json:"outputData"`
	} `json:"tasks"`
}

// Show returns a customer's run.
func (v *Vendor) Show(ctx context.Context, customer, id string) (Run, error) {
	c, err := v.of(customer)
	if err != nil {
		return Run{}, err
	}
	var run Run
	err = c.call(ctx, http.MethodGet, "/workflow/"+url.PathEscape(id), nil, &run)
	return run, err
}
