package aws_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws"
	"github.com/podium-cloud/podium/provisioner/aws/mototest"
	"github.com/podium-cloud/podium/provisioner/cloudtest"
)

// gate is what the emulator leaves out of AWS's way into other accounts: roles open to the right ExternalId alone, and a call is
// refused that the session's policy, or that of the role, does not name. Of conditions it knows the region.
type gate struct {
	inner *sts.Client
	mu    sync.Mutex
	roles map[string]*gateRole // by ARN
	taken map[string]*sts.AssumeRoleInput
}

type gateRole struct {
	trusts      func(externalID string) bool
	permissions string // JSON; empty: everything
}

func (g *gate) AssumeRole(ctx context.Context, in *sts.AssumeRoleInput, opts ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	g.mu.Lock()
	role := g.roles[*in.RoleArn]
	g.mu.Unlock()
	if role == nil || !role.trusts(sdk.ToString(in.ExternalId)) {
		return nil, &smithy.GenericAPIError{Code: "AccessDenied", Message: "not authorized to perform: sts:AssumeRole"}
	}
	if len(sdk.ToString(in.Policy)) > 2048 || sdk.ToInt32(in.DurationSeconds) > 3600 {
		return nil, &smithy.GenericAPIError{Code: "PackedPolicyTooLarge"}
	}
	out, err := g.inner.AssumeRole(ctx, in, opts...)
	if err == nil {
		g.mu.Lock()
		g.taken[*out.Credentials.AccessKeyId] = in
		g.mu.Unlock()
	}
	return out, err
}

var accessKeyID = regexp.MustCompile(`Credential=([A-Z0-9]+)/`)

// enforce makes a configuration's calls go through the gate.
func (g *gate) enforce(c *sdk.Config) {
	c.APIOptions = append(c.APIOptions, func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("gate",
			func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
				if r, ok := in.Request.(*smithyhttp.Request); ok {
					if err := g.judge(ctx, r); err != nil {
						return middleware.DeserializeOutput{}, middleware.Metadata{}, err
					}
					if awsmiddleware.GetOperationName(ctx) == "SimulatePrincipalPolicy" { // which the emulator does not know
						return middleware.DeserializeOutput{RawResponse: g.simulate(r)}, middleware.Metadata{}, nil
					}
				}
				return next.HandleDeserialize(ctx, in)
			}), middleware.After)
	})
}

// simulate answers which actions the role's policy names.
func (g *gate) simulate(r *smithyhttp.Request) *smithyhttp.Response {
	body, _ := io.ReadAll(r.GetStream())
	asked, _ := url.ParseQuery(string(body))
	var results strings.Builder
	for key, values := range asked {
		if !strings.HasPrefix(key, "ActionNames.member.") {
			continue
		}
		decision := "implicitDeny"
		if allows(g.roles[asked.Get("PolicySourceArn")].permissions, values[0], "") {
			decision = "allowed"
		}
		fmt.Fprintf(&results, "<member><EvalActionName>%s</EvalActionName><EvalDecision>%s</EvalDecision></member>", values[0], decision)
	}
	answer := "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults>" + results.String() +
		"</EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
	return &smithyhttp.Response{Response: &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(answer))}}
}

func (g *gate) judge(ctx context.Context, r *smithyhttp.Request) error {
	key := accessKeyID.FindStringSubmatch(r.Header.Get("Authorization"))
	if key == nil {
		return nil
	}
	g.mu.Lock()
	in := g.taken[key[1]]
	g.mu.Unlock()
	if in == nil { // it is our own
		return nil
	}
	action, region := actionOf(ctx), awsmiddleware.GetRegion(ctx)
	if action == "sts:GetCallerIdentity" { // needs no permission
		return nil
	}
	for _, p := range []string{sdk.ToString(in.Policy), g.roles[*in.RoleArn].permissions} {
		if p != "" && !allows(p, action, region) {
			return &smithy.GenericAPIError{Code: "AccessDenied", Message: "not authorized to perform: " + action + " as " + *in.RoleSessionName}
		}
	}
	return nil
}

