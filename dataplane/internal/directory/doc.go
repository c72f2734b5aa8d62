// Package directory knows who a cluster deals with, and what they were granted inside of it: users, groups, applications with
// their access keys, and grants. It keeps them as records of the engine, so that it works without a control plane, and tells
// the gate what every caller may do.
//
// A subject (a user, a group, an application, or whoever has a role) is granted accesses to a target: one thing, or all that
// have a tag. Grants add up with what roles allow; nothing is ever denied.
//
// On a cluster of a control plane people come with their session tokens: they are remembered when they are met, with the
// groups that their tokens name, and their roles are the control plane's to give.
package directory
