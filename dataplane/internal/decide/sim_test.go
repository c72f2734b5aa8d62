package decide

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

var (
	simSeeds = flag.Uint64("sim.seeds", 400, "how many random histories the simulation plays")
	simSeed  = flag.Uint64("sim.seed", 0, "play only the history of this seed, and tell it")
)

// TestSimulation plays random histories of random definitions. After every step the state must be consistent, what it
// reports as changed must be what differs, and a state rebuilt from the rows must go on as the one in memory does.
func TestSimulation(t *testing.T) {
	if *simSeed != 0 {
		if err := play(*simSeed, t.Logf); err != nil {
			t.Fatalf("seed %d: %v", *simSeed, err)
		}
		return
	}
	failed := 0
	for seed := uint64(1); seed <= *simSeeds && failed < 10; seed++ {
		if err := play(seed, nil); err != nil {
			failed++
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

// sim is one history.
type sim struct {
	r    *rand.Rand
	plan *Plan
	s    *State
	now  int64
	ids  int
	rows map[int]row // what is stored
	log  func(string, ...any)
	last string // the last event
	hard bool   // the last event may take back what had ended
	ends map[string]workflow.TaskStatus
}

// row is a stored record; def is apart, as what is empty in it may be written in two ways.
type row struct {
	id, task, in, out string
	def               string
}

func play(seed uint64, log func(string, ...any)) (err error) {
	m := &sim{r: rand.New(rand.NewPCG(seed, 1)), now: 1_700_000_000_000, rows: map[int]row{}, log: log, ends: map[string]workflow.TaskStatus{}}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic at %s: %v\n%s", m.last, p, debug.Stack())
		}
		if err != nil {
			err = fmt.Errorf("after %s: %w\n%s", m.last, err, m.tell())
		}
	}()
	def := (&generator{r: m.r}).def()
	if m.plan, err = Compile(def); err != nil {
		return err
	}
	m.last = "start"
	m.s, err = Start(m.env(), m.plan, &workflow.StartRequest{Name: "sim", Input: workflow.Payload(`{"x":1}`)}, Origin{ID: "run", ParentID: "parent", ParentTaskID: "pt"})
	if err != nil {
		return err
	}
	if err := m.after(m.s, m.rows); err != nil {
		return err
	}
	for range 10 + m.r.IntN(60) {
		if err := m.step(m.event()); err != nil {
			return err
		}
	}
	return m.finish()
}

func (m *sim) env() *Env {
	return &Env{
		Context: m.context(), Now: m.now, ScriptLimit: time.Second, Rand: m.r.Int64N,
		NewID: func() string { m.ids++; return fmt.Sprintf("id%d", m.ids) },
		TaskDef: func(name string) *workflow.TaskDef {
			if name != "work" {
				return nil
			}
			d := workflow.DefaultTaskDef(name)
			d.RetryCount, d.RetryDelaySeconds = 1, 1
			return d
		},
	}
}

// event is something that happens to an execution; it names tasks so that it means the same in a rebuilt state.
type event struct {
	name string
	hard bool // it may take back what had ended
	run  func(*State) error
}

// target names a task by reference and attempt.
type target struct {
	ref     string
	attempt int
}

func (g target) in(s *State) *Task {
	for _, t := range slices.Backward(s.tasks) { // a rerun counts attempts from 0 again: the newest is meant
		if t != nil && t.Ref == g.ref && t.RetryCount == g.attempt {
			return t
		}
	}
	return nil
}

// step applies an event, now and then to a rebuilt state as well, and checks what follows.
func (m *sim) step(e event) error {
	m.last, m.hard = e.name, e.hard
	if m.log != nil {
		m.log("%s", e.name)
	}
	var twin *State
	var twinRows map[int]row
	if m.r.IntN(3) == 0 {
		twinRows = maps.Clone(m.rows)
		var err error
		if twin, err = m.load(); err != nil {
			return err
		}
		if a, b := canon(m.s), canon(twin); a != b {
			return fmt.Errorf("the rebuilt state differs before the step:\n%s\nwant\n%s", b, a)
		}
	}
	before := m.s.Rev
	m.s.Begin(m.env())
	failure := e.run(m.s)
	if failure != nil && !m.s.changes.Empty() && !strings.HasPrefix(e.name, "poll") && m.s.Rev == before {
		for _, t := range m.s.changes.Tasks {
			if t.Status != workflow.TaskInProgress {
				return fmt.Errorf("an event that failed (%w) has changed something", failure)
			}
		}
	}
	if err := m.after(m.s, m.rows); err != nil {
		return err
	}
	if twin == nil {
		return nil
	}
	twin.Begin(m.env())
	if again := e.run(twin); (again == nil) != (failure == nil) {
		return fmt.Errorf("in the rebuilt state the event ends with %w, in memory with %w", again, failure)
	}
	if err := m.after(twin, twinRows); err != nil {
		return fmt.Errorf("rebuilt: %w", err)
	}
	if a, b := canon(m.s), canon(twin); a != b {
		return fmt.Errorf("the rebuilt state went on as\n%s\nwant\n%s", b, a)
	}
	if m.r.IntN(2) == 0 {
		m.s, m.rows, m.ends = twin, twinRows, nil
	}
	return nil
}

// load rebuilds the state from the rows.
func (m *sim) load() (*State, error) {
	var tasks []*Task
	for _, seq := range slices.Sorted(maps.Keys(m.rows)) {
		r := m.rows[seq]
		t := &Task{}
		if err := json.Unmarshal([]byte(r.task), t); err != nil {
			return nil, err
		}
		t.Input, t.Output = workflow.Payload(r.in), workflow.Payload(r.out)
		if r.def != "" {
			if err := json.Unmarshal([]byte(r.def), &t.Def); err != nil {
				return nil, err
			}
		}
		tasks = append(tasks, t)
	}
	b, err := json.Marshal(m.s.Header)
	if err != nil {
		return nil, err
	}
	var h Header
	if err := json.Unmarshal(b, &h); err != nil {
		return nil, err
	}
	return Load(m.plan, h, m.s.Input, m.s.Variables, m.s.Output, tasks, m.env().TaskDef), nil
}

// canon is what must be the same in a rebuilt state; ids and the order of what happens at one moment need not be.
func canon(s *State) string {
	var out []string
	for _, t := range s.tasks {
		if t != nil {
			out = append(out, fmt.Sprintf("  %s #%d %s %s retried=%v executed=%v iteration=%d", t.Ref, t.RetryCount, t.Type, t.Status, t.Retried, t.Executed, t.Iteration))
		}
	}
	slices.Sort(out)
	return fmt.Sprintf("%s %s\n%s", s.Status, s.Variables, strings.Join(out, "\n"))
}

// after stores what a step changed and checks the state.
func (m *sim) after(s *State, rows map[int]row) error {
	c := s.Take()
	for _, t := range c.Deleted {
		delete(rows, t.Seq)
	}
	for _, t := range c.Tasks {
		if s.TaskBySeq(t.Seq) == t {
			r, err := encode(t)
			if err != nil {
				return err
			}
			rows[t.Seq] = r
		}
	}
	n := 0
	for _, t := range s.tasks {
		if t == nil {
			continue
		}
		n++
		r, err := encode(t)
		if err != nil {
			return err
		}
		if r.def = rows[t.Seq].def; rows[t.Seq] != r {
			return fmt.Errorf("task %s #%d differs from its row and is not among the changes:\n%v\nrow\n%v", t.Ref, t.RetryCount, r, rows[t.Seq])
		}
	}
	if n != len(rows) {
		return fmt.Errorf("%d tasks, %d rows", n, len(rows))
	}
	return m.check(s)
}

func encode(t *Task) (row, error) {
	r := row{id: t.ID, in: string(t.Input), out: string(t.Output)}
	if t.Def != nil {
		b, err := json.Marshal(t.Def)
		if err != nil {
			return r, err
		}
		r.def = string(b)
	}
	plain := *t
	plain.Def = nil
	b, err := json.Marshal(&plain)
	r.task = string(b)
	return r, err
}

// tell describes the history for a failure.
func (m *sim) tell() string {
	b, _ := json.Marshal(m.plan.Def.Tasks)
	var d any
	_ = json.Unmarshal(b, &d)
	b, _ = json.Marshal(sparse(d))
	if m.s == nil {
		return string(b)
	}
	return fmt.Sprintf("%s\ndefinition: %s", canon(m.s), b)
}

// sparse leaves out what is empty.
func sparse(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			switch e := sparse(e).(type) {
			case nil:
				delete(v, k)
			default:
				v[k] = e
			}
		}
		if len(v) == 0 {
			return nil
		}
		delete(v, "taskDefinition")
	case []any:
		for i := range v {
			v[i] = sparse(v[i])
		}
		if len(v) == 0 {
			return nil
		}
	case string:
		if v == "" {
			return nil
		}
	case bool:
		if !v {
			return nil
		}
	}
	return v
}

func asAny(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		panic(err)
	}
	return out
}
