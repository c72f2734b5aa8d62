package edgeproc

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEdgeRunsStopsAndIsKilled(t *testing.T) {
	binary, err := Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "data")
	for _, end := range []func(*Process) error{(*Process).Kill, (*Process).Stop} {
		p, err := Run(t.Context(), binary, folder, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if p.Start <= 0 || !healthy(t.Context(), p.Origin) {
			t.Errorf("started after %v, healthy: %v", p.Start, healthy(t.Context(), p.Origin))
		}
		if err := end(p); err != nil {
			t.Error(err)
		}
		if healthy(t.Context(), p.Origin) {
			t.Error("it answers after its end")
		}
	}
}

func TestRunTellsOfAnEarlyEnd(t *testing.T) {
	var output strings.Builder
	binary, err := Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	_, err = Run(t.Context(), binary, t.TempDir(), &output, "--no-such-flag")
	if err == nil || !strings.Contains(err.Error(), "ended before its first answer") || !strings.Contains(output.String(), "no-such-flag") {
		t.Errorf("Run = %v, output %q", err, &output)
	}
}

func TestUsageOfThisProcess(t *testing.T) {
	ballast := make([]byte, 32<<20)
	for i := range ballast {
		ballast[i] = byte(i)
	}
	first, err := UsageOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if first.Resident < int64(len(ballast)) || first.Peak < first.Resident {
		t.Errorf("%+v with %d bytes in use", first, len(ballast))
	}
	for u := first; u.CPU == first.CPU; {
		if u, err = UsageOf(os.Getpid()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := UsageOf(-1); err == nil {
		t.Error("a process that is not there has a usage")
	}
}
