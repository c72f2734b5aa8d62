package block

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"math"
	"slices"
	"sort"

	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

var errDamaged = errors.New("a block of the search index is damaged")

// numberField is a field whose numbers have a column.
type numberField struct {
	part byte
	name string
	get  func(s *workflow.Summary) int64
}

// Parts of columns. They are kept, so a letter is never used for anything else.
const (
	startPart = 's'
	hashPart  = 'h'
)

var numberFields = []numberField{
	{startPart, "startTime", func(s *workflow.Summary) int64 { return s.StartTime }},
	{'u', "updateTime", func(s *workflow.Summary) int64 { return s.UpdateTime }},
	{'e', "endTime", func(s *workflow.Summary) int64 { return s.EndTime }},
	{'x', "executionTime", func(s *workflow.Summary) int64 {
		n, _ := search.Execution{Summary: s}.Field("executionTime").(int64)
		return n
	}},
	{'v', "version", func(s *workflow.Summary) int64 { return int64(s.Version) }},
	{'p', "priority", func(s *workflow.Summary) int64 { return int64(s.Priority) }},
	{hashPart, "", func(s *workflow.Summary) int64 { return hash(s.WorkflowID) }},
}

func numberOf(field string) (int, bool) {
	i := slices.IndexFunc(numberFields, func(f numberField) bool { return f.name == field })
	return i, i >= 0
}

// hash tells ids with the same start time apart.
func hash(id string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	return int64(h.Sum64())
}

// textField is a field whose texts have a column.
type textField struct {
	part byte
	name string
	many bool // of its values are looked for by equality: they have postings
	get  func(s *workflow.Summary) string
	list func(s *workflow.Summary) []string
	rest string // if set, what hardly any row differs from: a block that has nothing else has no column, and says so in its head
}

// text is the field of a row as a column holds it.
func (f textField) text(s *workflow.Summary) string {
	if f.list == nil {
		return f.get(s)
	}
	var out []byte
	for _, one := range f.list(s) {
		out = append(binary.AppendUvarint(out, uint64(len(one))), one...)
	}
	return string(out)
}

// value is what a text of the column stands for: itself, or a list.
func (f textField) value(text string) any {
	if f.list == nil {
		return text
	}
	return f.texts(text)
}

func (f textField) texts(text string) []string {
	var list []string
	for b := []byte(text); len(b) > 0; {
		n, k := binary.Uvarint(b)
		list = append(list, string(b[k:k+int(n)]))
		b = b[k+int(n):]
	}
	return list
}

var statusField = textField{part: 'S', name: "status", get: func(s *workflow.Summary) string { return string(s.Status) }}

var textFields = []textField{
	statusField,
	{part: 'T', name: "workflowType", get: func(s *workflow.Summary) string { return s.WorkflowType }},
	{part: 'I', name: "workflowId", get: func(s *workflow.Summary) string { return s.WorkflowID }},
	{part: 'C', name: "correlationId", many: true, get: func(s *workflow.Summary) string { return s.CorrelationID }},
	{part: 'P', name: "parentWorkflowId", many: true, get: func(s *workflow.Summary) string { return s.ParentWorkflowID }},
	{part: 'B', name: "createdBy", many: true, get: func(s *workflow.Summary) string { return s.CreatedBy }},
	{part: 'E', name: "event", many: true, get: func(s *workflow.Summary) string { return s.Event }},
	{part: 'R', name: "reasonForIncompletion", get: func(s *workflow.Summary) string { return s.ReasonForIncompletion }},
	{part: 'F', name: "failedReferenceTaskNames", list: func(s *workflow.Summary) []string { return s.FailedReferenceTaskNames }},
	{part: 'N', name: "failedTaskNames", list: func(s *workflow.Summary) []string { return s.FailedTaskNames }},
	{part: 'K', name: "classifier", rest: workflow.PlainClassifier, get: (*workflow.Summary).Kind},
}

func textOf(field string) (textField, bool) {
	i := slices.IndexFunc(textFields, func(f textField) bool { return f.name == field })
	if i < 0 {
		return textField{}, false
	}
	return textFields[i], true
}

// numbers is a column of numbers: the least one, and the distances from it in so many bytes each.
type numbers struct {
	least int64
	width int
	b     []byte
}

func encodeNumbers(values []int64) []byte {
	least, most := int64(math.MaxInt64), int64(math.MinInt64)
	for _, v := range values {
		least, most = min(least, v), max(most, v)
	}
	width := 8
	switch d := uint64(most) - uint64(least); {
	case d == 0:
		width = 0
	case d < 1<<8:
		width = 1
	case d < 1<<16:
		width = 2
	case d < 1<<32:
		width = 4
	}
	b := append(binary.LittleEndian.AppendUint64(nil, uint64(least)), byte(width))
	var one [8]byte
	for _, v := range values {
		binary.LittleEndian.PutUint64(one[:], uint64(v)-uint64(least))
		b = append(b, one[:width]...)
	}
	return b
}

func decodeNumbers(b []byte, rows int) (numbers, error) {
	if len(b) < 9 || len(b) != 9+rows*int(b[8]) {
		return numbers{}, errDamaged
	}
	return numbers{int64(binary.LittleEndian.Uint64(b)), int(b[8]), b[9:]}, nil
}

func (c numbers) at(i int) int64 {
	var d uint64
	switch c.width {
	case 1:
		d = uint64(c.b[i])
	case 2:
		d = uint64(binary.LittleEndian.Uint16(c.b[2*i:]))
	case 4:
		d = uint64(binary.LittleEndian.Uint32(c.b[4*i:]))
	case 8:
		d = binary.LittleEndian.Uint64(c.b[8*i:])
	}
	return int64(uint64(c.least) + d)
}

// words is a column of texts: the different ones, sorted, and which of them each row has.
type words struct {
	values []string
	width  int
	codes  []byte
}

func encodeWords(texts []string) []byte {
	values := slices.Clone(texts)
	slices.Sort(values)
	values = slices.Compact(values)
	b := binary.AppendUvarint(nil, uint64(len(values)))
	for _, v := range values {
		b = append(binary.AppendUvarint(b, uint64(len(v))), v...)
	}
	for _, t := range texts {
		code, _ := slices.BinarySearch(values, t)
		switch {
		case len(values) == 1:
		case len(values) <= 1<<8:
			b = append(b, byte(code))
		default:
			b = binary.LittleEndian.AppendUint16(b, uint16(code))
		}
	}
	return b
}

func decodeWords(b []byte, rows int) (words, error) {
	n, k := binary.Uvarint(b)
	if k <= 0 || n > uint64(rows) {
		return words{}, errDamaged
	}
	text, at := string(b), k
	w := words{values: make([]string, n)}
	for i := range w.values {
		size, k := binary.Uvarint(b[at:])
		if k <= 0 || uint64(len(b)-at-k) < size {
			return words{}, errDamaged
		}
		at += k
		w.values[i] = text[at : at+int(size)]
		at += int(size)
	}
	w.codes = b[at:]
	switch {
	case n <= 1:
	case n <= 1<<8:
		w.width = 1
	default:
		w.width = 2
	}
	if len(w.codes) != rows*w.width {
		return words{}, errDamaged
	}
	return w, nil
}

func (w words) code(i int) int {
	switch w.width {
	case 0:
		return 0
	case 1:
		return int(w.codes[i])
	}
	return int(binary.LittleEndian.Uint16(w.codes[2*i:]))
}

// code of a value, -1 if no row has it.
func (w words) find(value string) int {
	i := sort.SearchStrings(w.values, value)
	if i == len(w.values) || w.values[i] != value {
		return -1
	}
	return i
}
