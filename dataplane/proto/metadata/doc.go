// Package metadata is the service of definitions, generated from conductor/metadata.proto.
package metadata
