package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// ListOperations implements the operation listOperations.
func (s *server) ListOperations(ctx context.Context, _ api.ListOperationsRequestObject) (api.ListOperationsResponseObject, error) {
	who := callerOf(ctx)
	list, err := s.Operations.List(ctx, who.organization.ID)
	if err != nil {
		return nil, err
	}
	sees, err := s.seesOperations(ctx, who.rights)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(o operation.Operation) bool { return !sees(o.Record) })
	return api.ListOperations200JSONResponse(each(list, operationJSON)), nil
}

// seesOperations returns what tells whether one may see an operation who has the rights. Those of clusters that are gone are
// shown to who sees all.
func (s *server) seesOperations(ctx context.Context, held authz.Rights) (func(operation.Record) bool, error) {
	places, err := s.places(ctx)
	all := whole(callerOf(ctx).organization)
	return func(r operation.Record) bool {
		in, found := places[r.ClusterID]
		if !found {
			in = all
		}
		return held.Allow("operation.read", in)
	}, err
}

// GetOperation implements the operation getOperation.
func (s *server) GetOperation(ctx context.Context, r api.GetOperationRequestObject) (api.GetOperationResponseObject, error) {
	o, err := s.Operations.Get(ctx, r.Operation)
	return api.GetOperation200JSONResponse(operationJSON(o)), err
}

// GetOperationExecution implements the operation getOperationExecution.
func (s *server) GetOperationExecution(ctx context.Context, r api.GetOperationExecutionRequestObject) (api.GetOperationExecutionResponseObject, error) {
	x, err := s.Operations.Execution(ctx, r.Operation)
	return execution{x}, err
}

// execution writes an execution as the engine's own API does.
type execution struct{ *workflow.Execution }

// VisitGetOperationExecutionResponse implements api.GetOperationExecutionResponseObject.
func (x execution) VisitGetOperationExecutionResponse(w http.ResponseWriter) error {
	text, err := json.Marshal(x.Execution)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	_, err = w.Write(text)
	return err
}

// WatchOperation implements the operation watchOperation.
func (s *server) WatchOperation(ctx context.Context, r api.WatchOperationRequestObject) (api.WatchOperationResponseObject, error) {
	told, who := differ{}, callerOf(ctx)
	ctx, stop := s.lasting(ctx)
	return stream{ctx, stop, s.Hub.Watch(ctx, notify.Operation(r.Operation)), func(ctx context.Context) ([]event, bool, error) {
		held, alive, err := s.still(ctx, who)
		if err != nil || !alive || !held.Allow("operation.read", who.place) { // the stream may last longer than a role
			return nil, true, err
		}
		o, err := s.Operations.Get(ctx, r.Operation)
		if err != nil {
			return nil, false, err
		}
		e, err := newEvent("operation", operationJSON(o))
		return told.add(nil, o.ID, e), o.State != operation.Running, err
	}}, nil
}

// WatchOrganization implements the operation watchOrganization.
func (s *server) WatchOrganization(ctx context.Context, _ api.WatchOrganizationRequestObject) (api.WatchOrganizationResponseObject, error) {
	id := callerOf(ctx).organization.ID
	watch := &organizationWatch{server: s, id: id, who: callerOf(ctx), clusters: differ{}, operations: differ{}}
	ctx, stop := s.lasting(ctx)
	return stream{ctx, stop, s.Hub.Watch(ctx, notify.Organization(id)), watch.changes}, nil
}

// organizationWatch remembers what one stream has told.
type organizationWatch struct {
	*server
	id         string
	who        caller
	clusters   differ          // by name
	operations differ          // by id
	over       map[string]bool // operations that there is nothing more to tell of, by id
}

func (w *organizationWatch) changes(ctx context.Context) ([]event, bool, error) {
	// The stream may last longer than a role.
	_, err := w.Tenants.Get(ctx, w.who.viewer(), w.id)
	if problem.KindOf(err) == problem.NotFound {
		return nil, true, nil
	}
	if err != nil {
		return nil, false, err
	}
	held, alive, err := w.still(ctx, w.who)
	if err != nil || !alive {
		return nil, !alive, err
	}
	events, err := w.clusterChanges(ctx, held)
	if err != nil {
		return nil, false, err
	}
	operations, err := w.operationChanges(ctx, held)
	return append(events, operations...), false, err
}

func (w *organizationWatch) clusterChanges(ctx context.Context, held authz.Rights) ([]event, error) {
	list, err := w.server.clusters(ctx, w.who.organization, held)
	if err != nil {
		return nil, err
	}
	var events []event
	present := map[string]bool{}
	for _, c := range list {
		present[c.Name] = true
		e, err := newEvent("cluster", c)
		if err != nil {
			return nil, err
		}
		events = w.clusters.add(events, c.Name, e)
	}
	for name := range w.clusters {
		if present[name] {
			continue
		}
		delete(w.clusters, name)
		e, err := newEvent("cluster-deleted", map[string]string{"name": name})
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, nil
}

// operationChanges leaves out what had ended when the stream began, and what was told to have ended.
func (w *organizationWatch) operationChanges(ctx context.Context, held authz.Rights) ([]event, error) {
	list, err := w.Operations.Recent(ctx, w.id)
	if err != nil {
		return nil, err
	}
	sees, err := w.seesOperations(ctx, held)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(r operation.Record) bool { return !sees(r) })
	if w.over == nil {
		w.over = map[string]bool{}
		for _, r := range list {
			w.over[r.ID] = r.State != operation.Running
		}
	}
	var events []event
	for _, r := range list {
		if w.over[r.ID] {
			continue
		}
		o, err := w.Operations.Get(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		e, err := newEvent("operation", operationJSON(o))
		if err != nil {
			return nil, err
		}
		events = w.operations.add(events, o.ID, e)
		w.over[o.ID] = o.State != operation.Running
	}
	return events, nil
}
