package decide

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync/atomic"

	"github.com/podium-cloud/podium/dataplane/internal/expr"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Plan is a definition compiled for walking: each task knows its successor and the operator that contains it.
// It is immutable and shared by all executions of the definition.
type Plan struct {
	Def   *workflow.Def
	JSON  []byte // the definition as snapshotted with an execution
	Hash  string // of JSON; equal definitions share one stored snapshot
	first *node
	nodes map[string]*node // by reference name

	secrets []string // that the definition names
}

type node struct {
	task       *workflow.DefTask
	next       *node // successor in the same sequence, nil at its end
	parent     *node // SWITCH, fork or loop that contains it, nil at the top level
	branches   map[string]*node
	fallback   *node   // first of the default case
	forks      []*node // first of each branch
	body       *node   // first of a loop's body
	constant   workflow.Payload
	dynamic    bool                             // not in the definition: made by a dynamic fork, or a DYNAMIC task's type
	registered *workflow.TaskDef                // policy of a dynamic node
	standard   atomic.Pointer[workflow.TaskDef] // policy of a task without one
	encoded    atomic.Pointer[[]byte]
	secrets    atomic.Pointer[[]string] // names of those that it may use by the definition
	fork       int                      // Seq of the dynamic fork whose branch it heads
}

// Compile makes the plan of a definition whose task definitions are filled in.
func Compile(def *workflow.Def) (*Plan, error) {
	b, err := json.Marshal(def)
	if err != nil {
		return nil, fmt.Errorf("encode definition: %w", err)
	}
	sum := sha256.Sum256(b)
	p := &Plan{Def: def, JSON: b, Hash: hex.EncodeToString(sum[:16]), nodes: map[string]*node{}, secrets: expr.NamedSecrets(b)}
	p.first = p.sequence(def.Tasks, nil)
	return p, nil
}

func (p *Plan) sequence(tasks []*workflow.DefTask, parent *node) *node {
	return sequence(tasks, parent, p.nodes)
}

func sequence(tasks []*workflow.DefTask, parent *node, into map[string]*node) *node {
	var first, last *node
	for _, t := range tasks {
		if t == nil { // a null in a task that came at run time
			continue
		}
		n := compile(t, parent, into)
		if first == nil {
			first = n
		} else {
			last.next = n
		}
		last = n
	}
	return first
}

func compile(t *workflow.DefTask, parent *node, into map[string]*node) *node {
	n := &node{task: t, parent: parent}
	into[t.TaskReferenceName] = n
	if !expr.HasExpression(t.InputParameters) && (t.TaskDefinition == nil || len(t.TaskDefinition.InputTemplate) == 0) {
		n.constant, _ = workflow.NewPayload(t.InputParameters)
	}
	switch t.Type {
	case workflow.TypeSwitch, workflow.TypeDecision:
		n.branches = make(map[string]*node, len(t.DecisionCases))
		for name, tasks := range t.DecisionCases {
			n.branches[name] = sequence(tasks, n, into)
		}
		n.fallback = sequence(t.DefaultCase, n, into)
	case workflow.TypeForkJoin:
		for _, tasks := range t.ForkTasks {
			if first := sequence(tasks, n, into); first != nil {
				n.forks = append(n.forks, first)
			}
		}
	case workflow.TypeDoWhile:
		n.body = sequence(t.LoopOver, n, into)
	}
	return n
}

// shown returns the node's task with its policy, as the API shows it, and its JSON. That of a task in the definition is
// encoded once. That of others is left to whoever needs it: a fork may have tens of thousands.
func (n *node) shown() (*workflow.DefTask, []byte) {
	if n.dynamic {
		def := *n.task
		def.Normalize() // on a copy: the empty collections of a wide fork would take more than all else of it
		if def.TaskDefinition == nil {
			def.TaskDefinition = n.registered
		}
		return &def, nil
	}
	if b := n.encoded.Load(); b != nil {
		return n.task, *b
	}
	b, err := json.Marshal(n.task)
	if err != nil {
		return n.task, nil // it is encoded again, with the error, by whoever needs it
	}
	n.encoded.Store(&b)
	return n.task, b
}

func (n *node) ref() string { return n.task.TaskReferenceName }

// policy returns the task definition that governs the node's tasks, never nil.
func (n *node) policy() *workflow.TaskDef {
	if n.task.TaskDefinition != nil {
		return n.task.TaskDefinition
	}
	if n.registered != nil {
		return n.registered
	}
	p := n.standard.Load()
	if p == nil {
		p = defaultPolicy(n.task)
		if n.dynamic {
			p.RetryCount = 0
		}
		n.standard.Store(p)
	}
	return p
}

// defaultPolicy is the policy of a task that has no definition: a worker task gets the defaults, any other is neither
// retried nor timed. Those that are made as the execution goes are not retried either.
func defaultPolicy(t *workflow.DefTask) *workflow.TaskDef {
	d := workflow.DefaultTaskDef(t.Name)
	if t.Type != workflow.TypeSimple && t.Type != workflow.TypeDynamic {
		d.RetryCount, d.ResponseTimeoutSeconds = 0, 0
	}
	return d
}

func (n *node) retries() int {
	if n.task.RetryCount != nil {
		return *n.task.RetryCount
	}
	return n.policy().RetryCount
}
