package grpcapi

import (
	"context"

	"google.golang.org/grpc"

	pb "github.com/podium-cloud/podium/dataplane/proto/events"
	"github.com/podium-cloud/podium/dataplane/proto/model"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// eventService serves event handlers.
type eventService struct {
	pb.UnimplementedEventServiceServer
	*Server
}

// put registers a handler; with replace it must exist, without it must not.
func (s eventService) put(ctx context.Context, m *model.EventHandler, replace bool) error {
	if m == nil {
		return missing("handler")
	}
	h := &workflow.EventHandler{}
	if err := toEngine(m, h); err != nil {
		return err
	}
	return s.engine.PutEventHandler(ctx, h, replace)
}

// AddEventHandler registers a handler; one that exists is left alone and an error.
func (s eventService) AddEventHandler(ctx context.Context, r *pb.AddEventHandlerRequest) (*pb.AddEventHandlerResponse, error) {
	return &pb.AddEventHandlerResponse{}, s.put(ctx, r.GetHandler(), false)
}

// UpdateEventHandler changes a handler.
func (s eventService) UpdateEventHandler(ctx context.Context, r *pb.UpdateEventHandlerRequest) (*pb.UpdateEventHandlerResponse, error) {
	return &pb.UpdateEventHandlerResponse{}, s.put(ctx, r.GetHandler(), true)
}

// RemoveEventHandler removes a handler.
func (s eventService) RemoveEventHandler(ctx context.Context, r *pb.RemoveEventHandlerRequest) (*pb.RemoveEventHandlerResponse, error) {
	if r.GetName() == "" {
		return nil, missing("name")
	}
	return &pb.RemoveEventHandlerResponse{}, s.engine.DeleteEventHandler(ctx, r.GetName())
}

// GetEventHandlers streams all handlers, by name.
func (s eventService) GetEventHandlers(_ *pb.GetEventHandlersRequest, out grpc.ServerStreamingServer[model.EventHandler]) error {
	return s.send(out, "", false)
}

// GetEventHandlersForEvent streams the handlers of an event, by name.
func (s eventService) GetEventHandlersForEvent(r *pb.GetEventHandlersForEventRequest, out grpc.ServerStreamingServer[model.EventHandler]) error {
	if r.GetEvent() == "" {
		return missing("event")
	}
	return s.send(out, r.GetEvent(), r.GetActiveOnly())
}

func (s eventService) send(out grpc.ServerStreamingServer[model.EventHandler], event string, activeOnly bool) error {
	handlers, err := s.engine.EventHandlers(out.Context(), event, activeOnly)
	if err != nil {
		return err
	}
	for _, h := range handlers {
		m, err := fromEngine(h, &model.EventHandler{})
		if err == nil {
			err = out.Send(m)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