// actionOf is what a call is called in policies, where that differs.
func actionOf(ctx context.Context) string {
	services := map[string]string{
		"EC2": "ec2", "RDS": "rds", "ElastiCache": "elasticache", "ECS": "ecs", "Elastic Load Balancing v2": "elasticloadbalancing",
		"ACM": "acm", "Secrets Manager": "secretsmanager", "KMS": "kms", "S3": "s3", "CloudWatch Logs": "logs", "IAM": "iam",
		"Service Quotas": "servicequotas", "STS": "sts", "Route 53": "route53",
	}
	operation := awsmiddleware.GetOperationName(ctx)
	switch operation {
	case "HeadBucket", "ListObjectsV2":
		operation = "ListBucket"
	case "HeadObject":
		operation = "GetObject"
	}
	return services[awsmiddleware.GetServiceID(ctx)] + ":" + operation
}

// allows decides by actions and regions alone.
func allows(policy, action, region string) bool {
	var p struct {
		Statement []struct {
			Effect    string
			Action    any
			NotAction any
			Condition map[string]map[string]any
		}
	}
	if err := json.Unmarshal([]byte(policy), &p); err != nil {
		return false
	}
	names := func(v any) bool {
		all, ok := v.([]any)
		if !ok {
			all = []any{v}
		}
		return slices.ContainsFunc(all, func(one any) bool {
			pattern, _ := one.(string)
			is, _ := path.Match(pattern, action)
			return is
		})
	}
	allowed := false
	for _, s := range p.Statement {
		if s.Effect == "Allow" && names(s.Action) {
			allowed = true
		}
		if only := s.Condition["StringNotEquals"]["aws:RequestedRegion"]; s.Effect == "Deny" && only != nil && only != region && !names(s.NotAction) {
			return false
		}
	}
	return allowed
}

// registry is what a control plane knows of accounts.
type registry map[string]aws.Account // by organization and id

func (r registry) CloudAccount(_ context.Context, organization, id string) (aws.Account, error) {
	a, ok := r[organization+"/"+id]
	if !ok {
		return a, provisioner.Permanent(errors.New("account: it is none of the organization's"))
	}
	return a, nil
}

// hall is a cloud with a gate, and the account of a customer with a role as Setup tells it.
type hall struct {
	cloud   *aws.Cloud
	gate    *gate
	account aws.Account
	moto    *mototest.Server
	listed  registry
}

const customerNumber = "210987654321"

func newHall(t *testing.T, moto *mototest.Server) *hall {
	t.Helper()
	g := newGround(t, moto.Config(region))
	h := &hall{moto: moto, listed: registry{}, gate: &gate{
		inner: sts.NewFromConfig(moto.Config(region)), roles: map[string]*gateRole{}, taken: map[string]*sts.AssumeRoleInput{},
	}}
	h.gate.enforce(&g.config.AWS)
	g.config.Door, g.config.Accounts = h.gate, h.listed
	var err error
	if h.cloud, err = aws.New(t.Context(), g.config); err != nil {
		t.Fatal(err)
	}
	h.cloud.SetVisible(time.Second)
	h.account = aws.Account{
		Number: customerNumber, Region: region, Role: h.cloud.RoleFor(customerNumber, "acct_1"), ExternalID: aws.NewExternalID(),
	}
	h.listed["acme/acct_1"] = h.account
	h.trust(t, func(id string) bool { return id == h.account.ExternalID })
	return h
}

// trust makes the role, with the permissions that Setup tells.
func (h *hall) trust(t *testing.T, trusts func(string) bool) {
	t.Helper()
	h.gate.mu.Lock()
	defer h.gate.mu.Unlock()
	h.gate.roles[h.account.Role] = &gateRole{trusts: trusts, permissions: permissionsIn(t, h.cloud, h.account)}
}

// permissionsIn reads the role's permissions out of the template of CloudFormation.
func permissionsIn(t *testing.T, c *aws.Cloud, a aws.Account) string {
	t.Helper()
	setup, err := c.Setup(a)
	if err != nil {
		t.Fatal(err)
	}
	var stack struct {
		Resources map[string]struct {
			Properties struct {
				Policies []struct{ PolicyDocument json.RawMessage }
			}
		}
	}
	if err := json.Unmarshal([]byte(setup.Ways[0].Code), &stack); err != nil {
		t.Fatal(err)
	}
	return string(stack.Resources["Role"].Properties.Policies[0].PolicyDocument)
}

// TestAccounts_OfCustomers: each has a cloud of its own, in one emulator.
func TestAccounts_OfCustomers(t *testing.T) {
	moto := mototest.Start(t)
	for name, test := range map[string]func(*testing.T, *mototest.Server){
		"a cluster lives there": livesInACustomersAccount, "refused": refusesAccounts, "checked": checksAccounts, "set up": tellsTheSetup,
	} {
		t.Run(name, func(t *testing.T) { test(t, moto) })
	}
}

