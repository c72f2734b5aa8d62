package aws_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws/internal/faultproxy"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
	"github.com/podium-cloud/podium/provisioner/aws/mototest"
)

var made = []string{"connection", "names", "route to 10.20.0.0/16", "rule for port 443", "rule for port 8090"}

// TestPeering: the operations of a peering, on the emulator.
func TestPeering(t *testing.T) {
	moto := mototest.Start(t)
	s := newStreet(t, moto, "c1")
	for _, test := range []struct {
		name string
		do   func(*street)
	}{
		{"the network is told", (*street).isTold},
		{"it waits for the customer, is proven and removed", (*street).cameAndWent},
		{"checks say what is wrong", (*street).checks},
		{"refusals are told apart", (*street).refusals},
		{"a network is only connected with who was named (S-75)", (*street).strangers},
		{"faults between us and AWS", func(s *street) { s.faults(moto) }},
		{"the control plane ends anywhere", (*street).cutShort},
	} {
		if !t.Run(test.name, func(t *testing.T) { s.t = t; test.do(s) }) {
			break
		}
	}
	s.t, s.cloud = t, s.direct
	s.removedWithItsCluster()
}

func (s *street) isTold() {
	info := s.info()
	if info.Account != mototest.Account || !strings.HasPrefix(info.ID, "vpc-") || info.Region != region || len(info.Zones) != 3 ||
		!strings.HasPrefix(info.Endpoint, "https://") || info.Zones[1].Endpoint != strings.Replace(info.Endpoint, "https://", "https://euc1-az2.", 1) || info.Zones[2].Endpoint != "" {
		s.t.Errorf("%+v", info)
	}
	other := s.peering.Cluster
	other.ID = "nobody"
	if _, err := s.direct.Network(s.t.Context(), other); err == nil {
		s.t.Error("a cluster that is not there has a network")
	}
}

func (s *street) cameAndWent() {
	t, ctx, steps := s.t, s.t.Context(), making()
	s.take(steps[0])
	invitation, err := s.direct.EnsurePeering(ctx, s.peering)
	if err != nil || !strings.HasPrefix(invitation.Connection, "pcx-") || len(invitation.Ways) != 3 {
		t.Fatalf("%+v, %v", invitation, err)
	}
	for _, want := range []string{invitation.Connection, s.peering.Peer.Network, s.info().Range.String(), `source = "github.com/podium-cloud/podium//terraform/peering"`} {
		if !strings.Contains(invitation.Ways[2].Code, want) {
			t.Errorf("Terraform is told %s, without %s", invitation.Ways[2].Code, want)
		}
	}
	s.fitsTheModule(invitation.Ways[2].Code)
	if state, err := s.direct.PeeringState(ctx, s.peering); err != nil || state != provisioner.PeeringPending {
		t.Errorf("before it is accepted: %s, %v", state, err)
	}
	if err := s.direct.EnsurePeeringRoutes(ctx, s.peering); !provisioner.IsPermanent(err) {
		t.Errorf("a route to a connection that is not accepted: %v", err)
	}
	first, others, _ := strings.Cut(strings.ReplaceAll(invitation.Ways[1].Code, "rtb-…", s.table), "\n")
	shell(t, s.theirs, first)
	s.take(steps[1:4]...)
	p := provisioner.AsPending(s.direct.EnsurePeeringNames(ctx, s.peering))
	if p == nil || p.Customer == nil || len(p.Customer.Ways) != 2 || !strings.Contains(others, p.Customer.Ways[0].Code) {
		t.Fatalf("names that nobody has made known: %+v", p)
	}
	shell(t, s.theirs, others)
	s.take(steps[4])
	problems := func() string {
		t.Helper()
		var all []string
		patiently(t, "probe", func() error {
			probes, err := s.direct.ProbePeering(ctx, s.peering)
			all = nil
			for _, one := range probes {
				if one.Problem != "" {
					all = append(all, one.Zone+" "+one.Problem+". "+one.Fix)
				}
			}
			return err
		})
		return strings.Join(all, "\n")
	}
	if said := problems(); strings.Count(said, "no call has arrived") != 2 || !strings.Contains(said, "curl -fsS https://euc1-az2.") {
		t.Errorf("before a call: %s", said)
	}
	s.call(0, "10.99.1.2", "turned away")
	s.call(1, "10.20.1.2", "unheard")
	if said := problems(); !strings.Contains(said, "10.99.1.2, which is not in the ranges") || !strings.Contains(said, "euc1-az2 attempts to connect arrive") {
		t.Errorf("calls that come to nothing: %s", said)
	}
	if got := s.there(); !slices.Contains(got, "flow log") {
		t.Errorf("nothing is recorded: %v", got)
	}
	s.call(0, "10.20.1.2", "answered")
	s.call(1, "10.20.1.2", "answered")
	if said := problems(); said != "" {
		t.Errorf("calls that are answered: %s", said)
	}
	if got := s.there(); !slices.Equal(got, made) {
		t.Errorf("made %v, want %v", got, made)
	}
	s.take(removing()...)
	s.take(removing()...)
	if got := s.there(); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

// fitsTheModule: the snippet gives the module in this repository all that it requires, and nothing that it does not know.
func (s *street) fitsTheModule(snippet string) {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "terraform", "peering", "variables.tf"))
	if err != nil {
		s.t.Fatal(err)
	}
	known := map[string]bool{} // by name: whether it is required
	for block := range strings.SplitSeq(string(text), "variable \"") {
		if name, body, ok := strings.Cut(block, "\" {"); ok {
			known[name] = !strings.Contains(body, "default ")
		}
	}
	given := map[string]bool{}
	for _, argument := range regexp.MustCompile(`(?m)^  (\w+) += `).FindAllStringSubmatch(snippet, -1) {
		given[argument[1]] = true
	}
	delete(given, "source")
	delete(given, "region") // of the provider
	for name := range given {
		if _, ok := known[name]; !ok {
			s.t.Errorf("the module knows no %s", name)
		}
	}
	for name, required := range known {
		if required && !given[name] {
			s.t.Errorf("the module wants %s, which the snippet does not give:\n%s", name, snippet)
		}
	}
	if len(known) < 5 {
		s.t.Errorf("variables: %v", known)
	}
}

