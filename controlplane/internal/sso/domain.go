package sso

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

const (
	recordLabel = "_podium."
	recordText  = "podium-domain-verification="
	// recheckEvery is how often a proven domain is looked at again.
	recheckEvery = 24 * time.Hour
	// missingGrace is how long its record may be away.
	missingGrace = 72 * time.Hour
	maxDomains   = 100
)

var domainPattern = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$`)

// RecordName is the name of the TXT record that proves the domain.
func (d Domain) RecordName() string { return recordLabel + d.Name }

// RecordValue is its text.
func (d Domain) RecordValue() string { return recordText + d.Proof }

// AddDomain names a domain to be proven; repeating it changes nothing.
func (s *Service) AddDomain(ctx context.Context, by audit.Actor, organization, name string) (Domain, error) {
	name = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(name), "."))
	if len(name) > 253-len(recordLabel) || !domainPattern.MatchString(name) {
		return Domain{}, problem.Wrong("name", "must be a domain such as example.com; international ones in their xn-- form")
	}
	present, err := s.Store.Domains(ctx, organization)
	if err != nil {
		return Domain{}, err
	}
	if len(present) >= maxDomains {
		return Domain{}, problem.New(problem.Conflict, "An organization has at most %d domains.", maxDomains)
	}
	return s.Store.AddDomain(ctx, Domain{
		OrganizationID: organization, Name: name, Proof: strings.ToLower(rand.Text()), CreatedAt: s.Now(),
	}, s.domainEntry(by, organization, name, "domain.add"))
}

func (s *Service) domainEntry(by audit.Actor, organization, name, action string) audit.Entry {
	return audit.Entry{At: s.Now(), Actor: by, Organization: organization, Action: action, Target: "domain/" + name}
}

// ProveDomain looks for the TXT record now.
func (s *Service) ProveDomain(ctx context.Context, by audit.Actor, organization, name string) (Domain, error) {
	d, err := s.Store.Domain(ctx, organization, strings.ToLower(name))
	if err != nil {
		return Domain{}, err
	}
	found, err := s.lookUp(ctx, d)
	if err != nil {
		return Domain{}, err
	}
	if !slices.Contains(found, d.RecordValue()) {
		return Domain{}, problem.New(problem.Conflict, "%s", whatWasFound(d, found))
	}
	d.CheckedAt, d.MissingSince = s.Now(), time.Time{}
	if d.ProvenAt.IsZero() {
		d.ProvenAt = d.CheckedAt
	}
	return d, s.Store.SetDomain(ctx, d, s.domainEntry(by, organization, d.Name, "domain.prove"))
}

// lookUp returns the texts of the record, none when there is no such record.
func (s *Service) lookUp(ctx context.Context, d Domain) ([]string, error) {
	ctx, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	found, err := s.Resolver.LookupTXT(ctx, d.RecordName())
	if missing, ok := errors.AsType[*net.DNSError](err); ok && missing.IsNotFound {
		return nil, nil
	}
	if err != nil {
		s.Logger.WarnContext(ctx, "look up a domain's record", "domain", d.Name, "error", err)
		return nil, problem.New(problem.Unavailable, "The name servers of %s do not answer at the moment; try again.", d.Name)
	}
	return found, nil
}

func whatWasFound(d Domain, found []string) string {
	if len(found) == 0 {
		return fmt.Sprintf("There is no TXT record %s yet. A new record can take minutes, at some hosts hours, until it is seen.",
			d.RecordName())
	}
	if len(found) > 3 {
		found = found[:3]
	}
	return fmt.Sprintf("The TXT record %s says “%s”, not “%s”.", d.RecordName(), strings.Join(found, "”, “"), d.RecordValue())
}

// RemoveDomain gives a domain up; repeating it changes nothing.
func (s *Service) RemoveDomain(ctx context.Context, by audit.Actor, organization, name string) error {
	return s.Store.RemoveDomain(ctx, organization, strings.ToLower(name), s.domainEntry(by, organization, name, "domain.remove"))
}

// recheckDomains looks at the proven domains again: one that has changed hands must not go on leading to the old ones. A
// record may be away for a while, and name servers that do not answer say nothing.
func (s *Service) recheckDomains(ctx context.Context) error {
	due, err := s.Store.ProvenDomains(ctx, s.Now().Add(-recheckEvery))
	if err != nil {
		return err
	}
	for _, d := range due {
		found, err := s.lookUp(ctx, d)
		if err != nil {
			continue // asked again in an hour
		}
		action := "domain.check"
		d.CheckedAt = s.Now()
		switch {
		case slices.Contains(found, d.RecordValue()):
			d.MissingSince = time.Time{}
		case d.MissingSince.IsZero():
			d.MissingSince, action = d.CheckedAt, "domain.missing"
		case d.CheckedAt.Sub(d.MissingSince) >= missingGrace:
			d.ProvenAt, d.MissingSince, action = time.Time{}, time.Time{}, "domain.lost"
		}
		if err := s.Store.SetDomain(ctx, d, s.domainEntry(audit.Actor{}, d.OrganizationID, d.Name, action)); err != nil {
			return err
		}
	}
	return nil
}
