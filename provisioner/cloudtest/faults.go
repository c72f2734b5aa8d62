package cloudtest

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

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
	if fault == CrashBefore {
		f.OnCrash()
	}
	if fault == Refuse || fault == CrashBefore {
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

// Catalog is not a call into the ground: nothing goes wrong with it.
func (f *faultyCloud) Catalog(ctx context.Context) (provisioner.Catalog, error) {
	return f.cloud.Catalog(ctx)
}

func (f *faultyCloud) Ensure(ctx context.Context, s provisioner.ClusterSpec, p provisioner.Part) error {
	return f.faults.Do("Ensure "+string(p), func() error { return f.cloud.Ensure(ctx, s, p) })
}

func (f *faultyCloud) Remove(ctx context.Context, s provisioner.ClusterSpec, p provisioner.Part) error {
	return f.faults.Do("Remove "+string(p), func() error { return f.cloud.Remove(ctx, s, p) })
}

func (f *faultyCloud) Address(ctx context.Context, s provisioner.ClusterSpec) (at provisioner.NodeInfo, err error) {
	err = f.faults.Do("Address", func() (err error) { at, err = f.cloud.Address(ctx, s); return err })
	return at, err
}

func (f *faultyCloud) StartNode(ctx context.Context, s provisioner.ClusterSpec, n provisioner.Node) error {
	return f.faults.Do("StartNode", func() error { return f.cloud.StartNode(ctx, s, n) })
}

func (f *faultyCloud) CheckNode(ctx context.Context, s provisioner.ClusterSpec, index int) error {
	return f.faults.Do("CheckNode", func() error { return f.cloud.CheckNode(ctx, s, index) })
}

func (f *faultyCloud) StopNode(ctx context.Context, s provisioner.ClusterSpec, index int) error {
	return f.faults.Do("StopNode", func() error { return f.cloud.StopNode(ctx, s, index) })
}

func (f *faultyCloud) Backup(ctx context.Context, s provisioner.ClusterSpec, c provisioner.Copy) (b provisioner.Backup, err error) {
	err = f.faults.Do("Backup", func() (err error) { b, err = f.backups().Backup(ctx, s, c); return err })
	return b, err
}

func (f *faultyCloud) OpenBackup(ctx context.Context, s provisioner.ClusterSpec, backup string) (io.ReadCloser, error) {
	return f.backups().OpenBackup(ctx, s, backup)
}

func (f *faultyCloud) Restore(ctx context.Context, s provisioner.ClusterSpec, from provisioner.Source, r provisioner.Restoring) error {
	return f.faults.Do("Restore", func() error { return f.backups().Restore(ctx, s, from, r) })
}

func (f *faultyCloud) RemoveBackup(ctx context.Context, s provisioner.ClusterSpec, backup string) error {
	return f.faults.Do("RemoveBackup", func() error { return f.backups().RemoveBackup(ctx, s, backup) })
}

// backups is for clouds that make copies; with others these methods must not be called.
func (f *faultyCloud) backups() provisioner.Backups { return f.cloud.(provisioner.Backups) }

func (f *faultyCloud) Leftovers(ctx context.Context, s provisioner.ClusterSpec) (all []provisioner.Resource, err error) {
	err = f.faults.Do("Leftovers", func() (err error) { all, err = f.cloud.Leftovers(ctx, s); return err })
	return all, err
}

// Control wraps c.
func (f *Faults) Control(c provisioner.Control) provisioner.Control { return &faultyControl{f, c} }

type faultyControl struct {
	faults  *Faults
	control provisioner.Control
}

func (f *faultyControl) JoinToken(ctx context.Context, id string) (token string, err error) {
	err = f.faults.Do("JoinToken", func() (err error) { token, err = f.control.JoinToken(ctx, id); return err })
	return token, err
}

func (f *faultyControl) Registered(ctx context.Context, id string, node int, since time.Time) (home bool, err error) {
	err = f.faults.Do("Registered", func() (err error) { home, err = f.control.Registered(ctx, id, node, since); return err })
	return home, err
}

func (f *faultyControl) Reserve(ctx context.Context, id string, n provisioner.NodeInfo) error {
	return f.faults.Do("Reserve", func() error { return f.control.Reserve(ctx, id, n) })
}

func (f *faultyControl) Ready(ctx context.Context, id string) error {
	return f.faults.Do("Ready", func() error { return f.control.Ready(ctx, id) })
}

func (f *faultyControl) Failed(ctx context.Context, id, reason string) error {
	return f.faults.Do("Failed", func() error { return f.control.Failed(ctx, id, reason) })
}

func (f *faultyControl) Deleted(ctx context.Context, id string) error {
	return f.faults.Do("Deleted", func() error { return f.control.Deleted(ctx, id) })
}

func (f *faultyControl) Changed(ctx context.Context, s provisioner.ClusterSpec, paused bool) error {
	return f.faults.Do("Changed", func() error { return f.control.Changed(ctx, s, paused) })
}

func (f *faultyControl) Revoke(ctx context.Context, id string) error {
	return f.faults.Do("Revoke", func() error { return f.control.Revoke(ctx, id) })
}

func (f *faultyControl) BackupKey(ctx context.Context, id, backup string) (k provisioner.BackupKey, err error) {
	err = f.faults.Do("BackupKey", func() (err error) { k, err = f.control.BackupKey(ctx, id, backup); return err })
	return k, err
}

func (f *faultyControl) BackedUp(ctx context.Context, id string, b provisioner.Backup) error {
	return f.faults.Do("BackedUp", func() error { return f.control.BackedUp(ctx, id, b) })
}

func (f *faultyControl) BackupRemoved(ctx context.Context, id, backup string) error {
	return f.faults.Do("BackupRemoved", func() error { return f.control.BackupRemoved(ctx, id, backup) })
}

func (f *faultyControl) ReportPeering(ctx context.Context, id, peering string, r provisioner.PeeringReport) error {
	return f.faults.Do("ReportPeering", func() error { return f.control.ReportPeering(ctx, id, peering, r) })
}
