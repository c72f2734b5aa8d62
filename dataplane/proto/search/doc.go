// Package search is the request of all searches, generated from conductor/search.proto.
package search
