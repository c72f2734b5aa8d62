package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/mail"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/sso"
)

func scanProvider(r scanner) (sso.Provider, error) {
	var p sso.Provider
	var created, tested int64
	var scopes, claims, mapping, test string
	err := r.Scan(&p.OrganizationID, &p.ID, &p.Name, &p.State, &p.Issuer, &p.ClientID, &p.SealedSecret, &scopes, &claims, &mapping,
		&tested, &test, &p.Version, &created)
	if err != nil {
		return p, err
	}
	p.Tested, p.CreatedAt = tested != 0, timeOf(created)
	return p, errors.Join(json.Unmarshal([]byte(scopes), &p.Scopes), json.Unmarshal([]byte(claims), &p.Claims),
		json.Unmarshal([]byte(mapping), &p.Mapping), json.Unmarshal([]byte(test), &p.LastTest))
}

// encode returns JSON for a column.
func encode(v any) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode %T: %w", v, err)
	}
	return string(text), nil
}

// columnsOf returns the columns of a provider's settings that are JSON.
func columnsOf(p sso.Provider) (scopes, claims, mapping string, err error) {
	scopes, err1 := encode(p.Scopes)
	claims, err2 := encode(p.Claims)
	mapping, err3 := encode(p.Mapping)
	return scopes, claims, mapping, errors.Join(err1, err2, err3)
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

var noProvider = problem.Missing("identity provider")

// Providers lists the providers of an organization.
func (s *Store) Providers(ctx context.Context, organization string) ([]sso.Provider, error) {
	return all(ctx, s.read, scanProvider, "SelectProviders", organization, "")
}

// Provider returns a provider of an organization.
func (s *Store) Provider(ctx context.Context, organization, id string) (sso.Provider, error) {
	if id == "" {
		return sso.Provider{}, noProvider
	}
	return one(ctx, s.read, scanProvider, noProvider, "SelectProviders", organization, id)
}

// ProviderByID returns a provider of whatever organization.
func (s *Store) ProviderByID(ctx context.Context, id string) (sso.Provider, error) {
	return one(ctx, s.read, scanProvider, noProvider, "SelectProviderByID", id)
}

// ProvidersForDomain lists the active providers of the organization that has proven a domain.
func (s *Store) ProvidersForDomain(ctx context.Context, domain string) ([]sso.Provider, error) {
	return all(ctx, s.read, scanProvider, "SelectProvidersForDomain", domain)
}

// CreateProvider stores a provider.
func (s *Store) CreateProvider(ctx context.Context, p sso.Provider, e audit.Entry) error {
	scopes, claims, mapping, err := columnsOf(p)
	if err != nil {
		return err
	}
	return s.change(ctx, e, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "InsertProvider", p.OrganizationID, p.ID, p.Name, p.State, p.Issuer, p.ClientID, p.SealedSecret, scopes,
			claims, mapping, flag(p.Tested), p.Version, micros(p.CreatedAt))
		if err == nil && n == 0 {
			return nameTaken
		}
		return err
	})
}

var nameTaken = problem.Taken("name", "is the name of another identity provider of the organization")

// UpdateProvider changes the settings of a provider.
func (s *Store) UpdateProvider(ctx context.Context, p sso.Provider, endSessions bool, e audit.Entry) error {
	scopes, claims, mapping, err := columnsOf(p)
	if err != nil {
		return err
	}
	return s.change(ctx, e, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, "LockOrganization", p.OrganizationID); err != nil {
			return err
		}
		others, err := one(ctx, tx, value[int64], nil, "CountProvidersNamed", p.OrganizationID, p.Name, p.ID)
		if err != nil {
			return err
		}
		if others > 0 {
			return nameTaken
		}
		n, err := exec(ctx, tx, "UpdateProvider", p.OrganizationID, p.ID, p.Name, p.State, p.Issuer, p.ClientID, p.SealedSecret, scopes,
			claims, mapping, flag(p.Tested), p.Version)
		if err := changedMeanwhile(n, err); err != nil {
			return err
		}
		if endSessions {
			err := s.tellOwners(ctx, tx, p.OrganizationID, e.Actor.AccountID, e.At, func(o string) mail.Notice {
				return mail.ProviderMoved(o, p.Name, e.Actor.Email, e.At)
			})
			if err != nil {
				return err
			}
		}
		return tidyProviders(ctx, tx, p, endSessions)
	})
}

