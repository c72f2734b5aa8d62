package httpapi

import (
	"context"

	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

// GetSecondFactor implements the operation getSecondFactor.
func (s *server) GetSecondFactor(ctx context.Context, _ api.GetSecondFactorRequestObject) (api.GetSecondFactorResponseObject, error) {
	who := callerOf(ctx)
	f, err := s.Identity.SecondFactor(ctx, who.session)
	return api.GetSecondFactor200JSONResponse{
		Enabled: f.Enabled(), Possible: who.session.Through.OrganizationID == "", Since: maybeTime(f.ConfirmedAt), RecoveryCodesLeft: f.RecoveryCodesLeft,
	}, err
}

// BeginSecondFactor implements the operation beginSecondFactor.
func (s *server) BeginSecondFactor(ctx context.Context, _ api.BeginSecondFactorRequestObject) (api.BeginSecondFactorResponseObject, error) {
	who := callerOf(ctx)
	e, err := s.Identity.BeginSecondFactor(ctx, who.actor, who.session)
	return api.BeginSecondFactor201JSONResponse{Secret: e.Secret, Uri: e.URI, Qr: api.QRCode{Size: e.Picture.Size, Path: e.Picture.Path}}, err
}

// ConfirmSecondFactor implements the operation confirmSecondFactor.
func (s *server) ConfirmSecondFactor(ctx context.Context, r api.ConfirmSecondFactorRequestObject) (api.ConfirmSecondFactorResponseObject, error) {
	who := callerOf(ctx)
	codes, err := s.Identity.ConfirmSecondFactor(ctx, who.actor, who.session, r.Body.Code)
	return api.ConfirmSecondFactor200JSONResponse{Codes: codes}, err
}

// ReplaceRecoveryCodes implements the operation replaceRecoveryCodes.
func (s *server) ReplaceRecoveryCodes(ctx context.Context, _ api.ReplaceRecoveryCodesRequestObject) (api.ReplaceRecoveryCodesResponseObject, error) {
	who := callerOf(ctx)
	codes, err := s.Identity.ReplaceRecoveryCodes(ctx, who.actor, who.session)
	return api.ReplaceRecoveryCodes200JSONResponse{Codes: codes}, err
}

// DeleteSecondFactor implements the operation deleteSecondFactor.
func (s *server) DeleteSecondFactor(ctx context.Context, _ api.DeleteSecondFactorRequestObject) (api.DeleteSecondFactorResponseObject, error) {
	who := callerOf(ctx)
	return api.DeleteSecondFactor204Response{}, s.Identity.DisableSecondFactor(ctx, who.actor, who.session)
}

// GetOrganizationRules implements the operation getOrganizationRules.
func (s *server) GetOrganizationRules(ctx context.Context, _ api.GetOrganizationRulesRequestObject) (api.GetOrganizationRulesResponseObject, error) {
	r, err := s.Tenants.Rules(ctx, callerOf(ctx).organization)
	return api.GetOrganizationRules200JSONResponse(rulesJSON(r)), err
}

// UpdateOrganizationRules implements the operation updateOrganizationRules.
func (s *server) UpdateOrganizationRules(ctx context.Context, r api.UpdateOrganizationRulesRequestObject) (api.UpdateOrganizationRulesResponseObject, error) {
	who := callerOf(ctx)
	rules := tenant.Rules{SecondFactorRequired: r.Body.SecondFactorRequired, MaxKeyDays: value(r.Body.MaxKeyDays)}
	if f, err := s.Identity.SecondFactor(ctx, who.session); err != nil {
		return nil, err
	} else if rules.SecondFactorRequired && who.session.Through.OrganizationID == "" && !f.Enabled() {
		return nil, problem.New(problem.Conflict, "Set up your own second factor first, under Second factor in your account menu.")
	}
	if err := s.Tenants.SetRules(ctx, who.actor, who.organization, rules); err != nil {
		return nil, err
	}
	s.tell(ctx, who.organization)
	return api.UpdateOrganizationRules200JSONResponse(rulesJSON(rules)), nil
}

func rulesJSON(r tenant.Rules) api.OrganizationRules {
	return api.OrganizationRules{SecondFactorRequired: r.SecondFactorRequired, MaxKeyDays: maybe(r.MaxKeyDays)}
}
