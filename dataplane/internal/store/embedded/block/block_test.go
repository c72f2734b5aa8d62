package block_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/store/embedded/block"
	"github.com/podium-cloud/podium/dataplane/internal/wire"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// summaries are rows in order; many of them share start times, texts and words. The same seed makes the same ones.
func summaries(seed uint64, n int) []*workflow.Summary {
	r := rand.New(rand.NewPCG(seed, 7))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	rows := make([]*workflow.Summary, n)
	for i := range rows {
		start := int64(1_700_000_000_000 + r.IntN(n/3+1)*1000)
		rows[i] = &workflow.Summary{
			WorkflowID: fmt.Sprintf("%08x-%d-%d", r.Uint32(), seed, i), WorkflowType: pick("order", "Order", "payment", "zürich"),
			Version: 1 + r.IntN(300), CorrelationID: pick("", "a", "b", fmt.Sprint("c", i)), StartTime: start, UpdateTime: start + r.Int64N(5000),
			Status: workflow.Status(pick("RUNNING", "COMPLETED", "FAILED")), Input: `{"customer":"` + pick("Joe", "ann", "Жан", "o'neil") + `"}`,
			Output: `{"n":` + fmt.Sprint(r.IntN(40)) + `}`, Priority: r.IntN(5), ParentWorkflowID: pick("", "", "top"), CreatedBy: pick("", "me"),
			Event: pick("", "conductor:x"), Classifier: pick("", "", "agent"),
		}
		if rows[i].Status != workflow.Running {
			rows[i].EndTime = start + r.Int64N(1<<40)
		}
		if rows[i].Status == workflow.Failed {
			rows[i].ReasonForIncompletion = pick("no answer", "Timeout after 5 s", "")
			rows[i].FailedReferenceTaskNames = []string{"pay", "ship"}[r.IntN(2):]
			rows[i].FailedTaskNames = []string{pick("http", "mail")}
		}
	}
	slices.SortFunc(rows, block.Order)
	return rows
}

// kept are the parts of a block.
type kept map[string][]byte

func build(t *testing.T, rows []*workflow.Summary) (*block.Head, kept) {
	t.Helper()
	parts := kept{}
	head, err := block.Build(rows, func(key string, value []byte) error {
		if _, ok := parts[key]; ok {
			t.Errorf("part %q comes twice", key)
		}
		parts[key] = slices.Clone(value)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return head, parts
}

var errNoPart = errors.New("no such part")

func (p kept) get(key string) ([]byte, error) {
	if v, ok := p[key]; ok {
		return v, nil
	}
	return nil, errNoPart
}

func TestABlockHoldsItsRows(t *testing.T) {
	for _, n := range []int{1, 7, 8, 9, 700} {
		rows := summaries(uint64(n), n)
		head, parts := build(t, rows)
		b := block.Read(head, parts.get)
		least, most := b.Span()
		if least != rows[n-1].StartTime || most != rows[0].StartTime || b.Rows != n {
			t.Errorf("%d rows: %d from %d to %d", n, b.Rows, least, most)
		}
		counts := map[workflow.Status]int64{}
		for _, i := range rand.New(rand.NewPCG(3, 4)).Perm(n) {
			counts[rows[i].Status]++
			if got, err := b.Row(i); err != nil || !reflect.DeepEqual(got, rows[i]) {
				t.Fatalf("row %d of %d: %+v, %v; want %+v", i, n, got, err, rows[i])
			}
			if at, err := b.Find(rows[i].StartTime, rows[i].WorkflowID); at != i || err != nil {
				t.Errorf("row %d of %d is found at %d, %v", i, n, at, err)
			}
		}
		for _, start := range []int64{0, least, most, most + 1} {
			if at, err := b.Find(start, "nobody"); at != -1 || err != nil {
				t.Errorf("nobody is found at %d, %v", at, err)
			}
		}
		got := map[workflow.Status]int64{}
		if err := b.Count(block.NewBits(n, true), got); err != nil || !reflect.DeepEqual(got, counts) {
			t.Errorf("counts %v, %v; want %v", got, err, counts)
		}
	}
}

func TestTheHeadOfABlockIsKept(t *testing.T) {
	head, _ := build(t, summaries(1, 50))
	b, err := wire.Append(nil, head)
	if err != nil {
		t.Fatal(err)
	}
	again := &block.Head{}
	if err := wire.Decode(b, again); err != nil || !reflect.DeepEqual(again, head) {
		t.Errorf("got %+v, %v; want %+v", again, err, head)
	}
}

func TestABlockHasItsBounds(t *testing.T) {
	for _, n := range []int{0, block.MaxRows + 1} {
		if _, err := block.Build(make([]*workflow.Summary, n), func(string, []byte) error { return nil }); err == nil {
			t.Errorf("a block of %d rows was built", n)
		}
	}
	full := errors.New("disk full")
	if _, err := block.Build(summaries(1, 3), func(string, []byte) error { return full }); !errors.Is(err, full) {
		t.Errorf("a block that could not be kept: %v", err)
	}
}

// A block whose rows are all plain workflows has no column of classifiers, and finds and orders them all the same.
func TestABlockOfPlainWorkflowsHasNoClassifiers(t *testing.T) {
	rows := summaries(9, 100)
	for _, r := range rows {
		r.Classifier = ""
	}
	head, parts := build(t, rows)
	if _, ok := parts["tK"]; ok {
		t.Error("there is a column")
	}
	for classifier, want := range map[string]int{"workflow": 100, "agent": 0} {
		found, err := search(block.Read(head, parts.get), query{query: "classifier = " + classifier, sort: "classifier:ASC"})
		if err != nil || len(found) != want {
			t.Errorf("%s: found %d, %v", classifier, len(found), err)
		}
	}
}

// A part that is cut short or missing is an error for whoever reads it, and nothing else.
func TestADamagedBlockIsAnError(t *testing.T) {
	rows := summaries(5, 100)
	head, parts := build(t, rows)
	for key, value := range parts {
		if strings.HasPrefix(key, "w") { // no search reads them all
			continue
		}
		for _, damaged := range [][]byte{value[:len(value)/2], value[:len(value)-1], nil} {
			wrong := maps.Clone(parts)
			if wrong[key] = damaged; damaged == nil {
				delete(wrong, key)
			}
			if err := readAll(block.Read(head, wrong.get)); err == nil {
				t.Errorf("part %q of %d of %d bytes was read", key, len(damaged), len(value))
			}
		}
	}
}

// readAll reads every part of a block but for postings.
func readAll(b *block.Block) error {
	for i := range b.Rows {
		r, err := b.Row(i)
		if err != nil {
			return err
		}
		if _, err := b.Find(r.StartTime, r.WorkflowID); err != nil {
			return err
		}
	}
	for _, c := range cases {
		if _, err := search(b, c); err != nil {
			return err
		}
	}
	return nil
}
