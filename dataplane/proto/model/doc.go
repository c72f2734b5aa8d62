// Package model holds the messages that Conductor's gRPC services share, generated from conductor/model.proto.
package model