// livesInACustomersAccount: a cluster is made, looked at and removed in an account of a customer, each call with no more
// than its job needs, under a name that tells the cluster and the operation (S-73), and nothing is made in ours but the name.
func livesInACustomersAccount(t *testing.T, moto *mototest.Server) {
	h := newHall(t, moto)
	ctx := provisioner.WithOperation(t.Context(), "op_0192f8c1a6c47f3d8a5be2f0c9d1e3a7")
	s := cloudtest.Spec("clu_1")
	s.Organization, s.Account, s.Region, s.Model = "acme", "acct_1", region, provisioner.Customer
	for _, p := range provisioner.Parts() {
		patiently(t, "ensure "+string(p), func() error { return h.cloud.Ensure(ctx, s, p) })
	}
	node := provisioner.Node{ControlPlaneURL: "https://control.example", JoinToken: "token"}
	patiently(t, "start", func() error { return h.cloud.StartNode(ctx, s, node) })
	patiently(t, "check", func() error { return h.cloud.CheckNode(ctx, s, 0) })
	if _, err := h.cloud.CheckRoom(t.Context(), s); err != nil {
		t.Error(err)
	}
	there, err := h.cloud.Leftovers(ctx, s)
	if err != nil || len(there) < 20 {
		t.Errorf("in the customer's account: %v, %v", there, err)
	}
	ours := s
	ours.Account, ours.Model = "", provisioner.Managed
	here, err := h.cloud.Leftovers(ctx, ours)
	if err != nil || len(here) != 1 || here[0].Kind != "DNS record" {
		t.Errorf("in our account: %v, %v; want the name alone", here, err)
	}
	h.bounded(t)
	h.peers(ctx, t, s)
	patiently(t, "stop", func() error { return h.cloud.StopNode(ctx, s, 0) })
	for _, p := range slices.Backward(provisioner.Parts()) {
		patiently(t, "remove "+string(p), func() error { return h.cloud.Remove(ctx, s, p) })
	}
	if left, err := h.cloud.Leftovers(ctx, s); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	h.gate.mu.Lock()
	defer h.gate.mu.Unlock()
	jobs := map[string]bool{}
	for _, in := range h.gate.taken {
		if name := *in.RoleSessionName; name != "clu_1.op_0192f8c1a6c47f3d8a5be2f0c9d1e3a7" && name != "clu_1.look" {
			t.Errorf("a session is named %q", name)
		}
		if !strings.Contains(*in.Policy, `"aws:ResourceTag/podium:cluster":"clu_1"`) {
			t.Errorf("a session is not kept from other clusters: %s", *in.Policy)
		}
		jobs[*in.Policy] = true
	}
	if len(jobs) != len(provisioner.Parts())+3 { // and nodes, peerings, and looking
		t.Errorf("%d policies for sessions", len(jobs))
	}
	if strings.Contains(strings.Join(slices.Collect(maps.Keys(jobs)), ""), `"*:*"`) {
		t.Error("a session may do everything")
	}
}

// peers connects the cluster with a network, as far as that goes without the owner of it, and disconnects it.
func (h *hall) peers(ctx context.Context, t *testing.T, s provisioner.ClusterSpec) {
	t.Helper()
	their := ec2.NewFromConfig(account(t, h.moto, 222222222222))
	out, err := their.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: sdk.String("10.20.0.0/16")})
	if err != nil {
		t.Fatal(err)
	}
	q := provisioner.Peering{ID: "peer_1", Cluster: s, Peer: provisioner.Peer{
		Account: "222222222222", Network: *out.Vpc.VpcId, Region: region, Ranges: []netip.Prefix{netip.MustParsePrefix("10.20.0.0/16")},
	}}
	if findings, err := h.cloud.CheckPeering(ctx, q); err != nil || len(findings) < 6 {
		t.Errorf("%v, %v", findings, err)
	}
	take := func(one step) {
		t.Helper()
		patiently(t, one.name, func() error { return one.do(ctx, h.cloud, q) })
	}
	steps := making()
	take(steps[0])
	invitation, err := h.cloud.EnsurePeering(ctx, q)
	if err == nil {
		_, err = their.AcceptVpcPeeringConnection(ctx, &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: &invitation.Connection})
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range steps[1:4] {
		take(one)
	}
	if p := provisioner.AsPending(h.cloud.EnsurePeeringNames(ctx, q)); p == nil || p.Customer == nil {
		t.Errorf("names that nobody has made known: %v", p)
	}
	patiently(t, "probe", func() error { _, err := h.cloud.ProbePeering(ctx, q); return err })
	for _, one := range removing() {
		take(one)
	}
}

