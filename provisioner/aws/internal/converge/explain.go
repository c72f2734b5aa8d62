package converge

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/smithy-go"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

// Pauses before another look.
const (
	pauseShort    = 3 * time.Second
	pauseTrouble  = 5 * time.Second
	pauseBusy     = 15 * time.Second
	pauseCapacity = time.Minute
)

// pauseOf is the pause while a resource is being made or removed.
func pauseOf(k plan.Kind) time.Duration {
	switch k {
	case plan.DBInstance, plan.Cache:
		return 20 * time.Second
	case plan.NAT, plan.Certificate, plan.Balancer, plan.VPCEndpoint:
		return 10 * time.Second
	}
	return pauseShort
}

// Explain says what an error of the [Driver], in doing something, calls for. See outcome.
func (*Converger) Explain(doing string, err error) error { return outcome(doing, err) }

// outcome turns an error of AWS into what a task returns: a Pending when time will help, a permanent error when only a person
// can, otherwise an error that is tried again a few times. The words are for the people who own the cluster.
func outcome(doing string, err error) error {
	wait := func(after time.Duration, format string, args ...any) error {
		return &provisioner.Pending{After: after, Reason: fmt.Sprintf(format, args...)}
	}
	if shut, ok := errors.AsType[*Shut](err); ok {
		return provisioner.Permanent(fmt.Errorf("%s: %w", doing, shut))
	}
	if provisioner.IsPermanent(err) && !errors.Is(err, ErrNotYet) { // it says what to do
		return provisioner.Permanent(fmt.Errorf("%s: %w", doing, err))
	}
	switch Classify(err) {
	case Throttled:
		return wait(pauseTrouble, "%s: AWS asks us to slow down", doing)
	case Unsure:
		return wait(pauseTrouble, "%s: AWS did not answer as it should (%s); it is tried again", doing, said(err))
	case Soon:
		return wait(pauseTrouble, "%s: AWS is still taking in what was just made", doing)
	case Busy:
		return wait(pauseBusy, "%s: something else still uses it (%s)", doing, said(err))
	case Short:
		return wait(pauseCapacity, "%s: AWS has no capacity for this in the zone just now (%s)", doing, said(err))
	case Quota:
		return provisioner.Permanent(fmt.Errorf("%s: the AWS account has reached a quota: %s. "+
			"Ask AWS for more under Service Quotas, or remove what is not needed, and try again: %w", doing, said(err), err))
	case Access:
		return provisioner.Permanent(fmt.Errorf("%s: AWS refused %s: %s. "+
			"Give the role that Podium uses in this account the permission, and try again: %w", doing, Permission(err), said(err), err))
	case Exists:
		return fmt.Errorf("%s: there is something of that name that does not belong to this cluster (%s): %w", doing, said(err), err)
	case Missing:
		return fmt.Errorf("%s: something that it stands on is gone (%s): %w", doing, said(err), err)
	}
	return provisioner.Permanent(fmt.Errorf("%s: AWS did not take the request: %w", doing, err))
}

// said is what AWS said, without the envelope.
func said(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return strings.TrimSuffix(cmp.Or(api.ErrorMessage(), api.ErrorCode()), ".")
	}
	if inner := errors.Unwrap(err); inner != nil {
		return said(inner)
	}
	return err.Error()
}

// prefixes are how policies spell services whose name differs.
var prefixes = map[string]string{
	"Elastic Load Balancing v2": "elasticloadbalancing", "CloudWatch Logs": "logs", "ACM": "acm",
}

// Permission is what a call that failed needs, as policies spell it.
func Permission(err error) string {
	if op, ok := errors.AsType[*smithy.OperationError](err); ok {
		return cmp.Or(prefixes[op.Service()], strings.ToLower(strings.ReplaceAll(op.Service(), " ", ""))) + ":" + op.Operation()
	}
	return "the call"
}

// Shut is the error of a call in a customer's account whose role does not let us in, or not any more.
type Shut struct {
	Role string // ARN
	Err  error
}

func (e *Shut) Error() string {
	return fmt.Sprintf("the role %s does not let Podium in: %s. Mend its trust policy, check it on the page Cloud accounts, and try again", e.Role, said(e.Err))
}

func (e *Shut) Unwrap() error { return e.Err }
