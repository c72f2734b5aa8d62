package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// counted is how many matches behind a page are counted. The count of all matches is exact below the page's end plus this;
// whoever goes on to the next page as long as there should be one comes to the end of any result.
const counted = 10_000

// Search implements store.Store. The count of all matches is exact for up to 10,000 matches behind the page, and for queries
// that ask for nothing but a status; otherwise it is the least that there are.
func (s *Store) Search(ctx context.Context, q *search.Query, start, size int) ([]*workflow.Summary, int64, error) {
	var t translator
	where, statuses := t.where(q)
	condition, limit := "", start+size+counted
	if where != "" {
		condition = " where " + where
	}
	exact := where == "" || statuses != nil
	var page []*workflow.Summary
	var total int64
	err := retry(ctx, s.log, func(ctx context.Context) (err error) {
		page, total = nil, 0
		if size > 0 {
			text := fmt.Sprintf("%s%s order by %s limit %d offset %d", query("SelectSummaries"), condition, order(q), size, start)
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
	var id, kind, status, correlation, input, output, reason, event, parent, creator, key []byte
	var references, tasks [][]byte
	err := row.Scan(&id, &kind, &s.Version, &status, &correlation, &s.StartTime, &s.UpdateTime, &s.EndTime, &input, &output, &reason,
		&event, &references, &tasks, &s.Priority, &parent, &creator, &key)
	for to, from := range map[*string][]byte{
		&s.WorkflowID: id, &s.WorkflowType: kind, (*string)(&s.Status): status, &s.CorrelationID: correlation, &s.Input: input,
		&s.Output: output, &s.ReasonForIncompletion: reason, &s.Event: event, &s.ParentWorkflowID: parent, &s.CreatedBy: creator,
		&s.IdempotencyKey: key,
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
