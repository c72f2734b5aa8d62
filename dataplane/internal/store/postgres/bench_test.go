package postgres

import (
	"flag"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/internal/store/storetest"
	"github.com/podium-cloud/podium/dataplane/workflow"
	"github.com/podium-cloud/podium/migrations/pgtest"
)

var executions = flag.Int("executions", 20_000, "how many finished executions BenchmarkSearch looks through")

// fill copies search rows into a store.
func fill(b *testing.B, s *Store, n int) {
	b.Helper()
	conn, err := s.pool.Acquire(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Release()
	r := rand.New(rand.NewPCG(1, 2))
	counts := map[workflow.Status]int64{}
	columns := strings.FieldsFunc(strings.TrimPrefix(strings.SplitN(query("SelectSummaries"), "from", 2)[0], "select"), func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
	bytes := func(texts []string) (out [][]byte) {
		out = [][]byte{}
		for _, t := range texts {
			out = append(out, []byte(t))
		}
		return out
	}
	_, err = conn.CopyFrom(b.Context(), pgx.Identifier{"summaries"}, append(columns, "words", "grams"), pgx.CopyFromSlice(n, func(i int) ([]any, error) {
		s := storetest.Finished(i, n, r)
		counts[s.Status]++
		words := strings.ToLower(search.Execution{Summary: s}.Text())
		return []any{
			[]byte(s.WorkflowID), []byte(s.WorkflowType), s.Version, []byte(s.Status), []byte(s.CorrelationID), s.StartTime, s.UpdateTime, s.EndTime, []byte(s.Input), []byte(s.Output), []byte(s.ReasonForIncompletion),
			[]byte(s.Event), bytes(s.FailedReferenceTaskNames), bytes(s.FailedTaskNames), s.Priority, []byte(s.ParentWorkflowID), []byte(s.CreatedBy), []byte(s.IdempotencyKey), []byte(s.Classifier), []byte(words), gramsOf(words),
		}, nil
	}))
	if err != nil {
		b.Fatal(err)
	}
	var rows []struct {
		status workflow.Status
		n      int64
	}
	for status, n := range counts {
		rows = append(rows, struct {
			status workflow.Status
			n      int64
		}{status, n})
	}
	_, err = conn.CopyFrom(b.Context(), pgx.Identifier{"counts"}, []string{"shard", "status", "n"}, pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
		return []any{int16(0), []byte(rows[i].status), rows[i].n}, nil
	}))
	if err != nil {
		b.Fatal(err)
	}
	if _, err := conn.Exec(b.Context(), "vacuum analyze summaries"); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkSearch measures first pages of 20 and their counts, on a server with its defaults:
//
//	go test ./dataplane/internal/store/postgres -run '^$' -bench Search -executions 1000000 -benchtime 20x -timeout 30m
func BenchmarkSearch(b *testing.B) {
	server := pgtest.Start(b, "max_wal_size = '4GB'")
	s, err := Open(b.Context(), Config{URL: server.URL, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	began := time.Now()
	fill(b, s, *executions)
	var heap, indexes, words float64
	const sizes = `select pg_table_size('summaries') / 1048576.0, pg_indexes_size('summaries') / 1048576.0, pg_relation_size('summaries_grams_idx') / 1048576.0`
	if err := s.pool.QueryRow(b.Context(), sizes).Scan(&heap, &indexes, &words); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d executions in %.0fs; rows %.0f MiB, indexes %.0f MiB, %.0f of them for free text", *executions, time.Since(began).Seconds(), heap, indexes, words)
	storetest.BenchmarkSearch(b, s, *executions)
}
