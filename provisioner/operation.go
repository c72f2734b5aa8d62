package provisioner

import "context"

type operationKey struct{}

// WithOperation tells a [Cloud] which operation it works for, so that owners of accounts can see that in their own logs.
func WithOperation(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, operationKey{}, id)
}

// Operation returns the operation that a call belongs to, "" when it belongs to none.
func Operation(ctx context.Context) string {
	id, _ := ctx.Value(operationKey{}).(string)
	return id
}
