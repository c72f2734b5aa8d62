package httpapi

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

// auditLimit is how many entries a page has unless the caller says, and the most it can have.
const (
	auditLimit    = 50
	maxAuditLimit = 200
)

// ListAudit implements the operation listAudit.
func (s *server) ListAudit(ctx context.Context, r api.ListAuditRequestObject) (api.ListAuditResponseObject, error) {
	f, limit, err := auditFilter(r.Params)
	if err != nil {
		return nil, err
	}
	list, next, err := s.Audit.Search(ctx, callerOf(ctx).organization.ID, f, limit)
	return api.ListAudit200JSONResponse{Entries: each(list, auditJSON), Next: maybe(next)}, err
}

func auditFilter(p api.ListAuditParams) (audit.Filter, int, error) {
	f := audit.Filter{
		Actor: given(p.Actor), Action: given(p.Action), Target: given(p.Target), Outcome: audit.Outcome(given(p.Outcome)),
		Text: given(p.Text), Since: given(p.Since), Until: given(p.Until), Before: given(p.Before),
	}
	limit := auditLimit
	if p.Limit != nil {
		limit = *p.Limit
	}
	var check problem.Check
	if f.Outcome != "" && f.Outcome != audit.Done && f.Outcome != audit.Refused {
		check.Field("outcome", "must be done or refused")
	}
	if p.Before != nil && f.Before < 1 {
		check.Field("before", "must be 1 or more")
	}
	if limit < 1 || limit > maxAuditLimit {
		check.Field("limit", fmt.Sprintf("must be 1 to %d", maxAuditLimit))
	}
	return f, limit, check.Err()
}

// VerifyAudit implements the operation verifyAudit.
func (s *server) VerifyAudit(ctx context.Context, _ api.VerifyAuditRequestObject) (api.VerifyAuditResponseObject, error) {
	v, err := s.Audit.Verify(ctx, callerOf(ctx).organization.ID)
	if err != nil {
		return nil, err
	}
	key, err := s.Audit.PublicKey()
	out := api.VerifyAudit200JSONResponse{
		Intact: v.Broken == nil, Entries: v.Entries, SignedTo: v.SignedTo, Hash: v.Hash, PublicKey: key,
	}
	if v.Broken != nil {
		out.Broken = &struct {
			Sequence int64  `json:"sequence"`
			What     string `json:"what"`
		}{v.Broken.Sequence, v.Broken.What}
	}
	return out, err
}

// ExportAudit implements the operation exportAudit.
func (s *server) ExportAudit(ctx context.Context, r api.ExportAuditRequestObject) (api.ExportAuditResponseObject, error) {
	who := callerOf(ctx)
	after := given(r.Params.After)
	err := s.Audit.Record(ctx, audit.Entry{
		Actor: who.actor, Organization: who.organization.ID, Action: "audit.export", Target: "organization/" + who.organization.Name,
		After: map[string]int64{"after": after},
	})
	if err != nil {
		return nil, err
	}
	return export{write: func(w io.Writer) error { return s.Audit.Export(ctx, w, who.organization.ID, after) }, name: who.organization.Name}, nil
}

// export is an answer that is written as it is read.
type export struct {
	write func(w io.Writer) error
	name  string
}

// VisitExportAuditResponse implements api.ExportAuditResponseObject.
func (e export) VisitExportAuditResponse(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="audit-%s.jsonl"`, e.name))
	return e.write(patient{w, http.NewResponseController(w)})
}

// patient ends an answer whose reader takes no bytes for a while.
type patient struct {
	http.ResponseWriter

	control *http.ResponseController
}

func (p patient) Write(b []byte) (int, error) {
	if err := p.control.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
		return 0, fmt.Errorf("limit writing: %w", err)
	}
	return p.ResponseWriter.Write(b)
}

// RotateKeys implements the operation rotateKeys.
func (s *server) RotateKeys(ctx context.Context, _ api.RotateKeysRequestObject) (api.RotateKeysResponseObject, error) {
	who := callerOf(ctx)
	if err := s.Keys.Rotate(ctx, who.organization.ID); err != nil {
		return nil, err
	}
	return api.RotateKeys204Response{}, s.Audit.Record(ctx, audit.Entry{
		Actor: who.actor, Organization: who.organization.ID, Action: "key.rotate", Target: "organization/" + who.organization.Name,
	})
}
