package grpcapi_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/podium-cloud/podium/dataplane/proto/events"
	"github.com/podium-cloud/podium/dataplane/proto/metadata"
	"github.com/podium-cloud/podium/dataplane/proto/model"
	"github.com/podium-cloud/podium/dataplane/proto/search"
	"github.com/podium-cloud/podium/dataplane/proto/tasks"
	"github.com/podium-cloud/podium/dataplane/proto/workflows"
)

var write = flag.Bool("write", false, "write the files of testdata anew")

// TestContract_IsWhatClientsWereBuiltWith compares every name, number and type with what went out before: a client that exists
// cannot follow a change.
func TestContract_IsWhatClientsWereBuiltWith(t *testing.T) {
	var lines []string
	for _, f := range []protoreflect.FileDescriptor{
		model.File_conductor_model_proto, search.File_conductor_search_proto, tasks.File_conductor_tasks_proto,
		workflows.File_conductor_workflows_proto, metadata.File_conductor_metadata_proto, events.File_conductor_events_proto,
	} {
		lines = append(lines, describeMessages(f.Messages())...)
		for i := range f.Services().Len() {
			methods := f.Services().Get(i).Methods()
			for i := range methods.Len() {
				m := methods.Get(i)
				stream := ""
				if m.IsStreamingServer() {
					stream = "stream "
				}
				lines = append(lines, fmt.Sprintf("%s(%s) %s%s", m.FullName(), m.Input().FullName(), stream, m.Output().FullName()))
			}
		}
	}
	slices.Sort(lines)
	got := strings.Join(lines, "\n") + "\n"
	const path = "testdata/contract.txt"
	if *write {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSpace(string(b)), "\n")
	for _, l := range want {
		if !slices.Contains(lines, l) {
			t.Errorf("gone: %s", l)
		}
	}
	for _, l := range lines {
		if !slices.Contains(want, l) {
			t.Errorf("new: %s", l)
		}
	}
}

func describeMessages(messages protoreflect.MessageDescriptors) []string {
	var out []string
	for i := range messages.Len() {
		m := messages.Get(i)
		if m.IsMapEntry() {
			continue
		}
		for i := range m.Fields().Len() {
			f := m.Fields().Get(i)
			out = append(out, fmt.Sprintf("%s = %d %s", f.FullName(), f.Number(), typeOf(f)))
		}
		for i := range m.Enums().Len() {
			e := m.Enums().Get(i)
			for i := range e.Values().Len() {
				v := e.Values().Get(i)
				out = append(out, fmt.Sprintf("%s.%s = %d", e.FullName(), v.Name(), v.Number()))
			}
		}
		out = append(out, describeMessages(m.Messages())...)
	}
	return out
}

func typeOf(f protoreflect.FieldDescriptor) string {
	switch {
	case f.IsMap():
		return "map of " + typeOf(f.MapValue())
	case f.Message() != nil:
		return f.Cardinality().String() + " " + string(f.Message().FullName())
	case f.Enum() != nil:
		return f.Cardinality().String() + " " + string(f.Enum().FullName())
	default:
		return f.Cardinality().String() + " " + f.Kind().String()
	}
}
