package engine_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/seal"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

const hidden = "s3cr&t/value"

func (h *harness) secret(name, value string) {
	h.t.Helper()
	if err := h.PutSecret(h.t.Context(), name, value); err != nil {
		h.t.Fatal(err)
	}
}

// given is a task with input parameters.
func given(name, params string) string {
	return fmt.Sprintf(`[{"name":%q,"taskReferenceName":%q,"type":"SIMPLE","inputParameters":{%s}}]`, name, name, params)
}

// keepsQuiet fails when anything that the engine shows of an execution holds the secret.
func (h *harness) keepsQuiet(id string) {
	h.t.Helper()
	x, err := json.Marshal(h.get(id))
	if err != nil {
		h.t.Fatal(err)
	}
	page, err := h.Search(h.t.Context(), engine.Search{})
	if err != nil {
		h.t.Fatal(err)
	}
	rows, err := json.Marshal(page.Results)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, b := range [][]byte{x, rows} {
		if bytes.Contains(b, []byte("s3cr")) {
			h.t.Errorf("the secret can be seen: %s", b)
		}
	}
}

func TestAWorkerGetsSecretsThatAreNotKept(t *testing.T) {
	h := setup(t)
	h.secret("TOKEN", hidden)
	h.secret("DB", `{"user":"joe","port":5432}`)
	h.register("wf", `[{"name":"a","taskReferenceName":"a","type":"SIMPLE","inputParameters":{
		"auth":"Bearer ${workflow.secrets.TOKEN}","port":"${workflow.secrets.DB.port}","gone":"${workflow.secrets.GONE}","l":["${workflow.secrets.TOKEN}"]}}]`, "")
	id := h.start("wf", `{}`)
	task := h.poll("a")
	var in map[string]any
	if err := task.InputData.Decode(&in); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"auth": "Bearer " + hidden, "port": 5432.0, "gone": nil, "l": []any{hidden}}
	if fmt.Sprint(in) != fmt.Sprint(want) {
		t.Errorf("the worker got %v, want %v", in, want)
	}
	if stored, err := h.Task(t.Context(), task.TaskID); err != nil || !strings.Contains(stored.InputData.String(), "Bearer ${workflow.secrets.TOKEN}") {
		t.Errorf("kept is %s, %v", stored.InputData, err)
	}
	h.keepsQuiet(id)
}

// Whoever may start a workflow may not thereby read secrets: only the definition names them.
func TestDataCannotNameSecrets(t *testing.T) {
	h := setup(t)
	h.secret("TOKEN", hidden)
	h.register("wf", given("a", `"x":"${workflow.input.x}"`), "")
	h.start("wf", `{"x":"${workflow.secrets.TOKEN}"}`)
	if in := h.poll("a").InputData.String(); !strings.Contains(in, "${workflow.secrets.TOKEN}") {
		t.Errorf("the worker got %s", in)
	}
}

// A secret that the definition names in one task is not brought to another by data, in one piece or in several.
func TestDataCannotNameSecretsOfOtherTasks(t *testing.T) {
	h := setup(t)
	h.secret("TOKEN", hidden)
	h.register("wf", `[
		{"name":"own","taskReferenceName":"own","type":"SIMPLE","inputParameters":{"t":"${workflow.secrets.TOKEN}"}},
		{"name":"v","taskReferenceName":"v","type":"SET_VARIABLE","inputParameters":{"x":"${workflow.input.x}"}},
		{"name":"w","taskReferenceName":"w","type":"SIMPLE"},
		{"name":"i","taskReferenceName":"i","type":"INLINE","inputParameters":{"x":"${w.output.x}","evaluatorType":"javascript","expression":"[$.x, $.x.length]"}},
		{"name":"a","taskReferenceName":"a","type":"SIMPLE","inputParameters":{"x":"${workflow.input.x}","joined":"${workflow.input.l}${workflow.input.r}",
			"v":"${workflow.variables.x}","w":"${w.output.x}","i":"${i.output.result}"}}]`, "")
	h.start("wf", `{"x":"${workflow.secrets.TOKEN}","l":"${workflow.sec","r":"rets.TOKEN}"}`)
	if in := h.work("own", `{}`).InputData.String(); !strings.Contains(in, "s3cr") {
		t.Errorf("the worker of the task that names it got %s", in)
	}
	h.work("w", `{"x":"${workflow.secrets.TOKEN}"}`)
	if in := h.poll("a").InputData.String(); strings.Contains(in, "s3cr") || !strings.Contains(in, fmt.Sprint(len("${workflow.secrets.TOKEN}"))) {
		t.Errorf("the worker got %s", in)
	}
}

