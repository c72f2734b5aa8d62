package edge

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

const (
	certificateRole = "certificate"
	recordRole      = "record"
	proofTTL        = 300 // seconds
)

func (d *Driver) findCertificates(ctx context.Context, s converge.Scope, _ []string) ([]converge.Found, error) {
	var all []converge.Found
	pages := acm.NewListCertificatesPaginator(d.acm, &acm.ListCertificatesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, c := range page.CertificateSummaryList {
			if aws.ToString(c.DomainName) == d.Host(s.Cluster) {
				out, err := d.acm.DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: c.CertificateArn})
				if absent(err) != nil {
					return nil, err
				}
				if err == nil {
					all = append(all, foundCertificate(out.Certificate))
				}
			}
		}
	}
	return all, nil
}

func foundCertificate(c *acmtypes.CertificateDetail) converge.Found {
	f := converge.Found{ID: aws.ToString(c.CertificateArn), Role: certificateRole}
	switch c.Status {
	case acmtypes.CertificateStatusPendingValidation:
		f.State, f.Detail = converge.Working, "AWS checks that the name is ours"
	case acmtypes.CertificateStatusFailed, acmtypes.CertificateStatusValidationTimedOut:
		f.State, f.Detail = converge.Broken, string(c.Status)+" "+string(c.FailureReason)
	}
	return f
}

func (d *Driver) createCertificate(ctx context.Context, r converge.Request) (converge.Found, error) {
	s, err := settings[plan.HostSettings](r)
	if err != nil {
		return converge.Found{}, err
	}
	out, err := d.acm.RequestCertificate(ctx, &acm.RequestCertificateInput{
		DomainName: aws.String(s.Host), SubjectAlternativeNames: []string{"*." + s.Host}, ValidationMethod: acmtypes.ValidationMethodDns, IdempotencyToken: aws.String(r.Token),
		Tags: tagged(d.tags(r.Scope, r.Role), func(k, v string) acmtypes.Tag { return acmtypes.Tag{Key: aws.String(k), Value: aws.String(v)} }),
	})
	if err != nil {
		return converge.Found{}, err
	}
	return converge.Found{ID: aws.ToString(out.CertificateArn), State: converge.Working}, nil
}

// settleCertificate writes the record by which AWS sees that the name is ours. It stays, as certificates are renewed by it.
func (d *Driver) settleCertificate(ctx context.Context, _ converge.Request, f converge.Found) (bool, error) {
	proofs, err := d.proofs(ctx, f.ID)
	if err != nil {
		return false, err
	}
	if len(proofs) == 0 {
		return false, converge.ErrNotYet
	}
	return false, d.change(ctx, types.ChangeActionUpsert, proofs)
}

func (d *Driver) proofs(ctx context.Context, certificate string) ([]types.ResourceRecordSet, error) {
	out, err := d.acm.DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: aws.String(certificate)})
	if err != nil {
		return nil, err
	}
	var all []types.ResourceRecordSet
	for _, v := range out.Certificate.DomainValidationOptions {
		known := func(r types.ResourceRecordSet) bool { // one record proves a name and all below it
			return aws.ToString(r.Name) == aws.ToString(v.ResourceRecord.Name)
		}
		if v.ResourceRecord != nil && !slices.ContainsFunc(all, known) {
			all = append(all, types.ResourceRecordSet{
				Name: v.ResourceRecord.Name, Type: types.RRType(v.ResourceRecord.Type), TTL: aws.Int64(proofTTL),
				ResourceRecords: []types.ResourceRecord{{Value: v.ResourceRecord.Value}},
			})
		}
	}
	return all, nil
}

func (d *Driver) removeCertificate(ctx context.Context, _ converge.Scope, f converge.Found) error {
	proofs, err := d.proofs(ctx, f.ID)
	if err != nil {
		return err
	}
	for _, p := range proofs {
		is, err := d.record(ctx, aws.ToString(p.Name), p.Type)
		if err != nil {
			return err
		}
		if is == nil {
			continue
		}
		if err := d.change(ctx, types.ChangeActionDelete, []types.ResourceRecordSet{*is}); err != nil {
			return err
		}
	}
	_, err = d.acm.DeleteCertificate(ctx, &acm.DeleteCertificateInput{CertificateArn: aws.String(f.ID)})
	return err
}

func (d *Driver) change(ctx context.Context, action types.ChangeAction, records []types.ResourceRecordSet) error {
	return changeIn(ctx, d.dns, d.HostedZone, action, records)
}

func changeIn(ctx context.Context, dns *route53.Client, zone string, action types.ChangeAction, records []types.ResourceRecordSet) error {
	var changes []types.Change
	for _, r := range records {
		changes = append(changes, types.Change{Action: action, ResourceRecordSet: &r})
	}
	_, err := dns.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{
		HostedZoneId: aws.String(zone), ChangeBatch: &types.ChangeBatch{Changes: changes},
	})
	return err
}

// record returns the record of that name and type; nil when there is none.
func (d *Driver) record(ctx context.Context, name string, kind types.RRType) (*types.ResourceRecordSet, error) {
	out, err := d.dns.ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{
		HostedZoneId: aws.String(d.HostedZone), StartRecordName: aws.String(name), StartRecordType: kind, MaxItems: aws.Int32(1),
	})
	if err != nil {
		return nil, err
	}
	for _, r := range out.ResourceRecordSets {
		if strings.TrimSuffix(aws.ToString(r.Name), ".") == strings.TrimSuffix(name, ".") && r.Type == kind {
			return &r, nil
		}
	}
	return nil, nil
}

func (d *Driver) findRecords(ctx context.Context, s converge.Scope, _ []string) ([]converge.Found, error) {
	is, err := d.record(ctx, d.Host(s.Cluster), types.RRTypeA)
	if err != nil || is == nil {
		return nil, err
	}
	return []converge.Found{{ID: d.Host(s.Cluster), Role: recordRole}}, nil
}

func (d *Driver) createRecord(ctx context.Context, r converge.Request) (converge.Found, error) {
	s, err := settings[plan.HostSettings](r)
	if err != nil {
		return converge.Found{}, err
	}
	_, err = d.settleRecord(ctx, r, converge.Found{ID: s.Host})
	return converge.Found{ID: s.Host}, err
}

// settleRecord points the name at the load balancer.
func (d *Driver) settleRecord(ctx context.Context, r converge.Request, f converge.Found) (bool, error) {
	out, err := d.elb.DescribeLoadBalancers(ctx, &elb.DescribeLoadBalancersInput{LoadBalancerArns: []string{r.IDs["balancer"]}})
	if err != nil {
		return false, err
	}
	if len(out.LoadBalancers) != 1 {
		return false, converge.ErrNotYet
	}
	b := out.LoadBalancers[0]
	return false, d.change(ctx, types.ChangeActionUpsert, []types.ResourceRecordSet{{
		Name: aws.String(f.ID), Type: types.RRTypeA, AliasTarget: &types.AliasTarget{
			DNSName: b.DNSName, HostedZoneId: b.CanonicalHostedZoneId, EvaluateTargetHealth: true,
		},
	}})
}

func (d *Driver) removeRecord(ctx context.Context, _ converge.Scope, f converge.Found) error {
	is, err := d.record(ctx, f.ID, types.RRTypeA)
	if err != nil || is == nil {
		return err
	}
	return d.change(ctx, types.ChangeActionDelete, []types.ResourceRecordSet{*is})
}