// bounded looks that the roles of the cluster's containers have the boundary of the setup.
func (h *hall) bounded(t *testing.T) {
	t.Helper()
	as := iam.NewFromConfig(account(t, h.moto, 210987654321))
	list, err := as.ListRoles(t.Context(), &iam.ListRolesInput{PathPrefix: sdk.String("/podium/")})
	if err != nil || len(list.Roles) == 0 {
		t.Fatalf("roles %v, %v", list, err)
	}
	for _, r := range list.Roles {
		got, err := as.GetRole(t.Context(), &iam.GetRoleInput{RoleName: r.RoleName})
		if err != nil {
			t.Fatal(err)
		}
		b := got.Role.PermissionsBoundary
		if b == nil || *b.PermissionsBoundaryArn != "arn:aws:iam::210987654321:policy/podium-access/acct_1-boundary" {
			t.Errorf("role %s is bounded by %v", *r.RoleName, b)
		}
	}
}

// refusesAccounts: S-72 and S-74 at the moment of use, whatever the registry says, and a door that has been shut.
func refusesAccounts(t *testing.T, moto *mototest.Server) {
	h := newHall(t, moto)
	h.listed["acme/foreign"] = aws.Account{Number: customerNumber, Region: region, Role: "arn:aws:iam::111111111111:role/podium-access/x", ExternalID: "x"}
	h.listed["acme/named"] = aws.Account{Number: customerNumber, Region: region, Role: "arn:aws:iam::210987654321:role/admin", ExternalID: "x"}
	h.listed["acme/gone"] = aws.Account{Number: customerNumber, Region: region, Role: h.cloud.RoleFor(customerNumber, "gone"), ExternalID: "x"}
	h.listed["acme/else"] = aws.Account{Number: customerNumber, Region: "us-east-1", Role: h.account.Role, ExternalID: "x"}
	for _, test := range []struct{ organization, account, want string }{
		{"eve", "acct_1", "none of the organization's"},
		{"acme", "foreign", "belongs to account 111111111111"},
		{"acme", "named", "role/podium-access/"},
		{"acme", "gone", "does not let Podium in"},
		{"acme", "else", "its region is us-east-1"},
	} {
		s := cloudtest.Spec("clu_1")
		s.Organization, s.Account, s.Region = test.organization, test.account, region
		err := h.cloud.Ensure(t.Context(), s, provisioner.Network)
		if !provisioner.IsPermanent(err) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s/%s: %v, want %q", test.organization, test.account, err, test.want)
		}
	}
	for key, in := range h.gate.taken {
		t.Errorf("%s was assumed: %s", *in.RoleArn, key)
	}
}

// checksAccounts: S-71, with words for people.
func checksAccounts(t *testing.T, moto *mototest.Server) {
	h := newHall(t, moto)
	check := func(a aws.Account) (findings []provisioner.Finding, problem string) {
		t.Helper()
		findings, err := h.cloud.CheckAccount(t.Context(), a)
		if err != nil || len(findings) == 0 {
			t.Fatalf("%v, %v", findings, err)
		}
		last := findings[len(findings)-1]
		if last.Level == provisioner.LevelOK {
			return findings, ""
		}
		return findings, last.Check + ": " + last.Text + " " + last.Fix
	}
	if all, problem := check(h.account); problem != "" || len(all) != 3 {
		t.Errorf("as it should be: %v", all)
	}
	for want, trusts := range map[string]func(string) bool{
		"without your ExternalId": func(string) bool { return true },
		"door: The role":          func(id string) bool { return id == h.account.ExternalID || id == "" },
		"does not let Podium in":  func(id string) bool { return id == "another" },
		"":                        func(id string) bool { return id == h.account.ExternalID },
	} {
		h.trust(t, trusts)
		if all, problem := check(h.account); !strings.Contains(problem, want) || (want == "") != (problem == "") {
			t.Errorf("%q: %v", want, all)
		}
	}
	reading := `{"Statement":[{"Effect":"Allow","Action":["ec2:Describe*","ecs:*"]}]}`
	h.trust(t, func(id string) bool { return id == h.account.ExternalID })
	h.gate.roles[h.account.Role].permissions = reading
	if all, problem := check(h.account); !strings.Contains(problem, "rds:DescribeDBInstances") || strings.Contains(problem, "ec2:") {
		t.Errorf("without permissions: %v", all)
	}
	full := permissionsIn(t, h.cloud, h.account)
	for _, taken := range []string{"rds:*", "ec2:CreateVpc", "iam:PassRole", "route53:ChangeResourceRecordSets", "iam:SimulatePrincipalPolicy", "kms:CreateKey"} {
		h.gate.roles[h.account.Role].permissions = strings.Replace(full, `"`+taken+`"`, `"none:none"`, 1)
		if all, problem := check(h.account); !strings.HasPrefix(problem, "permissions: ") || !strings.Contains(problem, strings.TrimSuffix(taken, "*")) {
			t.Errorf("without %s: %v", taken, all)
		}
	}
	h.gate.roles[h.account.Role].permissions = `{"Statement":[]}`
	if all, problem := check(h.account); !strings.Contains(problem, "region") {
		t.Errorf("a region that is not enabled: %v", all)
	}
	other := h.account
	other.Role = "arn:aws:iam::210987654321:role/admin"
	if all, problem := check(other); !strings.Contains(problem, "role/podium-access/") {
		t.Errorf("another name: %v", all)
	}
	other = h.account
	other.Region = "eu-west-9"
	if all, problem := check(other); !strings.Contains(problem, "Clusters cannot be made in eu-west-9") {
		t.Errorf("another region: %v", all)
	}
}

