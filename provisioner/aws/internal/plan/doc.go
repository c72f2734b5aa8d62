// Package plan says what a cluster on AWS consists of: which resources, with which settings, in which order they are made and
// in which they are removed. It is pure: the same cluster always gets the same plan.
package plan
