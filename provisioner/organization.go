package provisioner

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Organization is what is to be deleted with all that it has.
type Organization struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Organizations is what the deletion of an organization needs of the control plane. Every method may be called again with the
// same argument, also after the last one.
type Organizations interface {
	// DeleteClusters has every cluster of an organization deleted, by operations, and returns the names of those that are
	// still there. A deletion that failed is begun again.
	DeleteClusters(ctx context.Context, organization string) ([]string, error)
	// DeleteBackups deletes the copies that clusters have left.
	DeleteBackups(ctx context.Context, organization string) error
	// DestroyKeys makes everything unreadable, in copies of the database too, that was sealed for an organization.
	DestroyKeys(ctx context.Context, organization string) error
	// Erase deletes what is left but for the audit log.
	Erase(ctx context.Context, organization string) error
}

const deleteOrganizationWorkflow = "organization_delete"

// ServeOrganizations says who knows organizations. Without it their deletions fail. It is called before Run.
func (p *Provisioner) ServeOrganizations(o Organizations) { p.organizations = o }

// lookAgain is how long the deletion of an organization sleeps between two looks at its clusters.
const lookAgain = 2 * time.Second

func (p *Provisioner) organizationActivities() []activity {
	return []activity{
		{name: "delete_clusters", run: p.ofOrganization(func(ctx context.Context, id string) error {
			left, err := p.organizations.DeleteClusters(ctx, id)
			if err != nil || len(left) == 0 {
				return err
			}
			return &Pending{After: lookAgain, Reason: "Clusters are being deleted: " + strings.Join(left, ", ")}
		})},
		{name: "delete_backups", run: p.ofOrganization(func(ctx context.Context, id string) error {
			return p.organizations.DeleteBackups(ctx, id)
		})},
		{name: "destroy_keys", run: p.ofOrganization(func(ctx context.Context, id string) error {
			return p.organizations.DestroyKeys(ctx, id)
		})},
		{name: "erase_organization", run: p.ofOrganization(func(ctx context.Context, id string) error {
			return p.organizations.Erase(ctx, id)
		})},
	}
}

// ofOrganization makes an activity of what is done to the organization that its task names.
func (p *Provisioner) ofOrganization(do func(ctx context.Context, id string) error) func(context.Context, job) (output, error) {
	return func(ctx context.Context, j job) (output, error) {
		var in struct {
			Organization Organization `json:"organization"`
		}
		if err := j.task.InputData.Decode(&in); err != nil {
			return nil, Permanent(fmt.Errorf("organization: %w", err))
		}
		if in.Organization.ID == "" {
			return nil, Permanent(errors.New("organization: is missing"))
		}
		if p.organizations == nil {
			return nil, Permanent(errors.New("organizations cannot be deleted here"))
		}
		return nil, do(ctx, in.Organization.ID)
	}
}

// checkOrganization says what is wrong with a request to delete an organization.
func checkOrganization(r Request) error {
	var w wrong
	if r.Organization == nil || r.Organization.ID == "" {
		w.add("organization", "must be given", "")
	}
	return w.errOf("the organization is not valid")
}
