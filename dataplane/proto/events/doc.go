// Package events is the service of event handlers, generated from conductor/events.proto.
package events
