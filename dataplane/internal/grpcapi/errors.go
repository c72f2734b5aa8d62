package grpcapi

import (
	"context"
	"errors"
	"log/slog"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// The reference server knows NOT_FOUND, INVALID_ARGUMENT and, for everything else, INTERNAL. What a caller can mend has a
// code of its own here.
var codeOf = map[workflow.Kind]codes.Code{
	workflow.NotFound: codes.NotFound,
	workflow.Invalid:  codes.InvalidArgument,
	workflow.TooLarge: codes.InvalidArgument,
	workflow.Conflict: codes.FailedPrecondition,
	workflow.Busy:     codes.Unavailable,
	workflow.Quota:    codes.ResourceExhausted,
	workflow.Denied:   codes.PermissionDenied,
}

// fail answers an error. It is the only place that turns errors into codes.
func fail(ctx context.Context, log *slog.Logger, method string, err error) error {
	if _, ok := status.FromError(err); ok {
		return err
	}
	if e, ok := errors.AsType[*workflow.Error](err); ok {
		s := status.New(codeOf[e.Kind], e.Message)
		if len(e.Violations) > 0 {
			bad := &errdetails.BadRequest{}
			for _, v := range e.Violations {
				bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{Field: v.Path, Description: v.Message})
			}
			if with, err := s.WithDetails(bad); err == nil {
				s = with
			}
		}
		return s.Err()
	}
	if ctx.Err() != nil {
		return status.FromContextError(ctx.Err()).Err()
	}
	if errors.Is(err, context.Canceled) {
		return status.Error(codes.Unavailable, "The server is stopping.")
	}
	log.ErrorContext(ctx, "call failed", "method", method, "error", err)
	const message = "Internal error; the server's log has the cause."
	s, detailErr := status.New(codes.Internal, message).WithDetails(&errdetails.DebugInfo{Detail: message})
	if detailErr != nil {
		return status.Error(codes.Internal, message)
	}
	return s.Err()
}

// missing is an error for an argument that must not be empty.
func missing(name string) error {
	return &workflow.Error{
		Kind: workflow.Invalid, Message: name + " is missing",
		Violations: []workflow.Violation{{Path: name, Message: "must not be empty"}},
	}
}
