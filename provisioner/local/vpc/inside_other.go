//go:build !linux

package vpc

import "errors"

var errLinux = errors.New("network namespaces need Linux")

func supported() error { return errLinux }

// Inside fails: there are no network namespaces.
func Inside(string, func() error) error { return errLinux }

func forwarding(string) error { return errLinux }