func (s *street) checks() {
	found := func(change func(*provisioner.Peering)) string {
		s.t.Helper()
		q := s.peering
		change(&q)
		findings, err := s.direct.CheckPeering(s.t.Context(), q)
		if err != nil {
			s.t.Fatal(err)
		}
		var all []string
		for _, f := range findings {
			if f.Level != provisioner.LevelOK {
				if f.Fix == "" {
					s.t.Errorf("%+v says not what to do", f)
				}
				all = append(all, string(f.Level)+" "+f.Check+": "+f.Text+" "+f.Fix)
			}
		}
		return strings.Join(all, "\n")
	}
	if said := found(func(*provisioner.Peering) {}); said != "" {
		s.t.Errorf("as it should be: %s", said)
	}
	ours := s.info()
	for want, change := range map[string]func(*provisioner.Peering){
		"problem ranges: Your range " + ours.Range.String(): func(q *provisioner.Peering) { q.Peer.Ranges = []netip.Prefix{ours.Range} },
		"shares addresses with the network vpc-9": func(q *provisioner.Peering) {
			q.Others = []provisioner.Peer{{Network: "vpc-9", Ranges: []netip.Prefix{netip.MustParsePrefix("10.20.128.0/20")}}}
		},
		`problem network: "1111" is not the number`:          func(q *provisioner.Peering) { q.Peer.Account = "1111" },
		`problem network: "shop" is not the id`:              func(q *provisioner.Peering) { q.Peer.Network = "shop" },
		`problem network: "here" is not a region`:            func(q *provisioner.Peering) { q.Peer.Region = "here" },
		"is the cluster's own network":                       func(q *provisioner.Peering) { q.Peer.Network = ours.ID },
		"problem network: There is no vpc-0123456789abcdef0": func(q *provisioner.Peering) { q.Peer.Account, q.Peer.Network = ours.Account, "vpc-0123456789abcdef0" },
		"problem zones: eu-central-1a is the name":           func(q *provisioner.Peering) { q.Peer.Zones = []string{"eu-central-1a"} },
		"warning zones: The cluster has no node in euc1-az3": func(q *provisioner.Peering) { q.Peer.Zones = []string{"euc1-az3"} },
		"warning zones: It is not known":                     func(q *provisioner.Peering) { q.Peer.Zones = nil },
		"warning routes: Your network is in us-east-1":       func(q *provisioner.Peering) { q.Peer.Region = "us-east-1" },
		"rules of a security group": func(q *provisioner.Peering) {
			q.Peer.Ranges = nil
			for i := range 31 {
				q.Peer.Ranges = append(q.Peer.Ranges, netip.MustParsePrefix(fmt.Sprintf("192.168.%d.0/24", i)))
			}
		},
	} {
		if said := found(change); !strings.Contains(said, want) {
			s.t.Errorf("%q: %s", want, said)
		}
	}
}

