package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws"
)

// accountsCloud answers for AWS, which is tested with its provisioner.
type accountsCloud struct {
	findings []provisioner.Finding
	fails    error
}

func (*accountsCloud) RoleFor(number, name string) string {
	return "arn:aws:iam::" + number + ":role/podium-access/" + name
}

func (*accountsCloud) Setup(a aws.Account) (provisioner.Instruction, error) {
	return provisioner.Instruction{Title: "Make " + a.Role, Ways: []provisioner.Way{{Name: "AWS CLI", Code: "aws " + a.ExternalID}}}, nil
}

func (c *accountsCloud) CheckAccount(context.Context, aws.Account) ([]provisioner.Finding, error) {
	return c.findings, c.fails
}

// TestCloudAccounts_FromTheDeclarationToTheEnd covers S-70 to S-72 and S-74 as people see them.
func TestCloudAccounts_FromTheDeclarationToTheEnd(t *testing.T) {
	s := newConfinedSite(t)
	ada, eve := s.owner(t, "acme"), s.owner(t, "eve")
	const root = "/api/v1/organizations/acme/cloud-accounts"
	decode := func(a answer, status int) api.CloudAccount {
		t.Helper()
		a.want(t, status)
		var v api.CloudAccount
		must(t, json.Unmarshal([]byte(a.body), &v))
		return v
	}
	for field, body := range map[string]string{
		"name":   `{"name":"No Good","number":"123456789012","region":"eu-central-1"}`,
		"number": `{"name":"aa","number":"12345","region":"eu-central-1"}`,
		"region": `{"name":"aa","number":"123456789012","region":"mars-1"}`,
		"role":   `{"name":"aa","number":"123456789012","region":"eu-central-1","role":"arn:aws:iam::123456789012:role/admin"}`,
	} {
		ada.call(t, "POST", root, body).wantField(t, 422, field)
	}
	ada.call(t, "POST", root, `{"name":"aa","number":"123456789012","region":"eu-central-1","role":"arn:aws:iam::210987654321:role/podium-access/x"}`).wantField(t, 422, "role")
	made := decode(ada.call(t, "POST", root, `{"name":"theirs","number":"123456789012","region":"eu-central-1"}`), 201)
	if made.State != "DECLARED" || made.Role != "arn:aws:iam::123456789012:role/podium-access/"+made.Id || len(made.Findings) > 0 {
		t.Errorf("made %+v", made)
	}
	ada.call(t, "POST", root, `{"name":"theirs","number":"123456789012","region":"eu-central-1"}`).wantField(t, 409, "name")
	again := `{"name":"mine","number":"123456789012","region":"eu-central-1","role":"` + made.Role + `"}`
	eve.call(t, "POST", strings.Replace(root, "acme", "eve", 1), again).wantField(t, 409, "role")
	setup := func(id string) string {
		t.Helper()
		v := ada.call(t, "GET", root+"/"+id+"/setup", "").want(t, 200)
		external, _ := v["externalId"].(string)
		if len(external) != 64 || !strings.Contains(ada.call(t, "GET", root+"/"+id+"/setup", "").body, "aws "+external) {
			t.Errorf("setup %v", v)
		}
		return external
	}
	first := setup(made.Id)
	for _, p := range []string{"", "/setup"} {
		eve.call(t, "GET", root+"/"+made.Id+p, "").want(t, 404)
		eve.call(t, "GET", strings.Replace(root, "acme", "eve", 1)+"/"+made.Id+p, "").want(t, 404)
	}
	cluster := func(region string) answer {
		return ada.call(t, "POST", "/api/v1/organizations/acme/clusters", `{"name":"first","account":"`+made.Id+`"`+region+`}`)
	}
	cluster("").wantField(t, 422, "account")

	finding := func(check string, level provisioner.Level) provisioner.Finding {
		return provisioner.Finding{Check: check, Level: level, Text: "text", Fix: "fix"}
	}
	for _, test := range []struct {
		want     string
		findings []provisioner.Finding
	}{
		{"DECLARED", []provisioner.Finding{finding("door", provisioner.LevelProblem)}},
		{"CHECKED", []provisioner.Finding{finding("door", provisioner.LevelOK), finding("permissions", provisioner.LevelProblem)}},
		{"ACTIVE", []provisioner.Finding{finding("door", provisioner.LevelOK), finding("permissions", provisioner.LevelOK)}},
	} {
		s.accounts.findings = test.findings
		if now := decode(ada.call(t, "POST", root+"/"+made.Id+"/check", ""), 200); string(now.State) != test.want || len(now.Findings) != len(test.findings) {
			t.Errorf("%+v, want %s", now, test.want)
		}
	}
	s.accounts.fails = errors.New("no answer")
	ada.call(t, "POST", root+"/"+made.Id+"/check", "").want(t, 503)
	if now := decode(ada.call(t, "GET", root+"/"+made.Id, ""), 200); now.State != "ACTIVE" || now.CheckedAt == nil {
		t.Errorf("no answer proves nothing: %+v", now)
	}
	cluster(`,"region":"mars-1"`).wantField(t, 422, "region")
	// This site's own cloud is not one of accounts.
	if a := cluster(""); a.status != 422 || !strings.Contains(a.body, "no clusters in accounts of customers") {
		t.Errorf("a cloud without accounts: %d %s", a.status, a.body)
	}
	for range 2 {
		ada.call(t, "DELETE", root+"/"+made.Id, "").want(t, 204)
	}
	anew := decode(ada.call(t, "POST", root, `{"name":"theirs","number":"123456789012","region":"eu-central-1","role":"`+made.Role+`"}`), 201)
	if second := setup(anew.Id); second == first {
		t.Error("an ExternalId came back")
	}
}
