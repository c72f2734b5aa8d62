package rest_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/antihax/optional"
	"github.com/conductor-sdk/conductor-go/sdk/client"
	"github.com/conductor-sdk/conductor-go/sdk/model"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

func TestScheduler(t *testing.T) {
	s := newServer(t, options{})
	s.void(s.post("/api/metadata/workflow", `{"name":"wf","tasks":[{"name":"n","taskReferenceName":"n","type":"NOOP"}]}`))
	saved := decode[workflow.Schedule](t, s.ok(s.post("/api/scheduler/schedules", `{"name":"often","cronExpression":"* * * * * *","zoneId":"Europe/Berlin","startWorkflowRequest":{"name":"wf"}}`)))
	if saved.NextRunTime == 0 || saved.CreateTime == 0 || saved.RunCatchup {
		t.Errorf("saved: %+v", saved)
	}
	s.eventually("it is carried out twice", func() bool {
		found := s.json(s.get("/api/scheduler/search/executions?query=scheduleName+IN+(often)+AND+state+%3D+EXECUTED&sort=scheduledTime:ASC"))
		return found["totalHits"].(float64) >= 2
	})
	s.void(s.put("/api/scheduler/schedules/often/pause?reason=enough", ""))
	s.void(s.get("/api/scheduler/schedules/often/pause"))
	if a := s.ok(s.get("/api/scheduler/schedules/search?paused=true&freeText=oft*")); !strings.Contains(a.body, `"totalHits":1`) {
		t.Errorf("search: %s", a.body)
	}
	for query, hits := range map[string]string{"scheduleName=ofte": "1", "scheduleName=seldom": "0", "size=0": "1"} {
		if a := s.ok(s.get("/api/scheduler/schedules/search?" + query)); !strings.HasPrefix(a.body, `{"totalHits":`+hits+",") {
			t.Errorf("search for %s: %s", query, a.body)
		}
	}
	several := s.json(s.post("/api/scheduler/schedules", `{"name":"several","cronSchedules":[{"cronExpression":"0 0 0 L * *"}],"paused":true,"startWorkflowRequest":{"name":"later"}}`))
	if zone := several["cronSchedules"].([]any)[0].(map[string]any)["zoneId"]; zone != "UTC" {
		t.Errorf("zone of one of several: %v", zone)
	}
	s.void(s.delete("/api/scheduler/schedules/several"))
	if a := s.ok(s.get("/api/scheduler/schedules?workflowName=other")); a.body != "[]\n" {
		t.Errorf("of another workflow: %s", a.body)
	}
	s.void(s.put("/api/scheduler/schedules/often/resume", ""))
	s.want(s.put("/api/scheduler/schedules/often/resume", ""), 404)
	s.want(s.put("/api/scheduler/schedules/none/pause", ""), 404)
	s.want(s.get("/api/scheduler/schedules/none"), 404)
	both := s.json(s.put("/api/scheduler/bulk/pause", `["often","none"]`))
	if len(both["bulkSuccessfulResults"].([]any)) != 1 || both["bulkErrorResults"].(map[string]any)["none"] == nil {
		t.Errorf("bulk: %v", both)
	}
	s.ok(s.put("/api/scheduler/bulk/resume", `["often"]`))
	s.void(s.put("/api/scheduler/schedules/often/tags", `[{"key":"team","value":"a"}]`))
	if a := s.ok(s.get("/api/scheduler/schedules/tags?tag=team:a")); !strings.Contains(a.body, `"name":"often"`) {
		t.Errorf("by tag: %s", a.body)
	}
	s.failure(s.post("/api/scheduler/schedules", `{"name":"bad","cronExpression":"L","startWorkflowRequest":{"name":"wf"}}`), 400, "cronExpression")
	s.failure(s.get("/api/scheduler/nextFewSchedules?cronExpression=bad"), 400, "cronExpression")
	s.failure(s.get("/api/scheduler/nextFewSchedules"), 400, "cronExpression")
	from := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	times := decode[[]int64](t, s.ok(s.get("/api/scheduler/nextFewSchedules?cronExpression=0+0+*+*+*+*&limit=9&scheduleStartTime=4102444800000")))
	if len(times) != 5 || times[0] != from || times[4] != from+4*3_600_000 {
		t.Errorf("next: %v", times)
	}
	for range 2 {
		s.void(s.delete("/api/scheduler/schedules/often"))
	}
}

