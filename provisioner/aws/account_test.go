package aws_test

import (
	"context"
	"errors"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/podium-cloud/podium/provisioner/aws"
	"github.com/podium-cloud/podium/provisioner/aws/mototest"
)

// door is an STS that looks at the ExternalId, which the emulator does not.
type door struct {
	trusts func(externalID string) bool
	fails  error
}

func (d door) AssumeRole(_ context.Context, in *sts.AssumeRoleInput, _ ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	if d.fails != nil {
		return nil, d.fails
	}
	if !d.trusts(sdk.ToString(in.ExternalId)) {
		return nil, &smithy.GenericAPIError{Code: "AccessDenied", Message: "not authorized to perform: sts:AssumeRole"}
	}
	return &sts.AssumeRoleOutput{}, nil
}

var role = aws.Role{ARN: "arn:aws:iam::123456789012:role/podium", ExternalID: "right", Session: "acme op_1"}

// TestProve: S-71.
func TestProve(t *testing.T) {
	for _, test := range []struct {
		name string
		door door
		want error
	}{
		{"asks for our ExternalId", door{trusts: func(id string) bool { return id == "right" }}, nil},
		{"asks for none", door{trusts: func(string) bool { return true }}, aws.ErrOpen},
		{"takes any", door{trusts: func(id string) bool { return id != "" }}, aws.ErrOpen},
		{"takes ours or none", door{trusts: func(id string) bool { return id == "right" || id == "" }}, aws.ErrOpen},
		{"asks for another's", door{trusts: func(id string) bool { return id == "wrong" }}, aws.ErrClosed},
	} {
		if err := aws.Prove(t.Context(), test.door, role); !errors.Is(err, test.want) {
			t.Errorf("a role that %s: %v, want %v", test.name, err, test.want)
		}
	}
	// No answer is no proof.
	broken := door{fails: &smithy.GenericAPIError{Code: "InternalFailure"}}
	if err := aws.Prove(t.Context(), broken, role); err == nil || errors.Is(err, aws.ErrOpen) || errors.Is(err, aws.ErrClosed) {
		t.Errorf("an STS that fails: %v", err)
	}
}

// TestProve_RefusesAnOpenRole: the emulator opens every role to everybody, which is what Prove must notice.
func TestProve_RefusesAnOpenRole(t *testing.T) {
	client := sts.NewFromConfig(mototest.Start(t).Config(region))
	if err := aws.Prove(t.Context(), client, role); !errors.Is(err, aws.ErrOpen) {
		t.Errorf("error %v, want %v", err, aws.ErrOpen)
	}
}

// TestRole_Check: S-72.
func TestRole_Check(t *testing.T) {
	for arn, ok := range map[string]bool{
		"arn:aws:iam::123456789012:role/podium":        true,
		"arn:aws:iam::123456789012:role/path/podium":   true,
		"arn:aws:iam::210987654321:role/podium":        false, // another account
		"arn:aws:iam::123456789012:user/podium":        false,
		"arn:aws:sts::123456789012:assumed-role/x/y":   false,
		"arn:evil:iam::123456789012:role/podium":       false,
		"arn:aws:iam::123456789012:role/podium\nother": false,
		"podium": false,
	} {
		if err := (aws.Role{ARN: arn}).Check("123456789012"); (err == nil) != ok {
			t.Errorf("%q: %v", arn, err)
		}
	}
}

// TestNewExternalID: S-70.
func TestNewExternalID(t *testing.T) {
	a, b := aws.NewExternalID(), aws.NewExternalID()
	if a == b || len(a) < 32 { // hexadecimal digits of 128 bits
		t.Errorf("%q, %q", a, b)
	}
}
