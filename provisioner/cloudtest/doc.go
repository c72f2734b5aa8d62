// Package cloudtest holds what every [provisioner.Cloud] must do as a suite, [Exercise], and two parts for tests of what uses
// a cloud: [Memory], a cloud that is only remembered, and [Faults], which makes chosen calls go wrong.
package cloudtest
