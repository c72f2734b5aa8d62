package engine_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// none fails when a task of a type can be had now.
func (h *harness) none(taskType string) {
	h.t.Helper()
	if tasks, err := h.Poll(h.t.Context(), engine.PollRequest{TaskType: taskType, Count: 10}); err != nil || len(tasks) != 0 {
		h.t.Errorf("handed out over the limit: %v, %v", tasks, err)
	}
}

// parked begins a poll that waits, and returns when it does.
func (h *harness) parked(taskType string, count int) <-chan []*workflow.Task {
	h.t.Helper()
	out := make(chan []*workflow.Task, 1)
	go func() {
		tasks, err := h.Poll(h.t.Context(), engine.PollRequest{TaskType: taskType, Count: count, Wait: time.Minute})
		if err != nil {
			h.t.Error(err)
		}
		out <- tasks
	}()
	for end := time.Now().Add(time.Minute); ; {
		for _, q := range h.Queues() {
			if q.TaskType == taskType && q.Pollers > 0 {
				return out
			}
		}
		if time.Now().After(end) {
			h.t.Fatal("the poll does not park")
		}
		<-time.After(time.Millisecond)
	}
}

func TestLimit_TenWorkersNeverHaveMoreThanTwoTasks(t *testing.T) {
	h := setup(t)
	h.taskDef(`{"name":"a","concurrentExecLimit":2}`)
	h.register("wf", one("a", ""), "")
	const tasks = 40
	ids := make([]string, tasks)
	for i := range ids {
		ids[i] = h.start("wf", `{}`)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var mu sync.Mutex
	now, most, done := 0, 0, 0
	var workers sync.WaitGroup
	for range 10 {
		workers.Go(func() {
			for ctx.Err() == nil {
				got, err := h.Poll(ctx, engine.PollRequest{TaskType: "a", Count: 3, Wait: time.Minute})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				now += len(got)
				most = max(most, now)
				mu.Unlock()
				for _, one := range got {
					mu.Lock()
					now--
					if done++; done == tasks {
						stop()
					}
					mu.Unlock()
					h.finish(one, workflow.TaskCompleted, `{}`)
				}
			}
		})
	}
	workers.Wait()
	if most != 2 {
		t.Errorf("at most %d tasks were in progress", most)
	}
	for _, id := range ids {
		h.until(id, workflow.Completed)
	}
}

func TestLimit_ASlotIsFreedHoweverATaskEnds(t *testing.T) {
	h, clock := setupClock(t)
	h.taskDef(`{"name":"a","concurrentExecLimit":1,"responseTimeoutSeconds":10,"retryCount":0,"timeoutPolicy":"RETRY"}`)
	h.register("wf", one("a", ""), "")
	for range 6 {
		h.start("wf", `{}`)
	}
	next := func(end func(*workflow.Task)) {
		t.Helper()
		task := h.poll("a")
		h.none("a")
		poll := h.parked("a", 5)
		end(task)
		select {
		case got := <-poll:
			if len(got) != 1 {
				t.Fatalf("%d tasks", len(got))
			}
			h.finish(got[0], workflow.TaskInProgress, `{}`) // gives it back
		case <-time.After(time.Minute):
			t.Fatal("the slot is not free")
		}
	}
	next(func(task *workflow.Task) { h.finish(task, workflow.TaskCompleted, `{}`) })
	next(func(task *workflow.Task) { h.finish(task, workflow.TaskFailed, `{}`) })
	next(func(task *workflow.Task) { h.finish(task, workflow.TaskInProgress, `{}`) })
	next(func(*workflow.Task) { clock.Advance(10 * time.Second) }) // its worker has gone
	next(func(task *workflow.Task) {
		if err := h.Terminate(t.Context(), task.WorkflowInstanceID, "enough"); err != nil {
			t.Fatal(err)
		}
	})
	next(func(task *workflow.Task) {
		if err := h.Remove(t.Context(), task.WorkflowInstanceID, false); err != nil {
			t.Fatal(err)
		}
	})
}

func TestLimit_WhatWorkersHaveCountsAfterReopening(t *testing.T) {
	h, reopen := reopenable(t, engine.Config{})
	h.taskDef(`{"name":"a","concurrentExecLimit":1}`)
	h.register("wf", one("a", ""), "")
	h.start("wf", `{}`)
	h.start("wf", `{}`)
	task := h.poll("a")
	reopen()
	h.none("a")
	h.finish(task, workflow.TaskCompleted, `{}`)
	h.work("a", `{}`)
}

func TestLimit_Rate(t *testing.T) {
	h, clock := setupClock(t)
	h.taskDef(`{"name":"a","rateLimitPerFrequency":5,"rateLimitFrequencyInSeconds":1}`)
	h.register("wf", one("a", ""), "")
	for range 12 {
		h.start("wf", `{}`)
	}
	take := func(want int) {
		t.Helper()
		got, err := h.Poll(t.Context(), engine.PollRequest{TaskType: "a", Count: 10})
		if err != nil || len(got) != want {
			t.Errorf("%d tasks, want %d: %v", len(got), want, err)
		}
		for _, one := range got {
			h.finish(one, workflow.TaskCompleted, `{}`)
		}
	}
	take(5)
	take(0)
	clock.Advance(999 * time.Millisecond)
	take(0)
	poll := h.parked("a", 10)
	clock.Advance(time.Millisecond)
	if got := <-poll; len(got) != 5 {
		t.Errorf("%d tasks in the next second", len(got))
	}
	h.none("a")
	clock.Advance(time.Second)
	take(2)
}

func TestLimit_AChangeActsAtOnce(t *testing.T) {
	h := setup(t)
	h.register("wf", one("a", ""), "")
	for range 8 {
		h.start("wf", `{}`)
	}
	h.poll("a")
	h.taskDef(`{"name":"a","concurrentExecLimit":1}`)
	poll := h.parked("a", 1)
	update := func(text string) {
		t.Helper()
		d := &workflow.TaskDef{}
		if err := d.UnmarshalJSON([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := h.UpdateTaskDef(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	wait := func(what string) {
		t.Helper()
		select {
		case got := <-poll:
			if len(got) != 1 {
				t.Errorf("%s: %d tasks", what, len(got))
			}
		case <-time.After(time.Minute):
			t.Fatalf("%s: nothing comes", what)
		}
	}
	update(`{"name":"a","concurrentExecLimit":2}`)
	wait("raised")
	poll = h.parked("a", 1)
	if err := h.DeleteTaskDef(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	wait("deleted")
	h.poll("a")
}

func TestLimit_OfSystemTasks(t *testing.T) {
	var mu sync.Mutex
	now, most := 0, 0
	enter, leave := make(chan bool, 100), make(chan bool)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		enter <- true
		<-leave
		mu.Lock()
		now--
		mu.Unlock()
	}))
	defer server.Close()
	h := setup(t)
	h.taskDef(`{"name":"call","concurrentExecLimit":2}`)
	h.register("wf", fmt.Sprintf(`[{"name":"call","taskReferenceName":"c","type":"HTTP","inputParameters":{"uri":%q,"method":"GET"}}]`, server.URL), "")
	var ids []string
	for range 6 {
		ids = append(ids, h.start("wf", `{}`))
	}
	<-enter
	<-enter
	for _, q := range h.Queues() {
		if q.TaskType == "call" {
			t.Errorf("a queue that is not for workers is shown: %+v", q)
		}
	}
	if _, err := h.Poll(t.Context(), engine.PollRequest{TaskType: "call", Domain: "\x00held"}); workflow.KindOf(err) != workflow.Invalid {
		t.Errorf("a worker may poll it: %v", err)
	}
	for i := range ids {
		leave <- true
		if i < len(ids)-2 {
			<-enter // the next begins as soon as one ends
		}
	}
	for _, id := range ids {
		h.until(id, workflow.Completed)
	}
	if most != 2 {
		t.Errorf("%d calls at a time", most)
	}
}

func TestPriority_OrdersOverExecutions(t *testing.T) {
	h := setup(t)
	h.register("wf", one("a", ""), "")
	for _, priority := range []int{0, 99, 50, 1} {
		if _, err := h.Start(t.Context(), &workflow.StartRequest{Name: "wf", Priority: priority, CorrelationID: fmt.Sprint(priority)}); err != nil {
			t.Fatal(err)
		}
	}
	var order []string
	for range 4 {
		order = append(order, h.poll("a").CorrelationID)
	}
	if got := fmt.Sprint(order); got != "[99 50 1 0]" {
		t.Errorf("order %s", got)
	}
}
