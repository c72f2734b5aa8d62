package aws

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
)

// Role is a role of another account that lets us in.
type Role struct {
	ARN        string
	ExternalID string // that the role's trust policy asks for, made by [NewExternalID]
	Session    string // who acts and what for: the owner of the account sees it in CloudTrail
	Policy     string // narrows what the session may do, JSON; empty: all that the role may
}

const (
	externalIDBytes = 32
	// sessionTime is how long credentials of a role are good for; they are only kept in memory.
	sessionTime = time.Hour
	maxSession  = 64 // characters
)

// NewExternalID makes an ExternalId that nobody can guess. It belongs to one tenant and one role, and is never used again.
func NewExternalID() string {
	b := make([]byte, externalIDBytes)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

// Check reports whether the role is one, and of that account: 12 digits, or empty for any.
func (r Role) Check(account string) error {
	a, err := arn.Parse(r.ARN)
	switch {
	case err != nil || a.Service != "iam" || !rolePart.MatchString(a.Resource) || !partition.MatchString(a.Partition):
		return fmt.Errorf("role: %q is not the ARN of a role, such as arn:aws:iam::123456789012:role/podium", r.ARN)
	case account != "" && a.AccountID != account:
		return fmt.Errorf("role: it belongs to account %s, not to %s", a.AccountID, account)
	}
	return nil
}

// OurPath begins the names of all roles of customers that we take. The policies of our own role name it.
const OurPath = "podium-access/"

// CheckOurs is Check for a role of a customer, which must be of our naming too.
func (r Role) CheckOurs(account string) error {
	if err := r.Check(account); err != nil {
		return err
	}
	if a, err := arn.Parse(r.ARN); err != nil || !ourPart.MatchString(a.Resource) {
		return fmt.Errorf("role: its name must be %s and up to 64 letters, digits and signs; Podium takes no other roles", "role/"+OurPath)
	}
	return nil
}

var (
	ourPart   = regexp.MustCompile(`^role/` + OurPath + `[\w+=,.@-]{1,64}$`)
	rolePart  = regexp.MustCompile(`^role/[\w+=,.@/-]+$`)
	partition = regexp.MustCompile(`^aws(-cn|-us-gov)?$`)
	unfit     = regexp.MustCompile(`[^\w+=,.@-]`)
)

// session is a name that AWS takes.
func (r Role) session() string {
	name := unfit.ReplaceAllString(r.Session, "-")
	return name[:min(len(name), maxSession)]
}

// Assume returns the configuration of one who acts in the role. Nothing is called before it is used.
func Assume(c aws.Config, r Role) aws.Config {
	as := c.Copy()
	as.Credentials = r.credentials(sts.NewFromConfig(c))
	return as
}

// credentials are those of one who acts in the role, renewed when they end.
func (r Role) credentials(door Door) *aws.CredentialsCache {
	return aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(door, r.ARN, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName, o.Duration = r.session(), sessionTime
		if r.ExternalID != "" {
			o.ExternalID = aws.String(r.ExternalID)
		}
		if r.Policy != "" {
			o.Policy = aws.String(r.Policy)
		}
	}))
}

// Door is where roles are assumed. [*sts.Client] is one.
type Door interface {
	AssumeRole(ctx context.Context, in *sts.AssumeRoleInput, opts ...func(*sts.Options)) (*sts.AssumeRoleOutput, error)
}

var (
	// ErrOpen is the error of [Prove] for a role that lets others in than us, or us on another tenant's behalf.
	ErrOpen = errors.New("the role can be assumed without the right ExternalId. " +
		`Give its trust policy the condition {"StringEquals": {"sts:ExternalId": …}} with the value that Podium shows`)
	// ErrClosed is the error of [Prove] for a role that does not let us in.
	ErrClosed = errors.New("the role does not let Podium in. Look at the account and the ExternalId in its trust policy; " +
		"a role that was made just now needs up to a minute")
)

// Prove tries the door before it is used: it opens with the ExternalId, and neither without one nor with another. An answer that is
// neither yes nor no proves nothing and is an error.
func Prove(ctx context.Context, door Door, r Role) error {
	if err := r.Check(""); err != nil {
		return err
	}
	if r.ExternalID == "" {
		return errors.New("role: there is no ExternalId to prove it with")
	}
	for _, attempt := range []struct {
		externalID *string
		opens      bool
	}{{aws.String(r.ExternalID), true}, {nil, false}, {aws.String(NewExternalID()), false}} {
		_, err := door.AssumeRole(ctx, &sts.AssumeRoleInput{
			RoleArn: aws.String(r.ARN), RoleSessionName: aws.String(r.session()), ExternalId: attempt.externalID,
			DurationSeconds: aws.Int32(15 * 60),
		})
		switch denied := err != nil && converge.Classify(err) == converge.Access; {
		case err != nil && !denied:
			return fmt.Errorf("assume %s: %w", r.ARN, err)
		case denied && attempt.opens:
			return fmt.Errorf("assume %s: %w: %w", r.ARN, ErrClosed, err)
		case !denied && !attempt.opens:
			return fmt.Errorf("assume %s: %w", r.ARN, ErrOpen)
		}
	}
	return nil
}
