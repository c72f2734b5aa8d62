package httpapi

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

const (
	eventLimit    = 50
	maxEventLimit = 200
)

// ListClusterEvents implements the operation listClusterEvents.
func (s *server) ListClusterEvents(ctx context.Context, r api.ListClusterEventsRequestObject) (api.ListClusterEventsResponseObject, error) {
	limit := eventLimit
	if r.Params.Limit != nil {
		limit = *r.Params.Limit
	}
	var check problem.Check
	if limit < 1 || limit > maxEventLimit {
		check.Field("limit", fmt.Sprintf("must be 1 to %d", maxEventLimit))
	}
	before, ok := eventsBefore(value(r.Params.Before))
	if !ok {
		check.Field("before", "must be what next says of the page before")
	}
	if err := check.Err(); err != nil {
		return nil, err
	}
	list, err := s.Clusters.Events(ctx, callerOf(ctx).organization, r.Cluster, before, limit+1)
	if err != nil {
		return nil, err
	}
	out := api.ListClusterEvents200JSONResponse{}
	if len(list) > limit {
		list = list[:limit]
		last := list[limit-1]
		out.Next = maybe(fmt.Sprintf("%d.%s", last.At.UnixMicro(), last.ID))
	}
	out.Events = each(list, eventJSON)
	return out, nil
}

// eventsBefore reads where a page ends; the empty text is the present.
func eventsBefore(text string) (cluster.Place, bool) {
	if text == "" {
		return cluster.Place{}, true
	}
	at, id, found := strings.Cut(text, ".")
	n, err := strconv.ParseInt(at, 10, 64)
	return cluster.Place{At: time.UnixMicro(n), ID: id}, found && err == nil
}

func eventJSON(e cluster.Event) api.ClusterEvent {
	return api.ClusterEvent{
		Id: e.ID, At: e.At, Kind: api.ClusterEventKind(e.Kind), Operation: maybe(e.OperationID), OperationKind: maybe(string(e.OperationKind)),
		Node: maybe(e.Node), Actor: maybe(e.Actor), Detail: maybe(e.Detail),
	}
}
