package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"
)

// Options are what a scenario is run with.
type Options struct {
	Scenario    string
	Workflows   int           // to run
	Concurrency int           // workflows in flight, or pollers of the scenario poll
	Workers     int           // of each task type
	Batch       int           // tasks that a worker holds at a time
	Tasks       int           // in sequence in each workflow
	Width       int           // branches of the scenario fanout
	Iterations  int           // of the scenario loop
	Keep        int           // iterations that a loop keeps (keepLastN); 0: all
	Payload     int           // bytes of input that go through each task
	Duration    time.Duration // of the scenario poll
}

// defaults fills in what is zero.
func (o Options) defaults() Options {
	o.Scenario = cmp.Or(o.Scenario, "simple")
	o.Workflows = cmp.Or(o.Workflows, 2000)
	o.Concurrency = cmp.Or(o.Concurrency, 50)
	o.Workers = cmp.Or(o.Workers, 4)
	o.Batch = cmp.Or(o.Batch, 20)
	o.Tasks = cmp.Or(o.Tasks, 3)
	o.Width = cmp.Or(o.Width, 100)
	o.Iterations = cmp.Or(o.Iterations, 1000)
	o.Payload = cmp.Or(o.Payload, 256)
	o.Duration = cmp.Or(o.Duration, 10*time.Second)
	return o
}

// validate names the option that makes no sense.
func (o Options) validate() error {
	for name, value := range map[string]int{
		"n": o.Workflows, "c": o.Concurrency, "workers": o.Workers, "batch": o.Batch, "tasks": o.Tasks, "width": o.Width, "iterations": o.Iterations,
	} {
		if value < 1 {
			return fmt.Errorf("%s: %d is not positive", name, value)
		}
	}
	if o.Payload < 0 || o.Keep < 0 || o.Duration <= 0 {
		return fmt.Errorf("payload: %d, keep: %d or duration: %s is negative", o.Payload, o.Keep, o.Duration)
	}
	return nil
}

// Run runs one scenario against a server. The error says what is wrong with the options or that the scenario could not
// begin; failed calls and workflows that did not complete are in the result.
func Run(ctx context.Context, c *conductor, o Options) (Result, error) {
	o = o.defaults()
	if err := o.validate(); err != nil {
		return Result{}, err
	}
	l := &load{Options: o, api: c, prefix: "load_" + strings.ToLower(rand.Text()[:8])}
	run, ok := map[string]func(context.Context) error{
		"simple":  l.simple,
		"fanout":  l.fanout,
		"loop":    l.loop,
		"system":  l.system,
		"sync":    l.sync,
		"backlog": l.backlog,
		"poll":    l.idle,
	}[o.Scenario]
	if !ok {
		return Result{}, fmt.Errorf("scenario: %q is none of simple, fanout, loop, system, sync, backlog, poll", o.Scenario)
	}
	if err := run(ctx); err != nil {
		return Result{}, err
	}
	return l.result(ctx), nil
}

// simple: workflows of Tasks worker tasks in sequence.
func (l *load) simple(ctx context.Context) error {
	if err := l.register(ctx, l.sequence("SIMPLE"), l.Tasks); err != nil {
		return err
	}
	return l.withWorkers(ctx, l.Tasks, l.Tasks)
}

// fanout: workflows of one dynamic fork of Width worker tasks and its join.
func (l *load) fanout(ctx context.Context) error {
	def := l.workflow([]object{
		{
			"name": "fork", "taskReferenceName": "fork", "type": "FORK_JOIN_DYNAMIC",
			"inputParameters":       object{"branches": "${workflow.input.branches}", "inputs": "${workflow.input.inputs}"},
			"dynamicForkTasksParam": "branches", "dynamicForkTasksInputParamName": "inputs",
		},
		{"name": "join", "taskReferenceName": "join", "type": "JOIN"},
	})
	if err := l.register(ctx, def, 1); err != nil {
		return err
	}
	return l.withWorkers(ctx, 1, l.Width)
}

// withWorkers keeps Concurrency workflows in flight and is their worker.
func (l *load) withWorkers(ctx context.Context, types, tasksEach int) error {
	l.prepare(tasksEach)
	stop := l.work(ctx, types)
	defer stop()
	l.drive(ctx, func(ctx context.Context, i int) (sample, error) {
		begun := time.Now()
		id, err := l.api.start(ctx, l.prefix, l.input(i))
		if err != nil {
			return sample{}, err
		}
		s := sample{id: id, start: time.Since(begun)}
		select {
		case <-l.flights[i].done:
			s.total = time.Since(begun)
			return s, nil
		case <-ctx.Done():
			return s, fmt.Errorf("workflow %s: %d of its tasks did not arrive: %w", id, l.flights[i].left.Load(), ctx.Err())
		}
	})
	return nil
}

// system: workflows of Tasks INLINE tasks in sequence; nobody has to work on them.
func (l *load) system(ctx context.Context) error {
	return l.withoutWorkers(ctx, l.sequence("INLINE"), l.Tasks)
}

// loop: workflows of one loop over an INLINE task that reads the loop's iteration.
func (l *load) loop(ctx context.Context) error {
	in := object{"iterations": l.Iterations}
	if l.Keep > 0 {
		in["keepLastN"] = l.Keep
	}
	return l.withoutWorkers(ctx, l.workflow([]object{{
		"name": "loop", "taskReferenceName": "loop", "type": "DO_WHILE", "loopCondition": "$.loop.iteration < $.iterations",
		"inputParameters": in,
		"loopOver": []object{{
			"name": "step", "taskReferenceName": "step", "type": "INLINE",
			"inputParameters": object{"i": "${loop.output.iteration}", "evaluatorType": "javascript", "expression": "$.i + 1"},
		}},
	}}), l.Iterations)
}

