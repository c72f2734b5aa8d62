package httpapi

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strconv"
	"time"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/metering"
	"github.com/podium-cloud/podium/controlplane/internal/plan"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

// usage finds what the parameters of both forms ask for.
func (s *server) usage(ctx context.Context, from, to *openapi_types.Date, cluster *string) (metering.Range, []metering.Day, error) {
	var asked metering.Range
	if from != nil {
		asked.From = from.Format(time.DateOnly)
	}
	if to != nil {
		asked.To = to.Format(time.DateOnly)
	}
	name := ""
	if cluster != nil {
		name = *cluster
	}
	return s.Metering.Usage(ctx, callerOf(ctx).organization.ID, name, asked)
}

// GetUsage implements the operation getUsage.
func (s *server) GetUsage(ctx context.Context, r api.GetUsageRequestObject) (api.GetUsageResponseObject, error) {
	shown, days, err := s.usage(ctx, r.Params.From, r.Params.To, r.Params.Cluster)
	if err != nil {
		return nil, err
	}
	return api.GetUsage200JSONResponse{From: date(shown.From), To: date(shown.To), Days: each(days, usageJSON)}, nil
}

// ExportUsage implements the operation exportUsage.
func (s *server) ExportUsage(ctx context.Context, r api.ExportUsageRequestObject) (api.ExportUsageResponseObject, error) {
	shown, days, err := s.usage(ctx, r.Params.From, r.Params.To, r.Params.Cluster)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	rows := [][]string{{"day", "cluster", "cluster_id", "executions", "tasks", "storage_bytes"}}
	for _, d := range days {
		rows = append(rows, []string{
			d.Day, d.Cluster, d.ClusterID, strconv.FormatInt(d.Executions, 10), strconv.FormatInt(d.Tasks, 10),
			strconv.FormatInt(d.StorageBytes, 10),
		})
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write csv: %w", err)
	}
	disposition := fmt.Sprintf("attachment; filename=%q", fmt.Sprintf("usage-%s-%s-%s.csv", callerOf(ctx).organization.Name, shown.From, shown.To))
	return api.ExportUsage200TextcsvResponse{
		Body: &text, ContentLength: int64(text.Len()),
		Headers: api.ExportUsage200ResponseHeaders{ContentDisposition: &disposition},
	}, nil
}

// GetPlan implements the operation getPlan.
func (s *server) GetPlan(ctx context.Context, _ api.GetPlanRequestObject) (api.GetPlanResponseObject, error) {
	p, uses, err := s.Metering.Plan(ctx, callerOf(ctx).organization.ID)
	return api.GetPlan200JSONResponse{Name: p.Name, Title: p.Title, Uses: each(uses, func(u plan.Use) api.PlanUse {
		return api.PlanUse{Resource: api.PlanResource(u.Resource), Used: u.Used, Limit: u.Limit}
	})}, err
}

// ListQuotas implements the operation listQuotas.
func (s *server) ListQuotas(ctx context.Context, _ api.ListQuotasRequestObject) (api.ListQuotasResponseObject, error) {
	list, err := s.quotas(ctx)
	return api.ListQuotas200JSONResponse(list), err
}

// SetQuotas implements the operation setQuotas.
func (s *server) SetQuotas(ctx context.Context, r api.SetQuotasRequestObject) (api.SetQuotasResponseObject, error) {
	who := callerOf(ctx)
	quotas := make([]metering.Quota, len(r.Body.Quotas))
	for i, q := range r.Body.Quotas {
		quotas[i] = metering.Quota{Metric: metering.Metric(q.Metric), Soft: value(q.Soft), Hard: value(q.Hard)}
		if q.Cluster == nil {
			continue
		}
		c, err := s.Clusters.Get(ctx, who.organization, *q.Cluster)
		if problem.KindOf(err) == problem.NotFound {
			err = problem.Wrong(fmt.Sprintf("quotas[%d].cluster", i), "is not a cluster of the organization")
		}
		if err != nil {
			return nil, err
		}
		quotas[i].Cluster = c.ID
	}
	if err := s.Metering.SetQuotas(ctx, who.actor, who.organization.ID, quotas); err != nil {
		return nil, err
	}
	list, err := s.quotas(ctx)
	return api.SetQuotas200JSONResponse(list), err
}

// quotas lists the quotas of the caller's organization. One of a cluster that is gone is left out.
func (s *server) quotas(ctx context.Context) ([]api.Quota, error) {
	organization := callerOf(ctx).organization
	list, err := s.Metering.Standing(ctx, organization.ID)
	if err != nil {
		return nil, err
	}
	clusters, err := s.Clusters.List(ctx, organization)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, c := range clusters {
		names[c.ID] = c.Name
	}
	out := []api.Quota{}
	for _, q := range list {
		if q.Cluster == "" || names[q.Cluster] != "" {
			out = append(out, api.Quota{
				Cluster: maybe(names[q.Cluster]), Metric: api.Metric(q.Metric), Soft: maybe(q.Soft), Hard: maybe(q.Hard), Used: q.Used,
			})
		}
	}
	return out, nil
}

func usageJSON(d metering.Day) api.UsageDay {
	return api.UsageDay{
		Day: date(d.Day), Cluster: d.Cluster, ClusterId: d.ClusterID, Executions: d.Executions, Tasks: d.Tasks, StorageBytes: d.StorageBytes,
	}
}

// date reads a day of the books, which are written in this form only.
func date(day string) openapi_types.Date {
	at, _ := time.Parse(time.DateOnly, day)
	return openapi_types.Date{Time: at}
}

// value is what a field holds that may be absent.
func value[T any](v *T) T {
	if v == nil {
		var none T
		return none
	}
	return *v
}
