// Package cloudtest holds what every [provisioner.Cloud] must do as a suite, [Exercise], and the parts for tests of what
// uses a cloud: [Memory], a cloud that is only remembered, [Control], a control plane that only remembers what it is told, and
// [Faults], which makes chosen calls of either go wrong.
package cloudtest
