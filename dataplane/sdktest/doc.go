// Package sdktest runs official Conductor SDKs, unmodified, against a real edge process: Go here, JavaScript and Python in
// the folders of those names, each with open doors and with access keys. It also runs the connection programs that the
// console offers, as a person who pastes them would. The package has tests only.
//
// The tests install the SDKs with npm and pip into ignored folders when they are not there. Where PyPI cannot be reached
// the Python tests fail; PODIUM_SDK_PYTHON=off leaves them out.
package sdktest
