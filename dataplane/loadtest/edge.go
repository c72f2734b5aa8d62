package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/podium-cloud/podium/dataplane/edgeproc"
)

// Footprint is what an edge takes before it is given work. Memory is in MiB, times are in milliseconds.
type Footprint struct {
	BinaryMiB   float64   `json:"binaryMiB"`
	StartMs     []float64 `json:"startMs"` // from exec to the first answered request, on empty folders, sorted
	IdleMiB     float64   `json:"idleMiB"` // resident, settled after its start
	MedianStart float64   `json:"medianStartMs"`
}

// starts is how often an edge is started to take the median.
const starts = 5

// measureFootprint starts an edge several times, each on an empty folder, and looks at the memory of the last one when it
// has settled.
func measureFootprint(ctx context.Context, binary string) (Footprint, error) {
	info, err := os.Stat(binary)
	if err != nil {
		return Footprint{}, err
	}
	f := Footprint{BinaryMiB: mebibytes(info.Size())}
	for i := range starts {
		err := withEdge(ctx, binary, func(p *edgeproc.Process) error {
			f.StartMs = append(f.StartMs, round(p.Start.Seconds()*1000))
			if i < starts-1 {
				return nil
			}
			usage, err := settled(ctx, p.PID())
			f.IdleMiB = mebibytes(usage.Resident)
			return err
		})
		if err != nil {
			return f, err
		}
	}
	slices.Sort(f.StartMs)
	f.MedianStart = f.StartMs[len(f.StartMs)/2]
	return f, nil
}

// withEdge runs f on an edge that is started on an empty folder and stopped afterwards.
func withEdge(ctx context.Context, binary string, f func(*edgeproc.Process) error) (err error) {
	dir, err := os.MkdirTemp("", "podium-load-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var output bytes.Buffer
	p, err := edgeproc.Run(ctx, binary, filepath.Join(dir, "data"), &output)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, &output)
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	return f(p)
}

// settled returns the usage of a process once it has taken no processor time for half a second.
func settled(ctx context.Context, pid int) (edgeproc.Usage, error) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	last := time.Duration(-1)
	for {
		usage, err := edgeproc.UsageOf(pid)
		if err != nil || usage.CPU == last {
			return usage, err
		}
		last = usage.CPU
		select {
		case <-tick.C:
		case <-ctx.Done():
			return usage, ctx.Err()
		}
	}
}

func mebibytes(n int64) float64 { return round(float64(n) / (1 << 20)) }
