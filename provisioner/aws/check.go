package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

// The checks of an account.
const (
	CheckDoor        = "door"        // the role opens for us, and for nobody else
	CheckRegion      = "region"      // the account can be used there
	CheckPermissions = "permissions" // the role may see, make, change and remove what clusters consist of
)

// CheckAccount proves that the role of a customer is closed to others, and looks whether clusters can be made with it. It changes
// nothing. It returns a finding for each thing that it looked at, in words for people; an error only when it could not look.
func (c *Cloud) CheckAccount(ctx context.Context, a Account) ([]provisioner.Finding, error) {
	if err := a.Check(); err != nil {
		return []provisioner.Finding{bad(CheckDoor, sentence(err.Error()), "Make the role as it is shown.")}, nil
	}
	region := c.sites[a.Region]
	if region == nil {
		return []provisioner.Finding{bad(CheckRegion, "Clusters cannot be made in "+a.Region+".", "Choose one of "+strings.Join(c.Regions, ", ")+".")}, nil
	}
	err := Prove(ctx, c.Door, Role{ARN: a.Role, ExternalID: a.ExternalID, Session: "podium.check"})
	switch {
	case errors.Is(err, ErrClosed):
		return []provisioner.Finding{bad(CheckDoor, "The role "+a.Role+" does not let Podium in, or does not exist.",
			"Make it as it is shown, in account "+a.Number+", with exactly this ExternalId. A role that was made just now needs up to a minute.")}, nil
	case errors.Is(err, ErrOpen):
		return []provisioner.Finding{bad(CheckDoor, "The role "+a.Role+" can be taken without your ExternalId, so others could get in by Podium.",
			"Give its trust policy the condition on sts:ExternalId that is shown.")}, nil
	case err != nil:
		return nil, err
	}
	findings := []provisioner.Finding{good(CheckDoor, "The role lets Podium in with your ExternalId, and nobody without it or with another.")}
	ctx = withSession(ctx, session{name: "podium.check", policy: plan.Permits(plan.Look, "none", a.Region)})
	at, err := c.open(ctx, c.guestConfig(a))
	switch {
	case err != nil && converge.Classify(err) == converge.Access:
		return append(findings, bad(CheckRegion, "AWS does not let the role look at "+a.Region+".",
			"Enable the region in the account, and give the role the permissions that are shown.")), nil
	case err != nil:
		return nil, fmt.Errorf("look at %s: %w", a.Region, err)
	case at.driver.Account != a.Number:
		return append(findings, bad(CheckDoor, "The role leads to account "+at.driver.Account+".", "Add that account instead.")), nil
	}
	findings = append(findings, good(CheckRegion, fmt.Sprintf("Region %s of account %s can be used, with %d zones.", a.Region, a.Number, len(at.zones))))
	lacks, err := c.lacks(ctx, at)
	if err != nil {
		return nil, err
	}
	refused, err := c.refused(ctx, at, a)
	if err != nil {
		return nil, err
	}
	if lacks = append(lacks, refused...); len(lacks) > 0 {
		return append(findings, bad(CheckPermissions, "The role may not "+few(lacks)+".",
			"Give it the permissions that are shown. Where it has them, a policy of your organization (SCP) or a permissions boundary takes them away.")), nil
	}
	return append(findings, good(CheckPermissions, "The role may look at everything that a cluster consists of, and make, change and remove it.")), nil
}

// lacks tries to look at each kind of thing of which clusters consist, and returns the permissions that are missing.
func (c *Cloud) lacks(ctx context.Context, at *site) ([]string, error) {
	var lacks []string
	nobody := converge.Scope{Cluster: "none", Organization: "none"}
	for _, stage := range plan.Teardown() {
		for _, k := range stage {
			if k == plan.Record { // our own account keeps the names
				continue
			}
			_, err := at.driver.Find(ctx, nobody, k, nil)
			if err == nil {
				continue
			}
			if converge.Classify(err) != converge.Access {
				return nil, fmt.Errorf("look for a %s: %w", k, err)
			}
			if p := converge.Permission(err); !slices.Contains(lacks, p) {
				lacks = append(lacks, p)
			}
		}
	}
	return lacks, nil
}

func good(check, text string) provisioner.Finding {
	return provisioner.Finding{Check: check, Level: provisioner.LevelOK, Text: text}
}

func bad(check, text, fix string) provisioner.Finding {
	return provisioner.Finding{Check: check, Level: provisioner.LevelProblem, Text: text, Fix: fix}
}

// sentence makes one of the words of an error.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] + "." }
