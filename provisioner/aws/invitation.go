package aws

import (
	"fmt"
	"strings"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws/internal/edge"
)

// consoles are where the console of AWS is, by partition.
var consoles = map[string]string{"aws": "console.aws.amazon.com", "aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}

// invitation tells the owner of the other network all that they have to do: in one go, or step by step.
func (c *Cloud) invitation(l link, is edge.Connection, zone string) provisioner.Invitation {
	peer := l.Peer
	page := fmt.Sprintf("https://%s.%s/vpcconsole/home?region=%s#PeeringConnectionDetails:vpcPeeringConnectionId=%s",
		peer.Region, consoles[c.partition], peer.Region, is.ID)
	commands := []string{
		fmt.Sprintf("aws ec2 accept-vpc-peering-connection --region %s --vpc-peering-connection-id %s", peer.Region, is.ID),
		associate(l, zone),
		"# for each route table of your workers' subnets:",
		l.route(is.ID),
	}
	return provisioner.Invitation{
		Connection: is.ID, ExpiresAt: is.Expires,
		Instruction: provisioner.Instruction{
			Title: "Accept the connection " + is.ID + " in account " + peer.Account,
			Text: fmt.Sprintf("Sign in to AWS as account %s and go to VPC, Peering connections, in region %s: choose %s, Actions, Accept request. "+
				"Then lead packets for %s to it: Route tables, those of your workers' subnets, Edit routes, Add route. "+
				"Last, make the cluster's names known in your network: AWS has no page for this across accounts, so use the second command, "+
				"or Terraform. The commands and the Terraform module do all three. AWS drops a request after seven days.",
				peer.Account, peer.Region, is.ID, l.plan.Range),
			Ways: []provisioner.Way{
				{Name: "AWS console", URL: page},
				{Name: "AWS CLI", Code: strings.Join(commands, "\n")},
				{Name: "Terraform", Code: l.terraform(is.ID, zone)},
			},
		},
	}
}

func associate(l link, zone string) string {
	return fmt.Sprintf("aws route53 associate-vpc-with-hosted-zone --hosted-zone-id %s --vpc VPCRegion=%s,VPCId=%s", zone, l.Peer.Region, l.Peer.Network)
}

func (l link) route(connection string) string {
	return fmt.Sprintf("aws ec2 create-route --region %s --route-table-id rtb-… --destination-cidr-block %s --vpc-peering-connection-id %s",
		l.Peer.Region, l.plan.Range, connection)
}

// terraform uses the module terraform/peering.
func (l link) terraform(connection, zone string) string {
	return fmt.Sprintf(`provider "aws" {
  region = %q # of account %s
}

module "podium" {
  source = "github.com/podium-cloud/podium//terraform/peering"

  connection_id   = %q
  cluster_range   = %q
  vpc_id          = %q
  zone_id         = %q
  route_table_ids = ["rtb-…"] # of your workers' subnets
}
`, l.Peer.Region, l.Peer.Account, connection, l.plan.Range, l.Peer.Network, zone)
}

// naming tells how to make the cluster's names known.
func (l link) naming(zone string) *provisioner.Instruction {
	return &provisioner.Instruction{
		Title: "Make the cluster's names known in " + l.Peer.Network,
		Text: fmt.Sprintf("Workers in your network then call the cluster by its name, %s, and reach its private address. AWS has no page for "+
			"this across accounts: run the command as account %s, or use the Terraform module. Nothing else in your network changes.",
			l.plan.Host, l.Peer.Account),
		Ways: []provisioner.Way{
			{Name: "AWS CLI", Code: associate(l, zone)},
			{Name: "Terraform", Code: l.terraform(l.saved, zone)},
		},
	}
}
