package plan

import (
	"encoding/json"
	"fmt"

	"github.com/podium-cloud/podium/provisioner"
)

// Job is what a session in a customer's account is for.
type Job string

// The jobs that are not about one [provisioner.Part].
const (
	Look Job = "look" // at what there is
	Run  Job = "node"
	Copy Job = "backup" // and restoration
	Peer Job = "peering"
)

// PartJob makes or removes a part.
func PartJob(p provisioner.Part) Job { return Job(p) }

// looking is what every job may do: it reads no content of anything.
var looking = []string{
	"ec2:Describe*", "rds:Describe*", "rds:List*", "elasticache:Describe*", "elasticache:List*", "elasticloadbalancing:Describe*",
	"ecs:Describe*", "ecs:List*", "acm:List*", "acm:Describe*", "kms:List*", "kms:Describe*", "secretsmanager:ListSecrets",
	"logs:Describe*", "logs:List*", "iam:List*", "s3:ListAllMyBuckets", "s3:ListBucket", "servicequotas:Get*", "route53:Get*", "route53:List*", "iam:SimulatePrincipalPolicy",
}

// working is what a job may do besides, within what the customer's role allows.
var working = map[Job][]string{
	PartJob(provisioner.Network):  {"ec2:*", "kms:*", "logs:*", "iam:*", "ecs:*"},
	PartJob(provisioner.Database): {"rds:*", "secretsmanager:*", "kms:*"},
	PartJob(provisioner.Queue):    {"elasticache:*", "secretsmanager:*", "kms:*"},
	PartJob(provisioner.Storage):  {"s3:*", "secretsmanager:*", "kms:*", "ecs:*"},
	PartJob(provisioner.Endpoint): {"elasticloadbalancing:*", "acm:*", "route53:*"},
	Run:                           {"ecs:*", "secretsmanager:*", "kms:*", "iam:PassRole", "elasticloadbalancing:RegisterTargets"},
	Copy:                          {"ecs:*", "s3:*", "secretsmanager:*", "kms:*", "iam:PassRole"},
	Peer:                          {"ec2:*", "route53:*", "logs:FilterLogEvents", "iam:PassRole"},
}

// statement is one of a policy of AWS.
type statement struct {
	Effect    string
	Action    []string                     `json:",omitempty"`
	NotAction []string                     `json:",omitempty"`
	Resource  string                       //
	Condition map[string]map[string]string `json:",omitempty"`
}

// Permits is the session policy, JSON, of who does a job for a cluster: with the services of the job alone, in the cluster's
// region, and with nothing that bears another cluster's mark. AWS takes at most 2,048 characters.
func Permits(j Job, cluster, region string) string {
	all := []statement{{Effect: "Allow", Action: looking, Resource: "*"}}
	if actions := working[j]; len(actions) > 0 {
		all = append(all, statement{Effect: "Allow", Action: actions, Resource: "*"})
	}
	all = append(all,
		statement{
			Effect: "Deny", NotAction: []string{"iam:*", "sts:*", "s3:*", "route53:*"}, Resource: "*",
			Condition: map[string]map[string]string{"StringNotEquals": {"aws:RequestedRegion": region}},
		},
		statement{Effect: "Deny", Action: []string{"*"}, Resource: "*", Condition: map[string]map[string]string{
			"Null":            {"aws:ResourceTag/" + TagCluster: "false"},
			"StringNotEquals": {"aws:ResourceTag/" + TagCluster: cluster},
		}},
	)
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": all})
	if err != nil {
		panic(fmt.Sprintf("plan: policy of %s: %v", j, err)) // strings only
	}
	return string(text)
}