// References that the definition itself passes on go on being references.
func TestSecretsArePassedOnByTheDefinition(t *testing.T) {
	h := setup(t)
	h.secret("TOKEN", hidden)
	h.register("wf", `[
		{"name":"v","taskReferenceName":"v","type":"SET_VARIABLE","inputParameters":{"x":"${workflow.secrets.TOKEN}"}},
		{"name":"i","taskReferenceName":"i","type":"INLINE","inputParameters":{"x":"${workflow.secrets.TOKEN}","evaluatorType":"javascript","expression":"'Bearer ' + $.x"}},
		{"name":"j","taskReferenceName":"j","type":"INLINE","inputParameters":{"x":"${i.output.result}","evaluatorType":"javascript","expression":"$.x + '!'"}},
		{"name":"a","taskReferenceName":"a","type":"SIMPLE","inputParameters":{"v":"${workflow.variables.x}"}},
		{"name":"b","taskReferenceName":"b","type":"SIMPLE","inputParameters":{"j":"${j.output.result}"}}]`, "")
	id := h.start("wf", `{}`)
	for _, want := range []struct{ task, value string }{{"a", hidden}, {"b", "Bearer " + hidden + "!"}} {
		var in map[string]string
		if err := h.work(want.task, `{}`).InputData.Decode(&in); err != nil || len(in) != 1 || in["v"]+in["j"] != want.value {
			t.Errorf("the worker of %s got %v, %v", want.task, in, err)
		}
	}
	h.keepsQuiet(id)
}

func TestASubWorkflowGetsTheSecretsThatItsParentNames(t *testing.T) {
	h := setup(t)
	h.secret("TOKEN", hidden)
	h.register("child", given("a", `"x":"${workflow.input.x}"`), "")
	h.register("wf", `[{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"child"},"inputParameters":{"x":"${workflow.secrets.TOKEN}"}}]`, "")
	h.register("starter", `[{"name":"s","taskReferenceName":"s","type":"START_WORKFLOW","inputParameters":{"startWorkflow":{"name":"child","input":{"x":"${workflow.secrets.TOKEN}"}}}}]`, "")
	for _, name := range []string{"wf", "starter"} {
		h.start(name, `{}`)
		task := h.work("a", `{}`)
		if in := task.InputData.String(); !strings.Contains(in, "s3cr") {
			t.Errorf("%s: the worker got %s", name, in)
		}
		h.keepsQuiet(task.WorkflowInstanceID)
	}
}

func TestHTTPAndScriptsUseSecretsAndDoNotKeepThem(t *testing.T) {
	h := setup(t)
	h.secret("TOKEN", hidden)
	var got string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("Authorization")
		fmt.Fprintf(w, `{"echo":%q}`, got)
	}))
	defer server.Close()
	h.register("wf", fmt.Sprintf(`[
		{"name":"h","taskReferenceName":"h","type":"HTTP","inputParameters":{"http_request":{"uri":%q,"method":"GET","headers":{"Authorization":"Bearer ${workflow.secrets.TOKEN}"}}}},
		{"name":"i","taskReferenceName":"i","type":"INLINE","inputParameters":{"t":"${workflow.secrets.TOKEN}","evaluatorType":"javascript","expression":"[$.t.length, $.t]"}},
		{"name":"j","taskReferenceName":"j","type":"JSON_JQ_TRANSFORM","inputParameters":{"t":"${workflow.secrets.TOKEN}","queryExpression":".t | length"}},
		{"name":"e","taskReferenceName":"e","type":"INLINE","optional":true,"inputParameters":{"t":"${workflow.secrets.TOKEN}","evaluatorType":"javascript","expression":"throw $.t"}},
		{"name":"f","taskReferenceName":"f","type":"HTTP","optional":true,"inputParameters":{"uri":"http://127.0.0.1:1/${workflow.secrets.TOKEN}","method":"GET"}}]`, server.URL), "")
	id := h.start("wf", `{}`)
	x := h.until(id, workflow.Completed)
	if got != "Bearer "+hidden {
		t.Errorf("the server got %q", got)
	}
	for i, want := range []string{`"echo":"Bearer ${workflow.secrets.TOKEN}"`, `[12,"${workflow.secrets.TOKEN}"]`, `"result":12`} {
		if out := x.Tasks[i].OutputData.String(); !strings.Contains(out, want) {
			t.Errorf("%s gave %s, want %s", x.Tasks[i].ReferenceTaskName, out, want)
		}
	}
	h.keepsQuiet(id)
}

