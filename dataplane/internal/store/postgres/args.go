package postgres

import (
	"cmp"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/podium-cloud/podium/dataplane/internal/home"
	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// columns are the arrays of a statement: one for each column, one element for each row. They are pointers, as a slice in an
// interface is allocated anew for every element.
type columns []any

func add[T any](c columns, i int, v T) {
	column := c[i].(*[]T) //nolint:forcetypeassert // the statement's column
	*column = append(*column, v)
}

func (c columns) bytes(i int, v []byte)  { add(c, i, v) }
func (c columns) text(i int, v string)   { add(c, i, []byte(v)) }
func (c columns) int64(i int, v int64)   { add(c, i, v) }
func (c columns) int32(i int, v int)     { add(c, i, int32(v)) }
func (c columns) int16(i int, v int)     { add(c, i, int16(v)) }
func (c columns) string(i int, v string) { add(c, i, v) }

// queue adds the statements that write the batch, in the order of queries/commit.sql, to a pipeline. Those that have
// nothing to write are left out; their number does not depend on that of the steps.
func (b *batch) queue(to *pgx.Batch, writer []byte, number int64, shard int16) {
	to.Queue(query("Mark"), writer, number)
	b.queuePlans(to)
	b.queueExecutions(to, shard)
	b.queueTasks(to)
	b.queueWork(to)
	b.queueSummaries(to, shard)
	b.queueUsage(to, writer)
}

// queueUsage adds to the counts of the writer's own row, for which it waits for nobody.
func (b *batch) queueUsage(to *pgx.Batch, writer []byte) {
	var began, tasks int64
	for _, x := range b.executions {
		began += x.began
		tasks += x.tasks
	}
	if began+tasks > 0 {
		to.Queue(query("AddUsage"), writer, store.Day(time.Now()), began, tasks)
	}
}

// put queues a statement if there is a row.
func put(to *pgx.Batch, name string, rows int, args columns) {
	if rows > 0 {
		to.Queue(query(name), args...)
	}
}

func (b *batch) queuePlans(to *pgx.Batch) {
	args := columns{new([][]byte), new([][]byte)}
	for _, hash := range slices.Sorted(maps.Keys(b.plans)) {
		args.text(0, hash)
		args.bytes(1, b.plans[hash])
	}
	put(to, "PutPlans", len(b.plans), args)
}

// queueExecutions goes by the ids, so that transactions that change the same executions wait for each other, and not in a
// circle.
func (b *batch) queueExecutions(to *pgx.Batch, shard int16) {
	var removed [][]byte
	inserts, updates := 0, 0
	insert := columns{new([][]byte), new([]int64), new([][]byte), new([][]byte), new([][]byte), new([][]byte), new([][]byte)}
	update := columns{new([][]byte), new([]int64), new([]int64), new([][]byte), new([][]byte), new([][]byte), new([][]byte), new([][]byte)}
	for _, id := range slices.Sorted(maps.Keys(b.executions)) {
		x := b.executions[id]
		if x.removed {
			removed = append(removed, []byte(id))
		}
		switch {
		case !x.changed:
		case x.base == 0:
			inserts++
			insert.text(0, id)
			insert.int64(1, x.revision)
			x.columns(insert[2:])
		default:
			updates++
			update.text(0, id)
			update.int64(1, x.base)
			update.int64(2, x.revision)
			x.columns(update[3:])
		}
	}
	if removed != nil {
		// First the executions: what is being written to them comes to its end, and the rows are all there to be removed.
		to.Queue(query("RemoveExecutions"), removed)
		to.Queue(query("RemoveRows"), removed, shard, slotsOf(removed))
	}
	put(to, "InsertExecutions", inserts, insert)
	put(to, "UpdateExecutions", updates, update)
}

// columns adds what stays as it is as null.
func (x *execution) columns(to columns) {
	to.bytes(0, x.header)
	if x.header == nil {
		to.bytes(1, nil)
	} else {
		to.text(1, x.plan)
	}
	for i, p := range []*workflow.Payload{x.input, x.variables, x.output} {
		switch {
		case p == nil:
			to.bytes(2+i, nil)
		case *p == nil:
			to.bytes(2+i, []byte{})
		default:
			to.bytes(2+i, *p)
		}
	}
}

// sortedPlaces are the keys of a map of rows in the order of the tables' primary keys.
func sortedPlaces[T any](m map[place]T) []place {
	return slices.SortedFunc(maps.Keys(m), func(a, b place) int {
		return cmp.Or(strings.Compare(a.id, b.id), cmp.Compare(a.seq, b.seq))
	})
}

func (b *batch) queueTasks(to *pgx.Batch) {
	deletes, puts := 0, 0
	gone := columns{new([][]byte), new([]int32)}
	args := columns{new([][]byte), new([]int32), new([][]byte), new([][]byte), new([][]byte), new([][]byte)}
	for _, p := range sortedPlaces(b.tasks) {
		t := b.tasks[p]
		if t == nil {
			deletes++
			gone.text(0, p.id)
			gone.int32(1, p.seq)
			continue
		}
		puts++
		args.text(0, p.id)
		args.int32(1, p.seq)
		args.text(2, t.ID)
		args.bytes(3, t.Task)
		args.bytes(4, t.Input)
		args.bytes(5, t.Output)
	}
	put(to, "DeleteTasks", deletes, gone)
	put(to, "PutTasks", puts, args)
}

func (b *batch) queueWork(to *pgx.Batch) {
	deletes, puts, changes := 0, 0, 0
	gone := columns{new([][]byte), new([]int32), new([]int16)}
	args := columns{new([][]byte), new([]int32), new([]int16), new([][]byte)}
	lazy := columns{new([][]byte), new([]int32), new([]int16), new([][]byte)}
	for _, p := range sortedPlaces(b.work) {
		key := func(to columns) {
			to.text(0, p.id)
			to.int32(1, p.seq)
			to.int16(2, home.Slot(p.id))
		}
		switch r := b.work[p]; {
		case r.body == nil:
			deletes++
			key(gone)
		case r.lazy:
			changes++
			key(lazy)
			lazy.bytes(3, r.body)
		default:
			puts++
			key(args)
			args.bytes(3, r.body)
		}
	}
	put(to, "DeleteWork", deletes, gone)
	put(to, "PutWork", puts, args)
	put(to, "ChangeWork", changes, lazy)
}

func (b *batch) queueSummaries(to *pgx.Batch, shard int16) {
	rows := 0
	args := columns{
		new([][]byte), new([][]byte), new([]int64), new([][]byte), new([][]byte), new([]int64), new([]int64), new([]int64),
		new([][]byte), new([][]byte), new([][]byte), new([][]byte), new([]string), new([]string), new([]int64), new([][]byte),
		new([][]byte), new([][]byte), new([][]byte), new([][]byte), new([]*string),
	}
	counts := map[workflow.Status]int64{}
	for _, id := range slices.Sorted(maps.Keys(b.executions)) {
		x := b.executions[id]
		s := x.after
		if s == nil {
			continue
		}
		rows++
		if x.before != nil {
			counts[x.before.Status]--
		}
		counts[s.Status]++
		args.text(0, id)
		args.text(1, s.WorkflowType)
		args.int64(2, int64(s.Version))
		args.text(3, string(s.Status))
		args.text(4, s.CorrelationID)
		args.int64(5, s.StartTime)
		args.int64(6, s.UpdateTime)
		args.int64(7, s.EndTime)
		args.text(8, s.Input)
		args.text(9, s.Output)
		args.text(10, s.ReasonForIncompletion)
		args.text(11, s.Event)
		args.string(12, byteaArray(s.FailedReferenceTaskNames))
		args.string(13, byteaArray(s.FailedTaskNames))
		args.int64(14, int64(s.Priority))
		args.text(15, s.ParentWorkflowID)
		args.text(16, s.CreatedBy)
		args.text(17, s.IdempotencyKey)
		words := strings.ToLower(search.Execution{Summary: s}.Text())
		args.text(18, s.Classifier)
		args.text(19, words)
		var grams *string
		if s.Status.Terminal() {
			grams = new(intArray(gramsOf(words)))
		}
		add(args, 20, grams)
	}
	put(to, "PutSummaries", rows, args)
	statuses := columns{shard, new([][]byte), new([]int64)}
	n := 0
	for _, status := range slices.Sorted(maps.Keys(counts)) {
		if counts[status] != 0 {
			n++
			statuses.text(1, string(status))
			statuses.int64(2, counts[status])
		}
	}
	put(to, "AddCounts", n, statuses)
}

// gramsOf returns the different runs of three bytes in a text, as numbers.
func gramsOf(text string) []int32 {
	grams := make([]int32, 0, max(0, len(text)-2))
	for i := range len(text) - 2 {
		grams = append(grams, int32(text[i])<<16|int32(text[i+1])<<8|int32(text[i+2]))
	}
	slices.Sort(grams)
	return slices.Compact(grams)
}

// intArray writes PostgreSQL's text of an array.
func intArray(values []int32) string {
	b := append(make([]byte, 0, 9*len(values)+2), '{')
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(v), 10)
	}
	return string(append(b, '}'))
}

// byteaArray does the same for texts of any bytes.
func byteaArray(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = `"\\x` + hex.EncodeToString([]byte(v)) + `"`
	}
	return "{" + strings.Join(quoted, ",") + "}"
}