func (s *street) refusals() {
	request := making()[0]
	for want, refuse := range map[provisioner.PeeringState]func(pcx *string) error{
		provisioner.PeeringRejected: func(pcx *string) error {
			_, err := s.customer.RejectVpcPeeringConnection(s.t.Context(), &ec2.RejectVpcPeeringConnectionInput{VpcPeeringConnectionId: pcx})
			return err
		},
		provisioner.PeeringDeleted: func(pcx *string) error {
			_, err := s.customer.DeleteVpcPeeringConnection(s.t.Context(), &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: pcx})
			return err
		},
	} {
		s.take(request)
		invitation, err := s.direct.EnsurePeering(s.t.Context(), s.peering)
		if err == nil {
			err = refuse(&invitation.Connection)
		}
		if err != nil {
			s.t.Fatal(err)
		}
		if state, err := s.direct.PeeringState(s.t.Context(), s.peering); err != nil || state != want {
			s.t.Errorf("%s: %s, %v", want, state, err)
		}
		s.take(removing()...)
		if got := s.there(); len(got) > 0 {
			s.t.Errorf("%s, left: %v", want, got)
		}
	}
	never := s.peering
	never.ID = "peer_0"
	if state, err := s.direct.PeeringState(s.t.Context(), never); err != nil || state != provisioner.PeeringNone {
		s.t.Errorf("none: %s, %v", state, err)
	}
	overlapping := *s
	overlapping.peering.ID, overlapping.peering.Peer.Network = "peer_2", s.network(s.info().Range)
	patiently(s.t, "request", func() error {
		_, err := overlapping.direct.EnsurePeering(s.t.Context(), overlapping.peering)
		return err
	})
	if _, err := s.direct.PeeringState(s.t.Context(), overlapping.peering); !provisioner.IsPermanent(err) || !strings.Contains(err.Error(), "overlapping CIDR range") {
		s.t.Errorf("networks that overlap: %v", err)
	}
	overlapping.take(removing()...)
}

// strangers: a connection that the ledger names, or that bears our tags, and that leads to another network is not used.
func (s *street) strangers() {
	s.take(making()[0])
	s.accept()
	other := s.peering
	other.Peer.Network = s.network(netip.MustParsePrefix("10.21.0.0/16"))
	if state, err := s.direct.PeeringState(s.t.Context(), other); err != nil || state != provisioner.PeeringFailed {
		s.t.Errorf("a connection to another network than was declared: %s, %v", state, err)
	}
	other = s.peering
	other.Peer.Account = "333333333333"
	if err := s.direct.EnsurePeeringRoutes(s.t.Context(), other); !provisioner.IsPermanent(err) {
		s.t.Errorf("a route to another account than was declared: %v", err)
	}
	// Another peering of the cluster that fails its checks takes nothing away from this one.
	s.take(making()[1:4]...)
	failed := *s
	failed.peering.ID = "peer_3"
	failed.take(removing()...)
	if got := s.there(); !slices.Equal(got, made) {
		s.t.Errorf("after another peering's end there is %v, want %v", got, made)
	}
	if err := s.direct.EnsurePeeringRules(s.t.Context(), failed.peering); !provisioner.IsPermanent(err) || !strings.Contains(err.Error(), "disconnect that first") {
		s.t.Errorf("the range of another peering: %v", err)
	}
	s.take(removing()...)
}

// faults: each operation goes through a proxy that throttles, fails, hangs and loses answers.
func (s *street) faults(moto *mototest.Server) {
	proxy := faultproxy.Start(s.t, moto.URL, 11, 0)
	config := s.config.Copy()
	config.BaseEndpoint = sdk.String(proxy.URL)
	config.HTTPClient = &http.Client{Timeout: faultproxy.Hang / 8}
	s.cloud = s.open(config)
	proxy.Share(0.2)
	for range 2 {
		steps := making()
		s.take(steps[0])
		s.accept()
		s.call(0, "10.20.1.2", "answered")
		s.call(1, "10.20.1.2", "answered")
		s.take(steps[1:]...)
		if got := s.there(); !slices.Equal(got, made) {
			s.t.Errorf("made %v, want %v", got, made)
		}
		s.take(removing()...)
		if got := s.there(); len(got) > 0 {
			s.t.Errorf("left: %v", got)
		}
	}
	if met := proxy.Met(); len(met) < 3 {
		s.t.Errorf("only these faults came up: %v", met)
	}
	s.cloud = s.direct
}

// cutShort: after any step a new control plane finishes the peering, or removes it, without what was remembered last as well.
func (s *street) cutShort() {
	for n := range making() {
		s.cloud = s.open(s.config)
		for i, one := range making()[:n+1] {
			if i == 1 {
				s.accept()
			}
			s.take(one)
		}
		s.cloud = s.open(s.config)
		if err := s.ground.ledger.Forget(s.t.Context(), s.peering.Cluster.ID, plan.PeeringRole(s.peering.ID)); err != nil {
			s.t.Fatal(err)
		}
		s.take(removing()...)
		if got := s.there(); len(got) > 0 {
			s.t.Errorf("cut short after %s, left: %v", making()[n].name, got)
		}
	}
	s.cloud = s.direct
}

// removedWithItsCluster: a connection that is there goes with the cluster.
func (s *street) removedWithItsCluster() {
	s.take(making()[0])
	s.accept()
	s.take(making()[1:5]...)
	for _, p := range slices.Backward(provisioner.Parts()) {
		patiently(s.t, "remove "+string(p), func() error { return s.direct.Remove(s.t.Context(), s.peering.Cluster, p) })
	}
	if got := s.there(); len(got) > 0 {
		s.t.Errorf("left: %v", got)
	}
	s.take(removing()...) // when there is nothing any more
}