func changedMeanwhile(n int64, err error) error {
	if err == nil && n == 0 {
		return problem.New(problem.Conflict, "The identity provider has just changed; look again.")
	}
	return err
}

// tidyProviders ends the sessions through a provider if told to, and the requirement to use one when none is active.
func tidyProviders(ctx context.Context, tx *sql.Tx, p sso.Provider, endSessions bool) error {
	if endSessions {
		if _, err := exec(ctx, tx, "DeleteProviderSessions", p.OrganizationID, p.ID); err != nil {
			return err
		}
	}
	active, err := one(ctx, tx, value[int64], nil, "CountActiveProviders", p.OrganizationID)
	if err != nil || active > 0 {
		return err
	}
	_, err = exec(ctx, tx, "UpdateSSORequired", p.OrganizationID, flag(false))
	return err
}

// SetProviderState changes the state of a provider.
func (s *Store) SetProviderState(ctx context.Context, p sso.Provider, state sso.State, e audit.Entry) error {
	return s.change(ctx, e, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, "LockOrganization", p.OrganizationID); err != nil {
			return err
		}
		n, err := exec(ctx, tx, "UpdateProviderState", p.OrganizationID, p.ID, state, p.Version)
		if err := changedMeanwhile(n, err); err != nil {
			return err
		}
		return tidyProviders(ctx, tx, p, state != sso.Active)
	})
}

// SaveTest notes a test log-in.
func (s *Store) SaveTest(ctx context.Context, p sso.Provider, r sso.TestResult, e audit.Entry) error {
	text, err := encode(r)
	if err != nil {
		return err
	}
	return s.change(ctx, e, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, "UpdateProviderTest", p.OrganizationID, p.ID, p.Version, flag(len(r.Problems) == 0), text)
		return err
	})
}

// DeleteProvider deletes a provider with all that hangs on it.
func (s *Store) DeleteProvider(ctx context.Context, organization, id string, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, "LockOrganization", organization); err != nil {
			return err
		}
		n, err := exec(ctx, tx, "DeleteProvider", organization, id)
		if err != nil || n == 0 {
			return err
		}
		if err := tidyProviders(ctx, tx, sso.Provider{OrganizationID: organization, ID: id}, false); err != nil {
			return err
		}
		return record(ctx, tx, e)
	})
}

// SSORequired tells whether members must use a provider.
func (s *Store) SSORequired(ctx context.Context, organization string) (bool, error) {
	v, err := one(ctx, s.read, value[int64], nil, "SelectSSORequired", organization)
	return v != 0, err
}

// SetSSORequired changes whether members must use a provider.
func (s *Store) SetSSORequired(ctx context.Context, organization string, required bool, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, "LockOrganization", organization); err != nil {
			return err
		}
		before, err := one(ctx, tx, value[int64], nil, "SelectSSORequired", organization)
		if err != nil || before == flag(required) {
			return err
		}
		if required {
			if err := mayRequire(ctx, tx, organization); err != nil {
				return err
			}
		}
		if _, err := exec(ctx, tx, "UpdateSSORequired", organization, flag(required)); err != nil {
			return err
		}
		e.Before = map[string]bool{"required": before != 0}
		return record(ctx, tx, e)
	})
}

func mayRequire(ctx context.Context, tx *sql.Tx, organization string) error {
	active, err := one(ctx, tx, value[int64], nil, "CountActiveProviders", organization)
	if err != nil {
		return err
	}
	proven, err := one(ctx, tx, value[int64], nil, "CountProvenDomains", organization)
	if err == nil && (active == 0 || proven == 0) {
		return problem.New(problem.Conflict, "Activate a provider and prove a domain first, or members could not get in.")
	}
	return err
}
