package edge

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
)

// Trial is what a role is to be allowed: these actions, on each of these resources, in these circumstances.
type Trial struct {
	Actions   []string
	Resources []string          // ARNs; none: any
	Given     map[string]string // keys of conditions
}

// Simulate asks AWS which actions of a trial a role may not do, without doing them.
func (d *Driver) Simulate(ctx context.Context, role string, t Trial) (denied []string, err error) {
	in := &iam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String(role), ActionNames: t.Actions, ResourceArns: t.Resources}
	for _, key := range slices.Sorted(maps.Keys(t.Given)) {
		in.ContextEntries = append(in.ContextEntries, types.ContextEntry{
			ContextKeyName: aws.String(key), ContextKeyType: types.ContextKeyTypeEnumString, ContextKeyValues: []string{t.Given[key]},
		})
	}
	pages := iam.NewSimulatePrincipalPolicyPaginator(d.iam, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range page.EvaluationResults {
			if action := aws.ToString(r.EvalActionName); r.EvalDecision != types.PolicyEvaluationDecisionTypeAllowed && !slices.Contains(denied, action) {
				denied = append(denied, action)
			}
		}
	}
	return denied, nil
}

// Rehearse asks AWS to make what a network begins with, without making it, and returns what it refused. Unlike [Driver.Simulate] it
// meets all policies that are in force, those of the account's organization as well. AWS knows this of EC2 alone.
func (d *Driver) Rehearse(ctx context.Context) (denied []string, err error) {
	dry := aws.Bool(true)
	for _, try := range []func() error{
		func() error {
			_, err := d.ec2.CreateVpc(ctx, &ec2.CreateVpcInput{DryRun: dry, CidrBlock: aws.String("10.255.0.0/24")})
			return err
		},
		func() error {
			_, err := d.ec2.CreateInternetGateway(ctx, &ec2.CreateInternetGatewayInput{DryRun: dry})
			return err
		},
		func() error {
			_, err := d.ec2.AllocateAddress(ctx, &ec2.AllocateAddressInput{DryRun: dry})
			return err
		},
	} {
		err := try()
		switch api, ok := errors.AsType[smithy.APIError](err); {
		case err == nil, ok && api.ErrorCode() == "DryRunOperation", converge.Classify(err) == converge.Quota:
		case converge.Classify(err) == converge.Access:
			denied = append(denied, converge.Permission(err))
		default:
			return nil, err
		}
	}
	return denied, nil
}
