package aws

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/edge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

// Accounts knows the accounts of customers.
type Accounts interface {
	// CloudAccount returns an account of an organization by the name and the id that specs hold. One of another organization,
	// and one whose role was never proven to be closed to others, is an error.
	CloudAccount(ctx context.Context, organization, id string) (Account, error)
}

// Account is an account of a customer who lets us in.
type Account struct {
	Number     string // 12 digits
	Region     string
	Role       string // ARN
	ExternalID string
}

// Check says what is wrong with the account's role. It must be of our naming: we take no others.
func (a Account) Check() error { return Role{ARN: a.Role}.CheckOurs(a.Number) }

// guests are the sites in accounts of customers that have been visited. The zero value is ready.
type guests struct {
	mu    sync.Mutex
	sites map[string]*guest // by the id of the account
}

type guest struct {
	Account
	*site
}

// visit goes to a customer's account, for one job and operation.
func (c *Cloud) visit(ctx context.Context, s provisioner.ClusterSpec, region string, j plan.Job) (context.Context, *site, error) {
	if c.Accounts == nil {
		return ctx, nil, provisioner.Permanent(errors.New("account: this control plane makes no clusters in accounts of customers"))
	}
	a, err := c.Accounts.CloudAccount(ctx, s.Organization, s.Account)
	if err != nil {
		return ctx, nil, fmt.Errorf("look up the cloud account: %w", err)
	}
	if err := a.Check(); err != nil {
		return ctx, nil, provisioner.Permanent(err)
	}
	if a.Region != region {
		return ctx, nil, provisioner.Permanent(fmt.Errorf("account: its region is %s, not %s", a.Region, region))
	}
	ctx = withSession(ctx, session{name: sessionName(s.ID, provisioner.Operation(ctx)), policy: plan.Permits(j, s.ID, region)})
	at, err := c.guest(ctx, s.Account, a)
	return ctx, at, err
}

// guest is the site in an account, opened at the first visit.
func (c *Cloud) guest(ctx context.Context, id string, a Account) (*site, error) {
	c.guests.mu.Lock()
	known := c.guests.sites[id]
	c.guests.mu.Unlock()
	if known != nil && known.Account == a {
		return known.site, nil
	}
	at, err := c.open(ctx, c.guestConfig(a))
	if err != nil {
		return nil, (*converge.Converger)(nil).Explain("look into the account "+a.Number, err)
	}
	if at.driver.Account != a.Number {
		return nil, provisioner.Permanent(fmt.Errorf("account: the role leads to %s, not to %s", at.driver.Account, a.Number))
	}
	c.guests.mu.Lock()
	defer c.guests.mu.Unlock()
	if now := c.guests.sites[id]; now != nil && now.Account == a { // another visit was faster
		return now.site, nil
	}
	if c.guests.sites == nil {
		c.guests.sites = map[string]*guest{}
	}
	c.guests.sites[id] = &guest{a, at}
	return at, nil
}

func (c *Cloud) guestConfig(a Account) edge.Config {
	config := c.in(a.Region)
	config.Credentials = &sessions{role: Role{ARN: a.Role, ExternalID: a.ExternalID}, door: c.Door}
	return edge.Config{AWS: config, Boundary: boundaryOf(a)}
}

// session says as whom we are in an account, and what for.
type session struct {
	name   string // that its owner sees in CloudTrail
	policy string // that narrows it
}

type sessionKey struct{}

func withSession(ctx context.Context, s session) context.Context {
	return context.WithValue(ctx, sessionKey{}, s)
}

// sessionName tells the owner of the account for which cluster and by which operation something is done: both ids, of which the
// operation's may be cut short.
func sessionName(cluster, operation string) string {
	if operation == "" {
		operation = "look"
	}
	return Role{Session: cluster + "." + operation}.session()
}

// sessions hands out credentials of a role to each session of its own. They are in memory only.
type sessions struct {
	role Role
	door Door
	mu   sync.Mutex
	held map[session]*held
}

type held struct {
	*aws.CredentialsCache
	since time.Time
}

// Retrieve implements [aws.CredentialsProvider]: it needs a context of withSession.
func (s *sessions) Retrieve(ctx context.Context) (aws.Credentials, error) {
	who, ok := ctx.Value(sessionKey{}).(session)
	if !ok {
		return aws.Credentials{}, errors.New("a call in a customer's account belongs to no session")
	}
	got, err := s.of(who).Retrieve(ctx)
	if err != nil && converge.Classify(err) == converge.Access {
		return got, &converge.Shut{Role: s.role.ARN, Err: err}
	}
	return got, err
}

func (s *sessions) of(who session) *held {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if h := s.held[who]; h != nil {
		return h
	}
	for old, h := range s.held {
		if now.Sub(h.since) > sessionTime {
			delete(s.held, old)
		}
	}
	if s.held == nil {
		s.held = map[session]*held{}
	}
	role := s.role
	role.Session, role.Policy = who.name, who.policy
	h := &held{role.credentials(s.door), now}
	s.held[who] = h
	return h
}
