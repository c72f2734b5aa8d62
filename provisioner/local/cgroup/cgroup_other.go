//go:build !linux

package cgroup

import "context"

// New fails: control groups are Linux's.
func New(context.Context, string) (*Groups, error) { return nil, errUnsupported }

// Confine is of no use without New.
func (g *Groups) Confine(string, Limits, int) error { return errUnsupported }

// Release is of no use without New.
func (g *Groups) Release(context.Context, string) error { return errUnsupported }

// Names is of no use without New.
func (g *Groups) Names() ([]string, error) { return nil, errUnsupported }
