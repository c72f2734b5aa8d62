// Package grpcapi serves Conductor's gRPC services over the engine (the contract is in dataplane/proto).
//
// A method reads a message, makes one call of the engine and writes a message. Messages and the engine's types have the same
// fields under the same JSON names, so they are converted by one walk over a message's descriptor ([read], [fill]) with a few
// rules for what protocol buffers cannot say: that a number is absent, a list of lists. Errors leave through one function.
package grpcapi
