package app

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/plan"
	"github.com/podium-cloud/podium/controlplane/internal/store"
	"github.com/podium-cloud/podium/controlplane/internal/tenancy"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

const organizationsUsage = `usage: controlplane organizations list [flags]                        names, states and plans
       controlplane organizations suspend [flags] NAME --reason TEXT  nothing of it changes until it is resumed; its people are told
       controlplane organizations resume [flags] NAME
       controlplane organizations plan [flags] NAME PLAN              one of the plans of --plans; "default" for the default one
flags: --data folder, --postgres URL, --plans file, as of serve. The control plane may run meanwhile; data planes learn of it within
half a minute.
`

// operator is who acts by the program's commands.
var operator = audit.Actor{Email: "operator"}

// organizations is what the commands work with.
type organizations struct {
	store   *store.Store
	tenants *tenant.Service
	plans   *plan.Catalog
	args    []string
	reason  string
	out     Process
}

// organizationsCommand runs a subcommand of organizations and returns the exit code.
func organizationsCommand(ctx context.Context, p Process) int {
	run := map[string]func(organizations, context.Context) error{
		"list": organizations.list, "suspend": organizations.suspend, "resume": organizations.resume, "plan": organizations.plan,
	}
	name := ""
	if len(p.Args) > 1 {
		name = p.Args[1]
	}
	if run[name] == nil {
		fmt.Fprint(p.Stderr, organizationsUsage)
		return 2
	}
	p.Args = p.Args[2:]
	o, err := openOrganizations(ctx, p)
	if err == nil {
		err = errors.Join(run[name](o, ctx), o.store.Close())
	}
	if err != nil {
		fmt.Fprintf(p.Stderr, "controlplane: %v\n", err)
		return 1
	}
	return 0
}

func openOrganizations(ctx context.Context, p Process) (organizations, error) {
	flags := flag.NewFlagSet("controlplane organizations", flag.ContinueOnError)
	flags.SetOutput(p.Stderr)
	data := flags.String("data", cmp.Or(p.Env("PODIUM_DATA"), ".podium"), "`folder` of the control plane's data")
	postgres := flags.String("postgres", "", "`URL` of its PostgreSQL database (environment: PODIUM_POSTGRES)")
	file := flags.String("plans", p.Env("PODIUM_PLANS"), "`file` with the plans (environment: PODIUM_PLANS)")
	o := organizations{out: p}
	flags.StringVar(&o.reason, "reason", "", "`text` that everybody in the organization is told")
	for rest := p.Args; ; { // flags may stand before, between and after names
		if err := flags.Parse(rest); err != nil {
			return o, err
		}
		if rest = flags.Args(); len(rest) == 0 {
			break
		}
		o.args, rest = append(o.args, rest[0]), rest[1:]
	}
	var err error
	if o.plans, err = plan.Load(*file); err != nil {
		return o, err
	}
	if o.store, err = openStore(ctx, *data, cmp.Or(*postgres, p.Env("PODIUM_POSTGRES")), o.plans); err != nil {
		return o, err
	}
	o.tenants = tenant.New(o.store, now)
	return o, nil
}

// openStore opens the store of a control plane, which may run meanwhile, for a command.
func openStore(ctx context.Context, data, postgres string, plans *plan.Catalog) (*store.Store, error) {
	folder := filepath.Join(data, "controlplane")
	if _, err := os.Stat(filepath.Join(folder, "key")); err != nil { // or it would be made
		return nil, fmt.Errorf("--data: is not the folder of a control plane: %w", err)
	}
	return store.Open(ctx, store.Config{
		Path: filepath.Join(folder, "podium.db"), Postgres: postgres, Scope: tenancy.Scope{Everywhere: true}, Plans: plans,
	})
}

// want fails unless there are so many arguments.
func (o organizations) want(n int, what string) error {
	if len(o.args) != n {
		return fmt.Errorf("organizations: give %s", what)
	}
	return nil
}

func (o organizations) list(ctx context.Context) error {
	if err := o.want(0, "no names"); err != nil {
		return err
	}
	all, err := o.tenants.All(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(o.out.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tSTATE\tPLAN\tID\tCREATED\tWHY")
	for _, one := range all {
		fmt.Fprintln(table, strings.Join([]string{
			one.Name, string(one.State()), o.plans.Of(one.Plan).Name, one.ID, one.CreatedAt.Format("2006-01-02"), one.Suspension,
		}, "\t"))
	}
	return table.Flush()
}

func (o organizations) suspend(ctx context.Context) error {
	if err := o.want(1, "one name"); err != nil {
		return err
	}
	if err := o.tenants.Suspend(ctx, operator, o.args[0], o.reason); err != nil {
		return err
	}
	fmt.Fprintf(o.out.Stdout, "%s is suspended\n", o.args[0])
	return nil
}

func (o organizations) resume(ctx context.Context) error {
	if err := o.want(1, "one name"); err != nil {
		return err
	}
	if err := o.tenants.Resume(ctx, operator, o.args[0]); err != nil {
		return err
	}
	fmt.Fprintf(o.out.Stdout, "%s is not suspended\n", o.args[0])
	return nil
}

func (o organizations) plan(ctx context.Context) error {
	if err := o.want(2, "a name and a plan"); err != nil {
		return err
	}
	name, given := o.args[0], o.args[1]
	if given == "default" {
		given = ""
	} else if _, found := o.plans.Named(given); !found {
		return fmt.Errorf("there is no plan %q", given)
	}
	err := o.store.SetPlan(ctx, name, given, audit.Entry{
		At: now(), Actor: operator, Action: "organization.plan", Target: "organization/" + name,
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(o.out.Stdout, "%s has the plan %s\n", name, o.plans.Of(given).Name)
	return nil
}
