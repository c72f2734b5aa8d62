package bucket_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/podium-cloud/podium/dataplane/internal/transfer/bucket"
	"github.com/podium-cloud/podium/provisioner/aws/mototest"
)

// TestFiles: large and small ones come back as they were, and nothing is seen of one that failed.
func TestFiles(t *testing.T) {
	moto := mototest.Start(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
	config := moto.Config("us-east-1")
	client := s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true })
	name := "copies"
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name}); err != nil {
		t.Fatal(err)
	}
	url := func(key string) string { return "s3://copies/org/" + key + "?region=us-east-1&endpoint=" + moto.URL }
	var files bucket.Files
	random := rand.NewChaCha8([32]byte{})
	for key, size := range map[string]int{"small": 10, "large": 40 << 20} {
		content := make([]byte, size)
		_, _ = random.Read(content)
		err := files.Write(t.Context(), url(key), func(w io.Writer) error {
			for part := range slices.Chunk(content, 1<<20) {
				if _, err := w.Write(part); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		in, err := files.Open(t.Context(), url(key))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(in); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes came back of %d, %v", key, len(got), size, err)
		}
		_ = in.Close()
		key = "org/" + key
		head, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &name, Key: &key})
		if err != nil || head.Metadata[bucket.TakenAt] == "" {
			t.Errorf("%s: %v, %v", key, head, err)
		}
	}

	broken := errors.New("the disk is gone")
	for _, before := range []int{0, 100, 40 << 20} {
		err := files.Write(t.Context(), url("half"), func(w io.Writer) error {
			if _, err := io.Copy(w, io.LimitReader(random, int64(before))); err != nil {
				return err
			}
			return fmt.Errorf("export: %w", broken)
		})
		if !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v", before, err)
		}
		if _, err := files.Open(t.Context(), url("half")); err == nil {
			t.Errorf("after %d bytes half a file is there", before)
		}
	}
	left, err := client.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: &name})
	if err != nil || len(left.Uploads) > 0 {
		t.Errorf("parts are left: %v, %v", left, err)
	}
	for _, wrong := range []string{"s3://copies", "s3://copies/", "s3:///x", "s3://copies/x?a=b"} {
		if err := files.Write(t.Context(), wrong, nil); err == nil || !strings.Contains(err.Error(), "parameter") && !strings.Contains(err.Error(), "must be") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}
