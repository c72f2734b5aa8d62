package storetest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Finished makes the search row of the i-th of n executions, which ended one after the other within 30 days.
func Finished(i, n int, r *rand.Rand) *workflow.Summary {
	const month = int64(30 * 24 * time.Hour / time.Millisecond)
	start := 1_750_000_000_000 + month*int64(i)/int64(n)
	status := workflow.Completed
	switch p := r.IntN(100); {
	case p < 6:
		status = workflow.Failed
	case p < 8:
		status = workflow.TimedOut
	case p < 9:
		status = workflow.Terminated
	}
	kind := min(r.IntN(40), r.IntN(40))
	s := &workflow.Summary{
		WorkflowID: uuid.Must(uuid.NewRandomFromReader(seeded{r})).String(), WorkflowType: fmt.Sprintf("encode_title_%d", kind), Version: 1 + r.IntN(3), Status: status,
		CorrelationID: fmt.Sprintf("order-%d", i/2), StartTime: start, UpdateTime: start + 5000, EndTime: start + 1000 + r.Int64N(60_000), Priority: r.IntN(3),
		Input:  fmt.Sprintf(`{"title":"title %d","country":"%s","customer":{"id":%d,"tier":"gold"},"callback":"https://example.com/hooks/%d"}`, i, []string{"DE", "FR", "US", "BR"}[i%4], r.IntN(200_000), r.IntN(1000)),
		Output: fmt.Sprintf(`{"url":"s3://encodes/%x","bitrates":[%d,%d],"frames":%d}`, r.Uint64(), r.IntN(9000), r.IntN(9000), r.IntN(1_000_000)),
	}
	if status != workflow.Completed {
		s.ReasonForIncompletion, s.FailedReferenceTaskNames = "encoder answered 503", []string{"encode_ref"}
	}
	if i%10 == 0 {
		s.ParentWorkflowID = fmt.Sprintf("parent-%d", i/100)
	}
	return s
}

type seeded struct{ *rand.Rand }

func (s seeded) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s.Uint32())
	}
	return len(p), nil
}

// processor is the time that this process has computed, in steps of 10 ms; 0 where Linux does not tell it.
func processor() time.Duration {
	stat, err := os.ReadFile("/proc/self/stat")
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if err != nil || len(fields) < 13 {
		return 0
	}
	var ticks int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// BenchmarkSearch measures pages of 20 and their counts in a store of n [Finished] executions: the middle time and the longest,
// the processor time that this process, which is not a database's, has taken for each, and how many match.
func BenchmarkSearch(b *testing.B, s store.Store, n int) {
	middle := Finished(n/2, n, rand.New(rand.NewPCG(3, 4))) //nolint:gosec // content that can be repeated
	for _, c := range []struct {
		name, query, words, sort string
		start                    int
	}{
		{"all", "", "", "", 0},
		{"status", "status = FAILED", "", "", 0},
		{"statuses", "status IN (FAILED, TIMED_OUT, TERMINATED)", "", "", 0},
		{"type", "workflowType = encode_title_3", "", "", 0},
		{"type and status", "workflowType = encode_title_3 AND status = FAILED", "", "", 0},
		{"rare type and status", "workflowType = encode_title_39 AND status = TERMINATED", "", "", 0},
		{"types by prefix", "workflowType = 'encode_title_3*'", "", "", 0},
		{"correlation id", "correlationId = " + middle.CorrelationID, "", "", 0},
		{"parent", fmt.Sprintf("parentWorkflowId = parent-%d", n/200), "", "", 0},
		{"an hour", fmt.Sprintf("startTime BETWEEN %d AND %d", middle.StartTime, middle.StartTime+3_600_000), "", "", 0},
		{"failed in an hour", fmt.Sprintf("status = FAILED AND startTime > %d AND startTime < %d", middle.StartTime, middle.StartTime+3_600_000), "", "", 0},
		{"ended since", fmt.Sprintf("endTime > %d", middle.EndTime), "", "endTime:DESC", 0},
		{"oldest of a status", "status = FAILED", "", "startTime:ASC", 0},
		{"text, one match", "", fmt.Sprintf("\"title %d\"", n/2), "", 0},
		{"text, rare", "", fmt.Sprintf("order-%d", n/4), "", 0},
		{"text, frequent", "", "gold", "", 0},
		{"text and status", "status = FAILED", "encode_title_3 us", "", 0},
		{"text, two letters", "", "q5", "", 0},
		{"text, four digits", "", "7351", "", 0},
		{"text, none", "", "nowhere", "", 0},
		{"text, the last to end", "", "encode_title_12", "endTime:DESC", 0},
		{"within the input", "input = '*\"country\":\"BR\"*tier*'", "", "", 0},
		{"a reason", "reasonForIncompletion = '*503*'", "", "", 0},
		{"no status but", "status != COMPLETED", "", "", 0},
		{"priority and version", "priority = 2 AND version != 1", "", "", 0},
		{"the last to change", "", "", "updateTime:DESC", 0},
		{"the longest", "", "", "executionTime:DESC", 0},
		{"by status", "", "", "status|endTime:DESC", 0},
		{"by type", "", "", "workflowType|startTime", 0},
		{"by id", "", "", "workflowId", 0},
		{"deep", "", "", "", n / 2},
		{"deep in a type", "workflowType = encode_title_3", "", "", 20_000},
		{"deep in a status by end", "status = FAILED", "", "endTime:DESC", n / 40},
		{"deep in text", "", "gold", "", 5000},
	} {
		q, err := search.Parse(c.query, c.words, c.sort, search.WorkflowFields)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(strings.ReplaceAll(c.name, " ", "_"), func(b *testing.B) {
			var times []time.Duration
			var total int64
			before := processor()
			for b.Loop() {
				began := time.Now()
				if _, total, err = s.Search(b.Context(), q, c.start, 20); err != nil {
					b.Fatal(err)
				}
				times = append(times, time.Since(began))
			}
			b.ReportMetric(float64((processor()-before).Microseconds())/1000/float64(len(times)), "cpu-ms")
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(times[len(times)-1].Microseconds())/1000, "max-ms")
			b.ReportMetric(float64(total), "matches")
		})
	}
}
