package grpcapi_test

import (
	"errors"
	"io"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/podium-cloud/podium/dataplane/proto/events"
	"github.com/podium-cloud/podium/dataplane/proto/model"
)

// all reads a stream of handlers to its end.
func all(t *testing.T, stream grpc.ServerStreamingClient[model.EventHandler], err error) []*model.EventHandler {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var out []*model.EventHandler
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
}

func TestEventHandlers(t *testing.T) {
	s := newServer(t, nil, nil)
	client, ctx := events.NewEventServiceClient(s.conn), t.Context()
	handler := &model.EventHandler{
		Name: "h", Event: "conductor:a:b", Condition: "true", Active: true, EvaluatorType: "javascript",
		Actions: []*model.EventHandler_Action{
			{Action: model.EventHandler_Action_START_WORKFLOW, StartWorkflow: &model.EventHandler_StartWorkflow{
				Name: "w", Version: 2, Input: map[string]*structpb.Value{"n": structpb.NewNumberValue(1)}, TaskToDomain: map[string]string{"x": "y"},
			}},
			{Action: model.EventHandler_Action_COMPLETE_TASK, ExpandInlineJson: true, CompleteTask: &model.EventHandler_TaskDetails{
				WorkflowId: "${workflowId}", TaskRefName: "r",
			}},
			{Action: model.EventHandler_Action_UPDATE_WORKFLOW_VARIABLES, UpdateWorkflowVariables: &model.EventHandler_UpdateWorkflowVariables{
				WorkflowId: "${workflowId}", Variables: map[string]*structpb.Value{"v": structpb.NewStringValue("x")}, AppendArray: true,
			}},
		},
	}
	if _, err := client.AddEventHandler(ctx, &events.AddEventHandlerRequest{Handler: handler}); err != nil {
		t.Fatal(err)
	}
	stream, err := client.GetEventHandlers(ctx, &events.GetEventHandlersRequest{})
	if got := all(t, stream, err); len(got) != 1 || !proto.Equal(got[0], handler) {
		t.Errorf("it came back as %v", got)
	}
	_, err = client.AddEventHandler(ctx, &events.AddEventHandlerRequest{Handler: handler})
	wantCode(t, err, codes.FailedPrecondition)
	handler.Active = false
	if _, err := client.UpdateEventHandler(ctx, &events.UpdateEventHandlerRequest{Handler: handler}); err != nil {
		t.Fatal(err)
	}
	for active, want := range map[bool]int{false: 1, true: 0} {
		stream, err := client.GetEventHandlersForEvent(ctx, &events.GetEventHandlersForEventRequest{Event: "conductor:a:b", ActiveOnly: active})
		if got := all(t, stream, err); len(got) != want {
			t.Errorf("active only %v: %d handlers, want %d", active, len(got), want)
		}
	}
	if _, err := client.RemoveEventHandler(ctx, &events.RemoveEventHandlerRequest{Name: "h"}); err != nil {
		t.Fatal(err)
	}
	_, err = client.RemoveEventHandler(ctx, &events.RemoveEventHandlerRequest{Name: "h"})
	wantCode(t, err, codes.NotFound)
	_, err = client.UpdateEventHandler(ctx, &events.UpdateEventHandlerRequest{Handler: handler})
	wantCode(t, err, codes.NotFound)
}
