package postgres

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// How many matches behind a page are counted, and how many where each has to be read to know that it is one. The count of
// all matches is exact below the page's end plus this; whoever goes on to the next page as long as there should be one comes
// to the end of any result.
const (
	counted     = 10_000
	countedText = 1_000
)

// far is from which place on the ids of a page are looked for first: indexes have them, and rows are large.
const far = 500

// Search implements store.Store.
func (s *Store) Search(ctx context.Context, q *search.Query, start, size int) ([]*workflow.Summary, int64, error) {
	var t translator
	if len(q.Words()) > 0 {
		t.shares = s.grams.shares(ctx, s)
	}
	where, statuses := t.where(q)
	condition, limit := "", start+size+counted
	if t.read {
		limit = start + size + countedText
	}
	if where != "" {
		condition = " where " + where
	}
	exact := where == "" || statuses != nil
	var page []*workflow.Summary
	var total int64
	err := retry(ctx, s.log, func(ctx context.Context) (err error) {
		page, total = nil, 0
		if size > 0 {
			of := condition
			if by := fmt.Sprintf(" order by %s limit %d offset %d", order(q), size, start); start < far {
				of += by
			} else {
				of = fmt.Sprintf(" where execution_id = any (array(select execution_id from summaries%s%s)) order by %s", condition, by, order(q))
			}
			text := query("SelectSummaries") + of
			if page, err = s.summaries(ctx, text, t.args); err != nil {
				return err
			}
		}
		if exact {
			return nil
		}
		text := fmt.Sprintf("select count(*) from (select from summaries%s limit %d) as found", condition, limit)
		return s.pool.QueryRow(ctx, text, args(t.args)...).Scan(&total)
	})
	if err == nil && exact {
		total, err = s.count(ctx, statuses)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("search: %w", err)
	}
	return page, total, nil
}

// grams keeps what the database knows of the runs of bytes in texts.
type grams struct {
	mu    sync.Mutex
	known map[int32]float32
	asked time.Time
}

// shares returns which share of the executions has a run, for those that are frequent. It is as old as the database's
// statistics, or some minutes older; it makes searches faster, so not to know it is no error.
func (g *grams) shares(ctx context.Context, s *Store) map[int32]float32 {
	const fresh = 5 * time.Minute
	g.mu.Lock()
	defer g.mu.Unlock()
	if time.Since(g.asked) < fresh && (len(g.known) > 0 || time.Since(g.asked) < fresh/10) {
		return g.known
	}
	rows, err := s.pool.Query(ctx, query("SelectGramShares"))
	if err == nil {
		known := map[int32]float32{}
		var gram int32
		var share float32
		if _, err = pgx.ForEachRow(rows, []any{&gram, &share}, func() error {
			known[gram] = share
			return nil
		}); err == nil {
			g.known, g.asked = known, time.Now()
		}
	}
	if err != nil {
		s.log.WarnContext(ctx, "statistics of texts cannot be read; searches may be slower", "error", err)
	}
	return g.known
}

// where writes the query's condition, "" when every row fulfils it. statuses are set when it is about nothing but them.
func (t *translator) where(q *search.Query) (condition string, statuses []string) {
	whole, ok := search.Fold(q, t)
	var parts []clause
	if ok {
		parts = append(parts, whole)
	}
	for _, w := range q.Words() {
		parts = append(parts, clause{sql: t.word(w)})
	}
	switch len(parts) {
	case 0:
		return "", nil
	case 1:
		return parts[0].sql, parts[0].statuses
	}
	return join(parts, " and ").sql, nil
}

// args has a statement planned with its parameters: an index is worth it for one value and not for the next.
func args(of []any) []any { return append([]any{pgx.QueryExecModeExec}, of...) }

func (s *Store) summaries(ctx context.Context, text string, of []any) ([]*workflow.Summary, error) {
	rows, err := s.pool.Query(ctx, text, args(of)...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, summary)
}

// summary reads a row of the columns of SelectSummaries.
func summary(row pgx.CollectableRow) (*workflow.Summary, error) {
	s := &workflow.Summary{}
	var id, kind, status, correlation, input, output, reason, event, parent, creator, key, classifier []byte
	var references, tasks [][]byte
	err := row.Scan(&id, &kind, &s.Version, &status, &correlation, &s.StartTime, &s.UpdateTime, &s.EndTime, &input, &output, &reason,
		&event, &references, &tasks, &s.Priority, &parent, &creator, &key, &classifier)
	for to, from := range map[*string][]byte{
		&s.WorkflowID: id, &s.WorkflowType: kind, (*string)(&s.Status): status, &s.CorrelationID: correlation, &s.Input: input,
		&s.Output: output, &s.ReasonForIncompletion: reason, &s.Event: event, &s.ParentWorkflowID: parent, &s.CreatedBy: creator,
		&s.IdempotencyKey: key, &s.Classifier: classifier,
	} {
		*to = string(from)
	}
	for _, r := range references {
		s.FailedReferenceTaskNames = append(s.FailedReferenceTaskNames, string(r))
	}
	for _, t := range tasks {
		s.FailedTaskNames = append(s.FailedTaskNames, string(t))
	}
	return s, err
}

// count is the number of executions with one of the statuses; nil: with any.
func (s *Store) count(ctx context.Context, statuses []string) (total int64, err error) {
	counts, err := s.Counts(ctx)
	for status, n := range counts {
		if statuses == nil || slices.Contains(statuses, string(status)) {
			total += n
		}
	}
	return total, err
}

// Counts implements store.Store. The counts are kept with the search rows, in the same transactions.
func (s *Store) Counts(ctx context.Context) (map[workflow.Status]int64, error) {
	counts := map[workflow.Status]int64{}
	err := retry(ctx, s.log, func(ctx context.Context) error {
		clear(counts)
		rows, err := s.pool.Query(ctx, query("SelectCounts"))
		if err != nil {
			return err
		}
		var status []byte
		var n int64
		_, err = pgx.ForEachRow(rows, []any{&status, &n}, func() error {
			counts[workflow.Status(status)] = n
			return nil
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count executions: %w", err)
	}
	return counts, nil
}
