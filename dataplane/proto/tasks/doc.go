// Package tasks is the service that workers call, generated from conductor/tasks.proto.
package tasks
