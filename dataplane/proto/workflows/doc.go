// Package workflows is the service of executions, generated from conductor/workflows.proto.
package workflows
