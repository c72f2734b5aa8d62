package permit_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/internal/access/accesstest"
	"github.com/podium-cloud/podium/dataplane/internal/directory"
	"github.com/podium-cloud/podium/dataplane/internal/permit"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// bench is an engine behind rights with an application that has no role, whose grants the tests change.
type bench struct {
	t         testing.TB
	engine    *engine.Engine
	permit    *permit.Engine
	directory *directory.Directory
	gate      *access.Gate
	app       directory.Application
	token     string
}

func newBench(t testing.TB) *bench {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Config{})
	must(t, err)
	t.Cleanup(func() { _ = e.Close() })
	_, sign, err := ed25519.GenerateKey(nil)
	must(t, err)
	gate, err := access.New(access.Config{Mode: access.Keys, ClusterID: "clu_a", SignKey: sign})
	must(t, err)
	d := directory.Open(directory.Config{Records: e, Gate: gate})
	b := &bench{t: t, engine: e, directory: d, gate: gate, permit: permit.New(e, d.Created)}
	b.app, err = d.CreateApplication(t.Context(), "ada", "billing")
	must(t, err)
	k, secret, err := d.CreateKey(t.Context(), b.app.ID, 0)
	must(t, err)
	b.token, err = gate.Exchange(k.ID, secret)
	must(t, err)
	for _, name := range []string{"orders", "payments"} {
		must(t, e.PutTaskDefs(t.Context(), []*workflow.TaskDef{read[workflow.TaskDef](t, `{"name":"%s_work","ownerEmail":"a@b.test"}`, name)}))
		must(t, e.PutWorkflowDef(t.Context(), definition(t, name, 1, name+"_work", ""), true))
		must(t, e.PutSecret(t.Context(), name+"_key", "hush"))
	}
	return b
}

// read makes a definition as an API does, with its defaults.
func read[T any](t testing.TB, format string, args ...any) *T {
	t.Helper()
	v := new(T)
	must(t, json.Unmarshal(fmt.Appendf(nil, format, args...), v))
	return v
}

