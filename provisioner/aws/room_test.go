package aws_test

import (
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws"
	"github.com/podium-cloud/podium/provisioner/aws/mototest"
	"github.com/podium-cloud/podium/provisioner/cloudtest"
)

// TestCheckRoom: what is full is told in words that say what to do; what the cluster has already is not asked for again.
func TestCheckRoom(t *testing.T) {
	config := mototest.Start(t).Config(region)
	g := newGround(t, config)
	cloud, err := aws.New(t.Context(), g.config)
	if err != nil {
		t.Fatal(err)
	}
	cloud.SetVisible(time.Second)
	small := cloudtest.Spec("one")
	large := cloudtest.Spec("two")
	large.Size, large.Nodes = "large", 3
	levels := func(s provisioner.ClusterSpec) map[string]string {
		t.Helper()
		cloud.LookAgain()
		findings, err := cloud.CheckRoom(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]string{}
		for _, f := range findings {
			what, _, _ := strings.Cut(strings.TrimPrefix(f.Text, "Of "), ",")
			all[what] = string(f.Level)
			if (f.Level == provisioner.LevelOK) != (f.Fix == "") || f.Check != "quotas" {
				t.Errorf("finding %+v", f)
			}
			if f.Level == provisioner.LevelProblem && (!strings.Contains(f.Text, "5 of 5 in "+region) || !strings.Contains(f.Fix, "L-F678F1CE of vpc")) {
				t.Errorf("finding %+v", f)
			}
		}
		return all
	}
	for what, level := range levels(small) {
		if level != "ok" {
			t.Errorf("%s: %s in an empty account", what, level)
		}
	}
	if got := levels(large); len(got) != 7 || got["Fargate vCPUs"] != "warning" || got["VPCs"] != "ok" {
		t.Errorf("three large nodes: %v; a new account has 6 vCPUs", got)
	}
	client := ec2.NewFromConfig(config)
	for range 4 { // one is there from the beginning
		if _, err := client.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: sdk.String("10.9.0.0/16")}); err != nil {
			t.Fatal(err)
		}
	}
	if got := levels(small); got["VPCs"] != "problem" || got["internet gateways"] != "ok" {
		t.Errorf("all VPCs are used: %v", got)
	}
	patiently(t, "ensure", func() error { return cloud.Ensure(t.Context(), small, provisioner.Network) })
	if got := levels(small); got["VPCs"] != "" || got["network load balancers"] != "ok" {
		t.Errorf("with its network there: %v", got)
	}
}