// awsProgram stands in for the AWS CLI, whose names of parameters are those of the API in another spelling.
const awsProgram = `
import boto3, sys
service, operation, rest = sys.argv[1], sys.argv[2].replace("-", "_"), sys.argv[3:]
given = dict(zip([k.lstrip("-").replace("-", "") for k in rest[::2]], rest[1::2]))
client = boto3.client(service, region_name=given.pop("region", None))
shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation]).input_shape
members = {name.lower(): name for name in shape.members}
structure = lambda name: shape.members[name].type_name == "structure"
value = lambda name, v: dict(part.split("=") for part in v.split(",")) if structure(name) else v
getattr(client, operation)(**{members[k]: value(members[k], v) for k, v in given.items()})
`

// shell runs commands of the AWS CLI as somebody.
func shell(t *testing.T, c sdk.Config, commands string) {
	t.Helper()
	credentials, err := c.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", `aws() { "$PYTHON" -c "$PROGRAM" "$@"; }`+"\n"+commands)
	cmd.Env = append(os.Environ(), "PYTHON="+mototest.Python(t), "PROGRAM="+awsProgram, "AWS_ENDPOINT_URL="+*c.BaseEndpoint, "AWS_DEFAULT_REGION="+c.Region,
		"AWS_ACCESS_KEY_ID="+credentials.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+credentials.SecretAccessKey, "AWS_SESSION_TOKEN="+credentials.SessionToken)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// tellsTheSetup runs the commands that are shown: the role is the one that is looked for, and trusts us with the ExternalId
// alone. The other ways hold the same documents.
func tellsTheSetup(t *testing.T, moto *mototest.Server) {
	h := newHall(t, moto)
	setup, err := h.cloud.Setup(h.account)
	if err != nil {
		t.Fatal(err)
	}
	theirs := account(t, h.moto, 210987654321)
	shell(t, theirs, setup.Ways[2].Code)
	role, err := iam.NewFromConfig(theirs).GetRole(t.Context(), &iam.GetRoleInput{RoleName: sdk.String("acct_1")})
	if err != nil {
		t.Fatal(err)
	}
	if *role.Role.Arn != h.account.Role {
		t.Errorf("made %s, want %s", *role.Role.Arn, h.account.Role)
	}
	trust := *role.Role.AssumeRolePolicyDocument
	for _, want := range []string{h.account.ExternalID, "arn%3Aaws%3Aiam%3A%3A" + mototest.Account + "%3Aroot"} {
		if !strings.Contains(trust, want) {
			t.Errorf("the trust %s lacks %s", trust, want)
		}
	}
	for _, way := range setup.Ways {
		for _, want := range []string{h.account.ExternalID, "podium-access", "acct_1-boundary", "iam:PermissionsBoundary"} {
			if !strings.Contains(way.Code, want) {
				t.Errorf("%s lacks %s", way.Name, want)
			}
		}
	}
	compact := strings.Join(strings.Fields(permissionsIn(t, h.cloud, h.account)), "")
	if len(compact) > 10240 {
		t.Errorf("the policy has %d characters, IAM takes 10,240", len(compact))
	}
}