// definition is a workflow of one task with one input.
func definition(t testing.TB, name string, version int, task, input string) *workflow.Def {
	t.Helper()
	return read[workflow.Def](t, `{"name":%q,"version":%d,"schemaVersion":2,"ownerEmail":"a@b.test",
		"tasks":[{"name":%q,"taskReferenceName":"work","type":"SIMPLE","inputParameters":{"key":%q}}]}`, name, version, task, input)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ctx is the application's, as the gate knows it now.
func (b *bench) ctx() context.Context {
	b.t.Helper()
	c, err := b.gate.Verify(b.token)
	must(b.t, err)
	return access.With(b.t.Context(), c)
}

func (b *bench) grant(kind access.Kind, id string, names ...string) {
	b.t.Helper()
	must(b.t, b.directory.Grant(b.t.Context(), b.of(kind, id, names)))
}

func (b *bench) revoke(kind access.Kind, id string, names ...string) {
	b.t.Helper()
	must(b.t, b.directory.Revoke(b.t.Context(), b.of(kind, id, names)))
}

func (b *bench) of(kind access.Kind, id string, names []string) directory.Grant {
	return directory.Grant{
		Subject: directory.Subject{Type: "USER", ID: "app:" + b.app.ID}, Target: access.Target{Type: kind, ID: id}, Access: names,
	}
}

func (b *bench) denied(err error) {
	b.t.Helper()
	if workflow.KindOf(err) != workflow.Denied {
		b.t.Errorf("got %v, want a refusal", err)
	}
}

// TestEveryMethodRefusesNobody calls all methods by reflection as a caller without a role: a new one cannot be forgotten.
func TestEveryMethodRefusesNobody(t *testing.T) {
	b := newBench(t)
	id, err := b.engine.Start(t.Context(), &workflow.StartRequest{Name: "orders"})
	must(t, err)
	tasks, err := b.engine.Poll(t.Context(), engine.PollRequest{TaskType: "orders_work", Wait: time.Second})
	must(t, err)
	free := []string{"ValidateWorkflowDef", "Queues", "PollData", "Ready", "HasPayloads"}
	filtered := []string{"WorkflowDefs", "TaskDefs", "Secrets", "Search", "SearchTasks", "Correlated", "Watch"}
	v := reflect.ValueOf(b.permit)
	for i := range v.NumMethod() {
		name, method := v.Type().Method(i).Name, v.Method(i)
		if slices.Contains(free, name) {
			continue
		}
		in := []reflect.Value{reflect.ValueOf(access.With(t.Context(), &access.Caller{}))}
		if name == "Watch" { // ends with its context
			ctx, cancel := context.WithCancel(in[0].Interface().(context.Context))
			cancel()
			in[0] = reflect.ValueOf(ctx)
		}
		for n := 1; n < method.Type().NumIn(); n++ {
			switch typ := method.Type().In(n); typ {
			case reflect.TypeFor[string]():
				in = append(in, reflect.ValueOf(map[string]string{"Task": tasks[0].TaskID, "Logs": tasks[0].TaskID, "AddLogs": tasks[0].TaskID}[name]))
				if in[n].String() == "" {
					in[n] = reflect.ValueOf(id)
				}
			case reflect.TypeFor[*workflow.TaskResult]():
				in = append(in, reflect.ValueOf(&workflow.TaskResult{TaskID: tasks[0].TaskID, WorkflowInstanceID: id}))
			case reflect.TypeFor[[]*workflow.TaskDef]():
				in = append(in, reflect.ValueOf([]*workflow.TaskDef{{Name: "orders_work"}}))
			default:
				if typ.Kind() == reflect.Pointer {
					in = append(in, reflect.New(typ.Elem()))
				} else {
					in = append(in, reflect.Zero(typ))
				}
			}
		}
		out := method.Call(in)
		if slices.Contains(filtered, name) {
			if text := fmt.Sprintf("%+v", out[0]); strings.Contains(text, "orders") {
				t.Errorf("%s shows %s", name, text)
			}
			continue
		}
		err, _ := reflect.TypeAssert[error](out[len(out)-1])
		if workflow.KindOf(err) != workflow.Denied {
			t.Errorf("%s answers nobody with %v", name, err)
		}
	}
}

func TestGrants_WorkflowAndTask(t *testing.T) {
	b := newBench(t)
	start := func(name string) (string, error) { return b.permit.Start(b.ctx(), &workflow.StartRequest{Name: name}) }
	_, err := start("orders")
	b.denied(err)
	b.grant(access.WorkflowDef, "orders", "EXECUTE")
	id, err := start("orders")
	must(t, err)
	_, err = start("payments")
	b.denied(err)
	// What may be run may be seen and operated; and nothing else.
	_, err = b.permit.Execution(b.ctx(), id, true)
	must(t, err)
	must(t, b.permit.Pause(b.ctx(), id))
	must(t, b.permit.Resume(b.ctx(), id))
	b.denied(b.permit.Remove(b.ctx(), id, false))
	b.denied(b.permit.PutWorkflowDef(b.ctx(), &workflow.Def{Name: "orders", Version: 2}, true))
	foreign, err := b.engine.Start(t.Context(), &workflow.StartRequest{Name: "payments"})
	must(t, err)
	_, err = b.permit.Execution(b.ctx(), foreign, true)
	b.denied(err)
	b.denied(b.permit.Terminate(b.ctx(), foreign, ""))

	// A worker.
	_, err = b.permit.Poll(b.ctx(), engine.PollRequest{TaskType: "payments_work"})
	b.denied(err)
	b.grant(access.TaskDef, "payments_work", "EXECUTE")
	tasks, err := b.permit.Poll(b.ctx(), engine.PollRequest{TaskType: "payments_work", Wait: time.Second})
	must(t, err)
	if len(tasks) != 1 {
		t.Fatalf("got %d tasks", len(tasks))
	}
	_, err = b.permit.Task(b.ctx(), tasks[0].TaskID)
	must(t, err)
	done := &workflow.TaskResult{TaskID: tasks[0].TaskID, WorkflowInstanceID: foreign, Status: workflow.TaskCompleted}
	b.revoke(access.TaskDef, "payments_work", "EXECUTE")
	_, err = b.permit.Update(b.ctx(), done)
	b.denied(err)
	_, err = b.permit.UpdateByRef(b.ctx(), foreign, "work", workflow.TaskCompleted, nil, "")
	b.denied(err)
	b.grant(access.TaskDef, "payments_work", "EXECUTE")
	_, err = b.permit.Update(b.ctx(), done)
	must(t, err)
}

func TestGrants_SearchFindsOnlyWhatMayBeSeen(t *testing.T) {
	b := newBench(t)
	for _, name := range []string{"orders", "payments", "payments"} {
		_, err := b.engine.Start(t.Context(), &workflow.StartRequest{Name: name, CorrelationID: "c"})
		must(t, err)
	}
	found := func(query string) string {
		t.Helper()
		page, err := b.permit.Search(b.ctx(), engine.Search{Query: query})
		must(t, err)
		var names []string
		for _, s := range page.Results {
			names = append(names, s.WorkflowType)
		}
		tasks, err := b.permit.SearchTasks(b.ctx(), engine.Search{})
		must(t, err)
		correlated, err := b.permit.Correlated(b.ctx(), "", "c", true, false)
		must(t, err)
		if query == "" && (int(tasks.Total) != len(names) || len(correlated) != len(names)) {
			t.Errorf("%d executions, %d tasks, %d correlated", len(names), tasks.Total, len(correlated))
		}
		return fmt.Sprint(page.Total, names)
	}
	for query, want := range map[string]string{"": "0 []", "workflowType = payments": "0 []"} {
		if got := found(query); got != want {
			t.Errorf("without grants %q finds %s", query, got)
		}
	}
	b.grant(access.WorkflowDef, "orders", "READ")
	for query, want := range map[string]string{
		"": "1 [orders]", "workflowType = payments": "0 []", "workflowType IN (orders,payments)": "1 [orders]",
		"workflowType = payments OR workflowType = orders": "1 [orders]", "status = RUNNING OR status = RUNNING": "1 [orders]",
	} {
		if got := found(query); got != want {
			t.Errorf("%q finds %s, want %s", query, got, want)
		}
	}
	must(t, b.engine.AddTags(t.Context(), engine.TagWorkflow, "payments", []workflow.Tag{{Key: "team", Value: "a"}}, engine.TagsBeside))
	b.grant(access.Tag, "team:a", "READ")
	if got := found(""); !strings.HasPrefix(got, "3 ") {
		t.Errorf("with the tag: %s", got)
	}
	must(t, b.engine.RemoveTags(t.Context(), engine.TagWorkflow, "payments", []workflow.Tag{{Key: "team", Value: "a"}}))
	if got := found(""); got != "1 [orders]" {
		t.Errorf("after the tag was taken off: %s", got)
	}
}

func TestGrants_Domain(t *testing.T) {
	b := newBench(t)
	poll := func(domain string) error {
		_, err := b.permit.Poll(b.ctx(), engine.PollRequest{TaskType: "orders_work", Domain: domain})
		return err
	}
	b.grant(access.Domain, "eu", "EXECUTE")
	must(t, poll("eu"))
	b.denied(poll("us"))
	b.denied(poll(""))
	id, err := b.engine.Start(t.Context(), &workflow.StartRequest{Name: "orders", TaskToDomain: map[string]string{"*": "eu"}})
	must(t, err)
	_, err = b.permit.UpdateByRef(b.ctx(), id, "work", workflow.TaskCompleted, nil, "")
	must(t, err)
}

func TestGrants_SecretsAndDefinitions(t *testing.T) {
	b := newBench(t)
	b.grant(access.Secret, "orders_key", "READ")
	all, err := b.permit.Secrets(b.ctx())
	must(t, err)
	if len(all) != 1 || all[0].Name != "orders_key" {
		t.Errorf("sees %v", all)
	}
	_, err = b.permit.Secret(b.ctx(), "orders_key")
	must(t, err)
	_, err = b.permit.Secret(b.ctx(), "payments_key")
	b.denied(err)
	b.denied(b.permit.PutSecret(b.ctx(), "orders_key", "new"))

	def := func(name, input string) *workflow.Def { return definition(t, name, 2, "orders_work", input) }
	b.grant(access.WorkflowDef, "orders", "UPDATE")
	b.grant(access.TaskDef, "orders_work", "READ")
	must(t, b.permit.PutWorkflowDef(b.ctx(), def("orders", "${workflow.secrets.orders_key}"), true))
	for _, input := range []string{"${workflow.secrets.payments_key}", "${workflow.secrets}", "${workflow.secrets['payments_key']}"} {
		b.denied(b.permit.PutWorkflowDef(b.ctx(), def("orders", input), true))
	}
	b.denied(b.permit.PutWorkflowDef(b.ctx(), def("refunds", "x"), true))
	_, err = b.permit.Start(b.ctx(), &workflow.StartRequest{Name: "payments", WorkflowDef: def("payments", "x")})
	b.denied(err)

	// Who makes something may use it from then on.
	b.grant(access.WorkflowDef, "refunds", "CREATE")
	must(t, b.permit.PutWorkflowDef(b.ctx(), def("refunds", "x"), true))
	_, err = b.permit.Start(b.ctx(), &workflow.StartRequest{Name: "refunds"})
	must(t, err)
	must(t, b.permit.DeleteWorkflowDef(b.ctx(), "refunds", 2))
}

// TestRoles_WorkersBringNoDefinitionsOfTheirOwn: the right to start is not the right to do anything.
func TestRoles_WorkersBringNoDefinitionsOfTheirOwn(t *testing.T) {
	b := newBench(t)
	must(t, b.directory.AddRole(t.Context(), b.app.ID, "ada", "UNRESTRICTED_WORKER"))
	_, err := b.permit.Start(b.ctx(), &workflow.StartRequest{Name: "orders"})
	must(t, err)
	_, err = b.permit.Start(b.ctx(), &workflow.StartRequest{Name: "x", WorkflowDef: &workflow.Def{Name: "x"}})
	b.denied(err)
}

func TestKeys_OfThisClusterArePausedAndRemovedAtOnce(t *testing.T) {
	b := newBench(t)
	keys, err := b.directory.Keys(b.app.ID)
	must(t, err)
	_, err = b.directory.ToggleKey(t.Context(), b.app.ID, keys[0].ID)
	must(t, err)
	if _, err := b.gate.Verify(b.token); err == nil {
		t.Error("a token of a paused key is good")
	}
	_, err = b.directory.ToggleKey(t.Context(), b.app.ID, keys[0].ID)
	must(t, err)
	b.ctx()
	must(t, b.directory.DeleteApplication(t.Context(), b.app.ID))
	if _, err := b.gate.Verify(b.token); err == nil {
		t.Error("a token of an application that was removed is good")
	}
}

// BenchmarkDecision measures what a decision costs: it must not show beside 100,000 calls in a second.
func BenchmarkDecision(b *testing.B) {
	for _, how := range []string{"role", "grant", "tag"} {
		b.Run(how, func(b *testing.B) {
			x := newBench(b)
			switch how {
			case "role":
				must(b, x.directory.AddRole(b.Context(), x.app.ID, "ada", "UNRESTRICTED_WORKER"))
			case "grant":
				x.grant(access.WorkflowDef, "orders", "EXECUTE")
			case "tag":
				must(b, x.engine.AddTags(b.Context(), engine.TagWorkflow, "orders", []workflow.Tag{{Key: "team", Value: "a"}}, engine.TagsBeside))
				x.grant(access.Tag, "team:a", "EXECUTE")
			}
			for n := range 1000 { // others' grants cost nothing
				x.directory.Met(&access.Caller{ID: fmt.Sprint("usr_", n), Email: fmt.Sprint(n, "@b.test"), Role: fleetapi.ClusterViewer})
			}
			must(b, x.engine.PutRoute(b.Context(), "orders", &engine.Route{Shares: []engine.Share{{Version: 1, Percent: 100}}}))
			ctx := x.ctx()
			b.ReportAllocs()
			for b.Loop() {
				_, _ = x.permit.Route(ctx, "orders") // the engine looks into a map; what is left is the decision
			}
		})
	}
}

// Who made an event handler is whoever called, whatever the request says, and stays when somebody else changes it.
func TestEventHandlers_AreByWhoMadeThem(t *testing.T) {
	b := newBench(t)
	gate, callers := accesstest.Everybody(t)
	as := map[string]context.Context{}
	for _, c := range callers {
		if caller, err := gate.Verify(c.Token); err == nil {
			as[c.Name] = access.With(t.Context(), caller)
		}
	}
	handler := read[workflow.EventHandler](t, `{"name":"h","event":"conductor:a:b","createdBy":"somebody else","actions":[]}`)
	must(t, b.permit.PutEventHandler(as["developer"], handler, false))
	must(t, b.permit.PutEventHandler(as["admin"], handler, true))
	got, err := b.permit.EventHandler(as["viewer"], "h")
	must(t, err)
	if got.CreatedBy != "developer" {
		t.Errorf("made by %q", got.CreatedBy)
	}
}
