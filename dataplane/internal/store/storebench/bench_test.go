// Package storebench compares stores for the embedded data plane: how many of the engine's steps can each make durable in
// a second, in how much memory. Its result is written up in docs/decisions/0001-embedded-store.md.
package storebench

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// backend is a store under test.
type backend interface {
	// commit makes all changes durable at once. A nil value deletes.
	commit(changes []change) error
	close() error
}

type change struct{ key, value []byte }

var backends = []struct {
	name string
	open func(dir string) (backend, error)
}{
	{"pebble", openPebble},
	{"sqlite", openSQLite},
	{"bbolt", openBolt},
}

// BenchmarkCommit writes groups of 1, 16 and 64 steps; one operation is one durable commit.
func BenchmarkCommit(b *testing.B) {
	for _, store := range backends {
		for _, steps := range []int{1, 16, 64} {
			b.Run(fmt.Sprintf("%s/steps=%d", store.name, steps), func(b *testing.B) {
				s, err := store.open(b.TempDir())
				if err != nil {
					b.Fatal(err)
				}
				w := newWorkload()
				before := written(b)
				for b.Loop() {
					if err := s.commit(w.group(steps)); err != nil {
						b.Fatal(err)
					}
				}
				seconds := b.Elapsed().Seconds()
				var mem runtime.MemStats
				runtime.ReadMemStats(&mem)
				b.ReportMetric(float64(b.N)/seconds, "commits/s")
				b.ReportMetric(float64(b.N*steps)/seconds, "steps/s")
				b.ReportMetric(float64(mem.HeapInuse)/(1<<20), "heap-MiB")
				b.ReportMetric(field(b, "/proc/self/status", "RssAnon")/1024, "anon-MiB")
				b.ReportMetric((written(b)-before)/float64(b.N*steps)/1024, "disk-KiB/step")
				if err := s.close(); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

// written returns the bytes that this process has sent to the disk.
func written(b *testing.B) float64 { return field(b, "/proc/self/io", "write_bytes") }

// field reads a number from one of the kernel's files about this process, 0 where there are none.
func field(b *testing.B, file, name string) float64 {
	text, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return 0
	}
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			n, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return n
		}
	}
	return 0
}

const (
	openExecutions = 1000 // executions that take their steps in turn
	stepsEach      = 4    // steps until an execution ends and a new one takes its place
)

// workload makes the changes of the engine's steps: for each one the header of the execution, the row of the task that
// ended, the row of the task that follows, an entry put into an index and one deleted from it.
type workload struct {
	random     *rand.Rand
	executions [openExecutions]execution
	next       int
	clock      uint64
}

type execution struct {
	id      [16]byte
	step    byte
	indexed []byte // its entry in the index
}

func newWorkload() *workload {
	return &workload{random: rand.New(rand.NewPCG(1, 2))}
}

func (w *workload) group(steps int) []change {
	changes := make([]change, 0, 5*steps)
	for range steps {
		changes = append(changes, w.step()...)
	}
	return changes
}

func (w *workload) step() []change {
	x := &w.executions[w.next]
	w.next = (w.next + 1) % openExecutions
	if x.step%stepsEach == 0 {
		*x = execution{id: w.id()}
	}
	x.step++
	w.clock++
	old := x.indexed
	x.indexed = append(binary.BigEndian.AppendUint64([]byte("xr\x00encode_image\x00"), w.clock), x.id[:]...)
	changes := []change{
		{append([]byte{'e'}, x.id[:]...), w.value(300)},
		{w.task(x, x.step-1), w.value(600)},
		{w.task(x, x.step), w.value(700)},
		{x.indexed, []byte{}},
	}
	if old != nil {
		changes = append(changes, change{key: old})
	}
	return changes
}

func (w *workload) task(x *execution, n byte) []byte {
	return append(append([]byte{'t'}, x.id[:]...), 0, n)
}

// id is ordered by time at its front and random behind it, as the engine's ids are.
func (w *workload) id() (id [16]byte) {
	binary.BigEndian.PutUint64(id[:8], w.clock<<20)
	binary.BigEndian.PutUint64(id[8:], w.random.Uint64())
	return id
}

// value is n bytes of what reads like JSON: repeated names, random values.
func (w *workload) value(n int) []byte {
	b := make([]byte, 0, n+64)
	for len(b) < n {
		b = append(b, `{"referenceTaskName":"encode_image","status":"COMPLETED","taskId":"`...)
		b = strconv.AppendUint(b, w.random.Uint64(), 16)
		b = append(b, `"},`...)
	}
	return b[:n]
}