// withoutWorkers keeps Concurrency workflows in flight until each has ended by itself.
func (l *load) withoutWorkers(ctx context.Context, def object, tasksEach int) error {
	if err := l.register(ctx, def, 0); err != nil {
		return err
	}
	l.prepare(tasksEach)
	l.drive(ctx, func(ctx context.Context, i int) (sample, error) {
		begun := time.Now()
		id, err := l.api.start(ctx, l.prefix, l.input(i))
		if err != nil {
			return sample{}, err
		}
		s := sample{id: id, start: time.Since(begun)}
		status, err := l.untilEnded(ctx, id)
		if err == nil && status != completed {
			err = fmt.Errorf("workflow %s ended %s", id, status)
		}
		s.total = time.Since(begun)
		return s, err
	})
	return nil
}

// sync: as system, each workflow in one call that answers when it has ended.
func (l *load) sync(ctx context.Context) error {
	if err := l.register(ctx, l.sequence("INLINE"), 0); err != nil {
		return err
	}
	l.prepare(l.Tasks)
	l.drive(ctx, func(ctx context.Context, i int) (sample, error) {
		begun := time.Now()
		id, status, err := l.api.execute(ctx, l.prefix, l.input(i))
		if err == nil && status != completed {
			err = fmt.Errorf("workflow %s was answered as %q", id, status)
		}
		took := time.Since(begun)
		return sample{id: id, start: took, total: took}, err
	})
	return nil
}

// backlog: all workflows of simple are started before anybody works on them, then they are drained.
func (l *load) backlog(ctx context.Context) error {
	if err := l.register(ctx, l.sequence("SIMPLE"), l.Tasks); err != nil {
		return err
	}
	l.prepare(l.Tasks)
	l.drive(ctx, func(ctx context.Context, i int) (sample, error) {
		begun := time.Now()
		id, err := l.api.start(ctx, l.prefix, l.input(i))
		took := time.Since(begun)
		return sample{id: id, start: took}, err
	})
	l.startsTook = l.took
	begun := time.Now()
	stop := l.work(ctx, l.Tasks)
	defer stop()
	for i := range l.flights {
		select {
		case <-l.flights[i].done:
		case <-ctx.Done():
			l.fail(fmt.Errorf("the backlog is not drained: %w", ctx.Err()))
			return nil
		}
	}
	l.took = time.Since(begun)
	return nil
}

// idle (scenario poll): Concurrency pollers wait for tasks that never come.
func (l *load) idle(ctx context.Context) error {
	if err := l.registerTypes(ctx, 1); err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, l.Duration)
	defer cancel()
	begun := time.Now()
	l.inParallel(l.Concurrency, func(worker int) {
		for waiting.Err() == nil {
			if _, err := l.api.poll(waiting, l.taskType(0), fmt.Sprintf("idle-%d", worker), l.Batch, pollWait); err != nil {
				if waiting.Err() == nil {
					l.fail(err)
				}
				return
			}
			l.polls.Add(1)
		}
	})
	l.took = time.Since(begun)
	return nil
}

func (l *load) taskType(i int) string { return fmt.Sprintf("%s_%d", l.prefix, i) }

// sequence is a definition of Tasks tasks of a type, one after the other.
func (l *load) sequence(taskType string) object {
	var tasks []object
	for i := range l.Tasks {
		input := object{"flight": "${workflow.input.flight}", "payload": "${workflow.input.payload}"}
		if taskType == "INLINE" {
			input = object{"i": i, "evaluatorType": "javascript", "expression": "(function () { return $.i + 1; })()"}
		}
		tasks = append(tasks, object{
			"name": l.taskType(i), "taskReferenceName": fmt.Sprintf("step_%d", i), "type": taskType, "inputParameters": input,
		})
	}
	return l.workflow(tasks)
}

func (l *load) workflow(tasks []object) object {
	return object{
		"name": l.prefix, "version": 1, "schemaVersion": 2, "ownerEmail": "load@example.com",
		"timeoutPolicy": "TIME_OUT_WF", "timeoutSeconds": 3600, "tasks": tasks,
	}
}

func (l *load) register(ctx context.Context, def object, types int) error {
	if err := l.registerTypes(ctx, types); err != nil {
		return err
	}
	return l.api.registerWorkflow(ctx, def)
}

func (l *load) registerTypes(ctx context.Context, types int) error {
	if types == 0 {
		return nil
	}
	var defs []object
	for i := range types {
		defs = append(defs, object{
			"name": l.taskType(i), "ownerEmail": "load@example.com", "retryCount": 0, "timeoutSeconds": 3600, "responseTimeoutSeconds": 600,
		})
	}
	return l.api.registerTasks(ctx, defs)
}

// input is the input of workflow i of the run.
func (l *load) input(i int) object {
	in := object{"flight": i, "payload": strings.Repeat("x", l.Payload)}
	if l.Scenario != "fanout" {
		return in
	}
	branches, inputs := make([]object, l.Width), make(object, l.Width)
	for b := range branches {
		ref := fmt.Sprintf("branch_%d", b)
		branches[b] = object{"name": l.taskType(0), "taskReferenceName": ref, "type": "SIMPLE"}
		inputs[ref] = object{"flight": i, "branch": b}
	}
	in["branches"], in["inputs"] = branches, inputs
	return in
}