func TestRuntimeMetadataIsForTheWorkerAlone(t *testing.T) {
	h := setup(t)
	h.secret("TOKEN", hidden)
	if err := h.PutVariable(t.Context(), "REGION", "eu"); err != nil {
		t.Fatal(err)
	}
	h.taskDef(`{"name":"a","runtimeMetadata":["TOKEN","REGION","GONE"]}`)
	h.register("wf", one("a", ""), "")
	id := h.start("wf", `{}`)
	task := h.poll("a")
	if fmt.Sprint(task.RuntimeMetadata) != fmt.Sprint(map[string]string{"TOKEN": hidden, "REGION": "eu"}) {
		t.Errorf("the worker got %v", task.RuntimeMetadata)
	}
	h.keepsQuiet(id)
}

func TestEnvironmentVariables(t *testing.T) {
	h := setup(t)
	for name, value := range map[string]string{"REGION": "eu", "LIMITS": `{"max":[3,4]}`} {
		if err := h.PutVariable(t.Context(), name, value); err != nil {
			t.Fatal(err)
		}
	}
	h.register("wf", given("a", `"r":"in ${workflow.env.REGION}","m":"${workflow.env.LIMITS.max[1]}","g":"${workflow.env.GONE}"`), "")
	h.start("wf", `{}`)
	if in := h.poll("a").InputData.String(); in != `{"g":null,"m":4,"r":"in eu"}` {
		t.Errorf("input: %s", in)
	}
	if old, err := h.DeleteVariable(t.Context(), "REGION"); err != nil || old != "eu" {
		t.Errorf("deleted: %q, %v", old, err)
	}
	if _, err := h.Variable(t.Context(), "REGION"); workflow.KindOf(err) != workflow.NotFound {
		t.Errorf("after its deletion: %v", err)
	}
	if err := h.PutVariable(t.Context(), "a b", "x"); workflow.KindOf(err) != workflow.Invalid {
		t.Errorf("a name that no expression can say: %v", err)
	}
}

func TestSecretsAreSealedOnDisk(t *testing.T) {
	dir, key := t.TempDir(), seal.Generate()
	open := func(key []byte) (*engine.Engine, error) {
		return engine.Open(t.Context(), engine.Config{Dir: filepath.Join(dir, "store"), SecretKey: key})
	}
	e, err := open(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.PutSecret(t.Context(), "TOKEN", hidden); err != nil {
		t.Fatal(err)
	}
	if err := e.AddTags(t.Context(), engine.TagSecret, "TOKEN", []workflow.Tag{{Key: "team", Value: "a"}}, engine.TagsByKey); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		b, err := io.ReadAll(f)
		if bytes.Contains(b, []byte("s3cr")) {
			t.Errorf("%s holds the secret in clear", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range [][]byte{nil, seal.Generate()} {
		if e, err := open(wrong); err == nil {
			t.Errorf("it opened with another key: %v", e.Close())
		}
	}
	if e, err = open(key); err != nil {
		t.Fatal(err)
	}
	if got, err := e.Secret(t.Context(), "TOKEN"); err != nil || got != hidden {
		t.Errorf("after a restart: %q, %v", got, err)
	}
	all, err := e.Secrets(t.Context())
	if err != nil || len(all) != 1 || len(all[0].Tags) != 1 {
		t.Errorf("after a restart: %v, %v", all, err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestASecretChangesWhileTasksWait(t *testing.T) {
	h := setup(t)
	h.secret("TOKEN", "before")
	h.register("wf", given("a", `"x":"${workflow.secrets.TOKEN}"`), "")
	h.start("wf", `{}`)
	h.secret("TOKEN", "after")
	if in := h.poll("a").InputData.String(); in != `{"x":"after"}` {
		t.Errorf("the worker got %s", in)
	}
	if err := h.DeleteSecret(t.Context(), "TOKEN"); err != nil {
		t.Fatal(err)
	}
	if err := h.DeleteSecret(t.Context(), "TOKEN"); workflow.KindOf(err) != workflow.NotFound {
		t.Errorf("deleted twice: %v", err)
	}
	tasks, err := h.Poll(t.Context(), engine.PollRequest{TaskType: "a", Wait: time.Millisecond})
	if err != nil || len(tasks) > 0 {
		t.Errorf("polled again: %v, %v", tasks, err)
	}
}
