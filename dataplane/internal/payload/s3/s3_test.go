package s3_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/payload"
	"github.com/podium-cloud/podium/dataplane/internal/payload/payloadtest"
	"github.com/podium-cloud/podium/dataplane/internal/payload/s3"
	"github.com/podium-cloud/podium/dataplane/workflow"
	"github.com/podium-cloud/podium/provisioner/aws/mototest"
)

// open opens a new bucket by its URL, as --payload-store does.
func open(t *testing.T) *s3.Store {
	t.Helper()
	server := mototest.Start(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	client := awss3.NewFromConfig(server.Config("us-east-1"), func(o *awss3.Options) { o.UsePathStyle = true })
	if _, err := client.CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: aws.String("payloads")}); err != nil {
		t.Fatal(err)
	}
	s, err := s3.Open(t.Context(), "s3://payloads/one/cluster?region=us-east-1&endpoint="+url.QueryEscape(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s3.Open(t.Context(), "s3://nowhere?region=us-east-1&endpoint="+url.QueryEscape(server.URL)); err == nil {
		t.Error("a bucket that is not there was opened")
	}
	return s
}

func TestSuite(t *testing.T) { payloadtest.Run(t, open(t)) }

// TestURLs does what SDKs do: PUT and GET without any header of their own, and by nothing but the URL.
func TestURLs(t *testing.T) {
	s := open(t)
	path, until := payload.NewUpload(), time.Now().Add(time.Minute)
	call := func(method, target, body string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(b)
	}
	write, err := s.Locate(t.Context(), path, true, until)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"X-Amz-Signature=", "X-Amz-Expires=", "X-Amz-SignedHeaders=host&"} {
		if !strings.Contains(write, part) {
			t.Errorf("%s lacks %s", write, part)
		}
	}
	if strings.Contains(strings.ToLower(write), "checksum") {
		t.Errorf("the URL wants a checksum: %s", write)
	}
	if status, body := call(http.MethodPut, write, `{"a":1}`); status != http.StatusOK {
		t.Fatalf("PUT: %d %s", status, body)
	}
	read, err := s.Locate(t.Context(), path, false, until)
	if err != nil {
		t.Fatal(err)
	}
	if status, body := call(http.MethodGet, read, ""); status != http.StatusOK || body != `{"a":1}` {
		t.Errorf("GET: %d %s", status, body)
	}
}

// TestEngine runs a workflow whose input comes from the bucket and whose output is too large for a row.
func TestEngine(t *testing.T) {
	s := open(t)
	e, err := engine.Open(t.Context(), engine.Config{Payloads: engine.Payloads{Store: s, Threshold: 100}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	def := &workflow.Def{}
	if err := def.UnmarshalJSON([]byte(`{"name":"wf","tasks":[{"name":"j","taskReferenceName":"j","type":"JSON_JQ_TRANSFORM",
		"inputParameters":{"queryExpression":".text + .text","text":"${workflow.input.text}"}}]}`)); err != nil {
		t.Fatal(err)
	}
	if err := e.PutWorkflowDef(t.Context(), def, true); err != nil {
		t.Fatal(err)
	}
	where, err := e.PayloadLocation(t.Context(), "", true)
	if err != nil || !strings.HasPrefix(where.URI, "http") {
		t.Fatalf("%+v, %v", where, err)
	}
	text := strings.Repeat("x", 1000)
	if err := s.Put(t.Context(), where.Path, fmt.Appendf(nil, `{"text":%q}`, text)); err != nil {
		t.Fatal(err)
	}
	id, err := e.Start(t.Context(), &workflow.StartRequest{Name: "wf", ExternalInputPayloadStoragePath: where.Path})
	if err != nil {
		t.Fatal(err)
	}
	done, err := e.Await(t.Context(), id, nil, time.Minute)
	if err != nil || done.Execution.Status != workflow.Completed {
		t.Fatalf("%+v, %v", done, err)
	}
	x, err := e.Execution(t.Context(), id, true)
	if err != nil || x.ExternalOutputPayloadStoragePath == "" {
		t.Fatalf("the output is not outside: %+v, %v", x, err)
	}
	out, err := s.Get(t.Context(), x.ExternalOutputPayloadStoragePath, 1<<20)
	if err != nil || !strings.Contains(string(out), text+text) {
		t.Errorf("output %.100s, %v", out, err)
	}
	def.Metadata = map[string]any{"archive": true}
	if err := e.PutWorkflowDef(t.Context(), def, true); err != nil {
		t.Fatal(err)
	}
	if err := e.Remove(t.Context(), id, true); err != nil {
		t.Fatal(err)
	}
	page, err := e.Search(t.Context(), engine.Search{})
	if err != nil || page.Total != 0 {
		t.Errorf("it is in the store: %+v, %v", page, err)
	}
	if archived, err := e.Execution(t.Context(), id, true); err != nil || len(archived.Tasks) != 1 || archived.ExternalOutputPayloadStoragePath != x.ExternalOutputPayloadStoragePath {
		t.Errorf("the archive says %+v, %v", archived, err)
	}
	if err := e.Remove(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{x.ExternalOutputPayloadStoragePath, payload.Archive(id)} {
		if _, err := s.Get(t.Context(), path, 1<<20); !errors.Is(err, payload.ErrNotFound) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestOpen_TellsWhatIsWrong(t *testing.T) {
	for _, text := range []string{"", "payloads", "https://payloads", "s3://", "s3://payloads?zone=a"} {
		if _, err := s3.Open(t.Context(), text); err == nil {
			t.Errorf("%q was opened", text)
		}
	}
}
