package storytest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/conductor-sdk/conductor-go/sdk/client"
	"github.com/conductor-sdk/conductor-go/sdk/model"
	"github.com/conductor-sdk/conductor-go/sdk/settings"
	"github.com/conductor-sdk/conductor-go/sdk/workflow/executor"

	"github.com/podium-cloud/podium/dataplane/edgetest"
	compose "github.com/podium-cloud/podium/examples/compose-flows"
)

// vendor is the vendor's application with two customers.
type vendor struct {
	*stage
	url     string
	network *compose.Network
	keys    map[string]*compose.Connection
}

func openVendor(t *testing.T) *vendor {
	t.Helper()
	network := compose.NewNetwork("acme", "globex")
	v := &vendor{stage: stageOf(t, edgetest.Config{Keys: true}, network.Worker()), network: network, keys: map[string]*compose.Connection{}}
	application, err := compose.Open(t.Context(), &compose.Connection{API: v.edge.API, Key: v.edge.Key, Secret: v.edge.Secret})
	if err != nil {
		t.Fatal(err)
	}
	for _, customer := range []string{"acme", "globex"} {
		if v.keys[customer], err = application.Welcome(t.Context(), customer); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(application.Handler())
	t.Cleanup(server.Close)
	v.url = server.URL
	return v
}

// ask calls the vendor's API as a customer and returns the status and the answer.
func (v *vendor) ask(method, path, body string, out any) int {
	v.Helper()
	req, err := http.NewRequestWithContext(v.Context(), method, v.url+"/customers/"+path, strings.NewReader(body))
	if err != nil {
		v.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		v.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		v.Fatal(err)
	}
	if err := json.NewDecoder(bytes.NewReader(b)).Decode(out); err != nil {
		v.Fatalf("%s %s: %v in %s", method, path, err, b)
	}
	return res.StatusCode
}

// run starts a flow of a customer and returns the answer's status, and the run's id.
func (v *vendor) run(flow, input string) (int, string) {
	v.Helper()
	var out struct{ ID string }
	status := v.ask("POST", flow+"/runs", input, &out)
	return status, out.ID
}

const rename = `{"name": "rename", "steps": [
	{"use": "read_config", "with": {"device": "${workflow.input.device}"}},
	{"use": "write_config", "with": {"device": "${workflow.input.device}", "setting": "hostname", "value": "${workflow.input.name}"}},
	{"use": "read_config", "with": {"device": "${workflow.input.device}"}}]}`

func TestCompose_CustomersComposeFlowsOfTheirOwn(t *testing.T) {
	t.Parallel()
	v := openVendor(t)
	var tasks []compose.Task
	v.ask("GET", "acme/catalog", "", &tasks)
	names := make([]string, len(tasks))
	for i, task := range tasks {
		names[i] = task.Name
		if len(task.Input.Schema) == 0 {
			t.Errorf("%s has no schema for a form", task.Name)
		}
	}
	if slices.Sort(names); !slices.Equal(names, []string{"read_config", "write_config"}) {
		t.Errorf("the catalog has %v", names)
	}

	// All that is wrong with a flow is said at once, step by step, and nothing of it is saved.
	var wrong struct{ Problems []compose.Problem }
	status := v.ask("POST", "acme/flows", `{"name": "rename", "steps": [
		{"use": "reset_device", "with": {"device": "router-1"}},
		{"use": "write_config", "with": {"device": 7, "setting": "colour"}},
		{"use": "read_config", "with": {"device": "${step9.output.device}"}}]}`, &wrong)
	var said []string
	for _, p := range wrong.Problems {
		said = append(said, string(rune('0'+p.Step))+" "+p.Field)
		if p.Message == "" || strings.Contains(p.Message, "tasks[") {
			t.Errorf("step %d, %s: %q", p.Step, p.Field, p.Message)
		}
	}
	slices.Sort(said)
	if want := []string{"1 use", "2 device", "2 setting", "2 value", "3 device"}; status != http.StatusUnprocessableEntity || !slices.Equal(said, want) {
		t.Errorf("answered %d, wrong is %v, want %v", status, said, want)
	}
	if status, _ := v.run("acme/flows/rename", `{}`); status != http.StatusNotFound && status != http.StatusForbidden {
		t.Errorf("a flow that was not saved starts: %d", status)
	}

	var saved compose.Flow
	if status := v.ask("POST", "acme/flows", rename, &saved); status != http.StatusOK {
		t.Fatalf("the flow was not saved: %d", status)
	}
	// Nobody works yet: two of the customer's run, a third is refused, and another customer's is not.
	v.ask("POST", "globex/flows", rename, &saved)
	var ids []string
	for _, want := range []int{http.StatusOK, http.StatusOK, http.StatusTooManyRequests} {
		status, id := v.run("acme/flows/rename", `{"device": "router-1", "name": "edge-1"}`)
		if status != want {
			t.Fatalf("a start is answered with %d, want %d", status, want)
		}
		ids = append(ids, id)
	}
	if status, _ := v.run("globex/flows/rename", `{"device": "router-2", "name": "core-2"}`); status != http.StatusOK {
		t.Errorf("another customer's start is answered with %d", status)
	}
	v.work()
	var run compose.Run
	v.wait("acme's run", func() bool {
		run = compose.Run{}
		return v.ask("GET", "acme/runs/"+ids[0], "", &run) == http.StatusOK && run.Status != "RUNNING"
	})
	if run.Status != "COMPLETED" || len(run.Steps) != 3 || !reflect.DeepEqual(run.Steps[2].Output["config"], map[string]any{"hostname": "edge-1", "vlan": 1.0, "mtu": 1500.0}) {
		t.Errorf("the run is %+v", run)
	}
	if got := v.network.Settings("globex", "router-1")["hostname"]; got != "router-1" {
		t.Errorf("the other customer's device is called %v", got)
	}
}

// Each customer's key reaches no further than that customer, whatever is tried with it on the cluster's own API.
func TestCompose_CustomersAreConfined(t *testing.T) {
	t.Parallel()
	v := openVendor(t)
	v.work()
	var saved compose.Flow
	v.ask("POST", "acme/flows", rename, &saved)
	_, id := v.run("acme/flows/rename", `{"device": "router-1", "name": "edge-1"}`)
	v.until(id, model.CompletedWorkflow)

	var run compose.Run
	if status := v.ask("GET", "globex/runs/"+id, "", &run); status != http.StatusForbidden {
		t.Errorf("another customer's run is answered with %d", status)
	}
	api := client.NewAPIClient(settings.NewAuthenticationSettings(v.keys["globex"].Key, v.keys["globex"].Secret), settings.NewHttpSettings(v.edge.API))
	metadata, workflows := client.NewMetadataClient(api), executor.NewWorkflowExecutor(api)
	if defs, _, err := metadata.GetAll(t.Context()); err != nil || len(defs) != 0 {
		t.Errorf("globex sees %d definitions: %v", len(defs), err)
	}
	if found, err := workflows.Search(0, 10, "", ""); err != nil || len(found) != 0 {
		t.Errorf("globex finds %d executions: %v", len(found), err)
	}
	if _, err := workflows.StartWorkflow(model.NewStartWorkflowRequest("acme.rename", 1, "", nil)); err == nil {
		t.Error("globex starts a flow of acme")
	}
	if err := workflows.Terminate(id, "spite"); err == nil {
		t.Error("globex ends a run of acme")
	}
	if polled, _, err := client.NewTaskClient(api).BatchPoll(t.Context(), "write_config", nil); err == nil {
		t.Errorf("globex works on others' tasks: %v", polled)
	}
	for name, tasks := range map[string][]model.WorkflowTask{
		"acme.rename":    {{Name: "read_config", TaskReferenceName: "a", Type_: "SIMPLE", InputParameters: map[string]any{"device": "router-1"}}},
		"globex.child":   {{Name: "a", TaskReferenceName: "a", Type_: "SUB_WORKFLOW", SubWorkflowParam: &model.SubWorkflowParams{Name: "acme.rename"}}},
		"globex.reset":   {{Name: "reset_device", TaskReferenceName: "a", Type_: "SIMPLE"}},
		"globex.dynamic": {{Name: "a", TaskReferenceName: "a", Type_: "DYNAMIC", DynamicTaskNameParam: "n", InputParameters: map[string]any{"n": "reset_device"}}},
	} {
		_, err := metadata.RegisterWorkflowDef(t.Context(), true, model.WorkflowDef{Name: name, Version: 1, OwnerEmail: "globex@example.com", Tasks: tasks})
		if err == nil {
			t.Errorf("globex registers %s", name)
		}
	}
	v.ask("GET", "acme/runs/"+id, "", &run)
	if run.Status != "COMPLETED" {
		t.Errorf("acme's run is %s", run.Status)
	}
}
