package rest

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/engine"
)

// queueName is how Conductor names a queue.
func queueName(q engine.QueueInfo) string {
	if q.Domain == "" {
		return q.TaskType
	}
	return q.Domain + ":" + q.TaskType
}

// queueSizes answers the depth per task type over all domains, of the types asked for or of all.
func (h *Handler) queueSizes(c echo.Context) error {
	sizes := map[string]int{}
	asked := c.QueryParams()["taskType"]
	for _, t := range asked {
		sizes[t] = 0
	}
	for _, q := range h.engine.Queues() {
		if _, ok := sizes[q.TaskType]; ok || len(asked) == 0 {
			sizes[q.TaskType] += q.Depth
		}
	}
	return writeJSON(c, sizes)
}

func (h *Handler) queueSize(c echo.Context) error {
	taskType, domain := c.QueryParam("taskType"), c.QueryParam("domain")
	if taskType == "" {
		return invalid("taskType", "is missing")
	}
	depth := 0
	for _, q := range h.engine.Queues() {
		if q.TaskType == taskType && q.Domain == domain {
			depth = q.Depth
		}
	}
	return writeJSON(c, depth)
}

func (h *Handler) queueDepths(c echo.Context) error {
	depths := map[string]int{}
	for _, q := range h.engine.Queues() {
		depths[queueName(q)] = q.Depth
	}
	return writeJSON(c, depths)
}

// queueFigures are those of one shard.
type queueFigures struct {
	Size    int `json:"size"`
	Unacked int `json:"uacked"`
}

// queueDetails answers queue -> shard -> figures. There is one shard, with the name that SQL backends give it.
func (h *Handler) queueDetails(c echo.Context) error {
	details := map[string]map[string]queueFigures{}
	for _, q := range h.engine.Queues() {
		details[queueName(q)] = map[string]queueFigures{"a": {Size: q.Depth, Unacked: q.InFlight}}
	}
	return writeJSON(c, details)
}

func (h *Handler) pollData(c echo.Context) error {
	taskType := c.QueryParam("taskType")
	if taskType == "" {
		return invalid("taskType", "is missing")
	}
	return writeJSON(c, orEmpty(h.engine.PollData(taskType)))
}

func (h *Handler) allPollData(c echo.Context) error {
	return writeJSON(c, orEmpty(h.engine.PollData("")))
}

func (h *Handler) requeue(c echo.Context) error {
	n, err := h.engine.Requeue(c.Request().Context(), pathName(c, "type"))
	if err != nil {
		return err
	}
	return writeText(c, strconv.Itoa(n))
}
