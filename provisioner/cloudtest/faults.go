package cloudtest

import (
	"context"
	"errors"
	"sync"

	"github.com/podium-cloud/podium/provisioner"
)

// Fault is what goes wrong with a call.
type Fault int

// The faults. A crash takes the caller away as well: see [Faults.OnCrash].
const (
	None        Fault = iota
	Refuse            // nothing is done, an error is returned
	LoseAnswer        // it is done, an error is returned all the same
	CrashBefore       // the caller ends before the call
	CrashAfter        // the caller ends after the call, before it hears of it
)

func (f Fault) String() string {
	return [...]string{"none", "refuse", "lose answer", "crash before", "crash after"}[f]
}

// ErrInjected is the error of a fault.
var ErrInjected = errors.New("injected fault")

// Faults makes chosen calls go wrong. Plan decides: it gets the number of the call, from 0, and the name of the method.
type Faults struct {
	Plan    func(call int, name string) Fault
	OnCrash func() // ends the caller; the call then returns [ErrInjected], which nobody should hear

	mu    sync.Mutex
	calls []string
}

// Calls returns the names of the calls so far.
func (f *Faults) Calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.calls...)
}

// Do runs one call with the fault that the plan has for it.
func (f *Faults) Do(name string, call func() error) error {
	f.mu.Lock()
	n := len(f.calls)
	f.calls = append(f.calls, name)
	f.mu.Unlock()
	fault := f.Plan(n, name)
	switch fault {
	case Refuse:
		return ErrInjected
	case CrashBefore:
		f.OnCrash()
		return ErrInjected
	}
	if err := call(); err != nil || fault == None {
		return err
	}
	if fault == CrashAfter {
		f.OnCrash()
	}
	return ErrInjected
}

// Cloud wraps c.
func (f *Faults) Cloud(c provisioner.Cloud) provisioner.Cloud { return &faultyCloud{f, c} }

type faultyCloud struct {
	faults *Faults
	cloud  provisioner.Cloud
}

func (f *faultyCloud) ReserveStorage(ctx context.Context, id string) error {
	return f.faults.Do("ReserveStorage", func() error { return f.cloud.ReserveStorage(ctx, id) })
}

func (f *faultyCloud) RemoveStorage(ctx context.Context, id string) error {
	return f.faults.Do("RemoveStorage", func() error { return f.cloud.RemoveStorage(ctx, id) })
}

func (f *faultyCloud) ReserveEndpoint(ctx context.Context, id string) (at provisioner.NodeInfo, err error) {
	err = f.faults.Do("ReserveEndpoint", func() error {
		var err error
		at, err = f.cloud.ReserveEndpoint(ctx, id)
		return err
	})
	return at, err
}

func (f *faultyCloud) RemoveEndpoint(ctx context.Context, id string) error {
	return f.faults.Do("RemoveEndpoint", func() error { return f.cloud.RemoveEndpoint(ctx, id) })
}

func (f *faultyCloud) StartNode(ctx context.Context, id string, n provisioner.Node) error {
	return f.faults.Do("StartNode", func() error { return f.cloud.StartNode(ctx, id, n) })
}

func (f *faultyCloud) CheckNode(ctx context.Context, id string) error {
	return f.faults.Do("CheckNode", func() error { return f.cloud.CheckNode(ctx, id) })
}

func (f *faultyCloud) StopNode(ctx context.Context, id string) error {
	return f.faults.Do("StopNode", func() error { return f.cloud.StopNode(ctx, id) })
}