// What a schedule does not say is shown empty, and what it says is empty stays so.
func TestScheduler_ShowsWhatIsEmpty(t *testing.T) {
	s := newServer(t, options{})
	for correlation, start := range map[string]string{"<nil>": `{"name":"wf"}`, "": `{"name":"wf","correlationId":""}`, "c": `{"name":"wf","correlationId":"c","input":{},"taskToDomain":{}}`} {
		saved := s.json(s.post("/api/scheduler/schedules", `{"name":"daily","cronExpression":"0 0 0 * * *","startWorkflowRequest":`+start+`}`))
		for _, got := range []map[string]any{saved, s.json(s.get("/api/scheduler/schedules/daily"))} {
			request := got["startWorkflowRequest"].(map[string]any)
			if fmt.Sprint(got["cronSchedules"], request["taskToDomain"], request["input"]) != "[] map[] map[]" || fmt.Sprint(request["correlationId"]) != correlation {
				t.Errorf("%s: got %v", start, got)
			}
		}
	}
	s.failure(s.post("/api/scheduler/schedules", `{"name":"daily","cronExpression":"0 0 0 * * *","startWorkflowRequest":{"name":"wf","correlationId":"c","priority":{}}}`), 400, "startWorkflowRequest.priority")
}

// The correlation id, input and domains of a schedule reach what it starts.
func TestScheduler_HandsOnTheStart(t *testing.T) {
	s := newServer(t, options{})
	s.register("wf", "["+simple+"]")
	s.ok(s.post("/api/scheduler/schedules", `{"name":"often","cronExpression":"* * * * * *","startWorkflowRequest":{"name":"wf","correlationId":"c","input":{"n":1},"taskToDomain":{"work":"d"}}}`))
	var rows []any
	s.eventually("it is carried out", func() bool {
		rows = s.json(s.get("/api/workflow/search?query=" + url.QueryEscape("correlationId = 'c'")))["results"].([]any)
		return len(rows) > 0
	})
	x := s.execution(rows[0].(map[string]any)["workflowId"].(string))
	if input, err := x.Input.Object(); err != nil || fmt.Sprint(input["n"]) != "1" || x.TaskToDomain["work"] != "d" {
		t.Errorf("started with %s, domains %v, %v", x.Input, x.TaskToDomain, err)
	}
}

func TestGoSDKScheduler(t *testing.T) {
	withSDK(t, func(t *testing.T, s *sdk) {
		schedules, ctx := client.NewSchedulerClient(s.api), t.Context()
		_, _, err := schedules.SaveSchedule(ctx, model.SaveScheduleRequest{
			Name: "daily", CronExpression: "0 0 0 * * ?", StartWorkflowRequest: &model.StartWorkflowRequest{Name: "wf", Input: map[string]any{"a": 1}},
		})
		s.must(err)
		got, _, err := schedules.GetSchedule(ctx, "daily")
		s.must(err)
		all, _, err := schedules.GetAllSchedules(ctx, &client.SchedulerResourceApiGetAllSchedulesOpts{WorkflowName: optional.NewString("wf")})
		s.must(err)
		if got.CronExpression != "0 0 0 * * ?" || got.StartWorkflowRequest.Name != "wf" || len(all) != 1 {
			t.Errorf("schedules: %+v %+v", got, all)
		}
		_, _, err = schedules.PauseSchedule(ctx, "daily")
		s.must(err)
		_, _, err = schedules.ResumeSchedule(ctx, "daily")
		s.must(err)
		times, _, err := schedules.GetNextFewSchedules(ctx, "0 0 * * * *", &client.SchedulerResourceApiGetNextFewSchedulesOpts{Limit: optional.NewInt32(3)})
		s.must(err)
		if len(times) != 3 {
			t.Errorf("times: %v", times)
		}
		_, err = schedules.PutTagForSchedule(ctx, []model.Tag{{Key: "a", Value: "b"}}, "daily")
		s.must(err)
		tags, _, err := schedules.GetTagsForSchedule(ctx, "daily")
		s.must(err)
		if len(tags) != 1 {
			t.Errorf("tags: %v", tags)
		}
		_, _, err = schedules.PauseAllSchedules(ctx)
		s.must(err)
		_, _, err = schedules.ResumeAllSchedules(ctx)
		s.must(err)
		_, _, err = schedules.RequeueAllExecutionRecords(ctx)
		s.must(err)
		_, _, err = schedules.SearchV2(ctx, &client.SchedulerSearchOpts{Query: optional.NewString("scheduleName IN (daily)"), FreeText: optional.NewString("*")})
		s.must(err)
		_, _, err = schedules.DeleteSchedule(ctx, "daily")
		s.must(err)
		_, _, err = schedules.GetSchedule(ctx, "daily")
		s.status(err, 404)
	})
}
