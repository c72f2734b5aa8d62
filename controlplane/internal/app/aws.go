package app

import (
	"context"
	"fmt"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/podium-cloud/podium/controlplane/internal/cloudaccount"
	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws"
)

// awsCloud is the name of the cloud of an AWS account.
const awsCloud = "aws"

// openAWS adds the cloud of the AWS account that the configuration names, if it names one. It asks AWS who it is, so that wrong
// credentials are found now and not at the first cluster. It returns what the accounts of customers are served with.
func (a *App) openAWS(ctx context.Context, clouds map[string]provisioner.Cloud) (cloudaccount.Deps, error) {
	accounts, c := cloudaccount.Deps{Store: a.store, Regions: a.config.AWS.Regions, Now: now}, a.config.AWS
	if len(c.Regions) == 0 {
		return accounts, nil
	}
	sdk, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithRegion(c.Regions[0]))
	if err != nil {
		return accounts, fmt.Errorf("aws: %w", err)
	}
	if c.Role != "" {
		role := aws.Role{ARN: c.Role, ExternalID: c.ExternalID, Session: "podium"}
		if c.ExternalID != "" {
			if err := aws.Prove(ctx, sts.NewFromConfig(sdk), role); err != nil {
				return accounts, fmt.Errorf("aws: %w", err)
			}
		}
		sdk = aws.Assume(sdk, role)
	}
	instance, err := a.store.InstanceID(ctx, id.New("pod"))
	if err != nil {
		return accounts, fmt.Errorf("aws: %w", err)
	}
	cloud, err := aws.New(ctx, aws.Config{
		AWS: sdk, Regions: c.Regions, Installation: instance, Domain: c.Domain, HostedZone: c.HostedZone,
		Image: c.Image, Versions: c.Versions, Ledger: a.store, Accounts: cloudaccount.Roles{Store: a.store}, Logger: a.log.With("part", "aws"),
	})
	if err != nil {
		return accounts, err
	}
	clouds[awsCloud], accounts.Cloud = cloud, cloud
	return accounts, nil
}
