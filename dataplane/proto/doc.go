// Package proto is the contract of Conductor's gRPC services, in conductor/*.proto: one Go package for each of its packages.
// Clients in other languages are generated from the same files.
package proto

//go:generate go run ./generate
