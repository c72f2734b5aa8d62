package grpcapi_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	grpcmeta "google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/podium-cloud/podium/dataplane/internal/access/accesstest"
)

// TestRights calls every method as everybody and compares the answers with testdata/rights.txt (S-50).
func TestRights(t *testing.T) {
	gate, callers := accesstest.Everybody(t)
	s := newServer(t, nil, gate)
	go func() { // calls are counted, and nobody here looks
		for range s.counted {
		}
	}()
	var got bytes.Buffer
	fmt.Fprintf(&got, "%-75s", "method")
	for _, c := range callers {
		fmt.Fprintf(&got, " %9s", c.Name)
	}
	got.WriteByte('\n')
	for _, method := range slices.Sorted(maps.Keys(s.methods())) {
		fmt.Fprintf(&got, "%-75s", method)
		for _, c := range callers {
			ctx := grpcmeta.AppendToOutgoingContext(t.Context(), "x-authorization", c.Token)
			// The empty message is a request of every method, and an answer of every method is an empty message with fields that
			// it does not know.
			err := s.conn.Invoke(ctx, method, &emptypb.Empty{}, &emptypb.Empty{})
			outcome := "in"
			switch st := status.Convert(err); {
			case st.Code() == codes.Unauthenticated:
				outcome = "401"
			case st.Code() == codes.PermissionDenied:
				outcome = "403"
			case st.Code() == codes.Unimplemented:
				t.Errorf("%s is not served", method)
			}
			fmt.Fprintf(&got, " %9s", outcome)
		}
		got.WriteByte('\n')
	}
	const file = "testdata/rights.txt"
	if *write {
		if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got.Bytes()) {
		t.Errorf("who may do what has changed; if that is meant, run this test with -write and review the difference:\n%s", got.String())
	}
}

// methods are those of Conductor's services.
func (s *server) methods() map[string]bool {
	out := map[string]bool{}
	for service, info := range s.server.Services() {
		for _, m := range info.Methods {
			if strings.HasPrefix(service, "conductor.") {
				out["/"+service+"/"+m.Name] = true
			}
		}
	}
	return out
}
