// Package bucket keeps files of exports in a bucket of Amazon S3, or of something that speaks its protocol. A file is there when all
// of it is. Only the cloud binary links it.
package bucket

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	payload "github.com/podium-cloud/podium/dataplane/internal/payload/s3"
)

const (
	// partBytes is what is held back in memory, a few times; S3 takes 10,000 parts of a file.
	partBytes = 16 << 20
	// TakenAt is the name of the metadata that say when writing began, as RFC 3339: nothing in the file is older than what was
	// there then.
	TakenAt = "taken-at"
)

// Files implements app.Files for URLs s3://BUCKET/KEY?region=REGION&endpoint=URL.
type Files struct{}

func locate(ctx context.Context, url string) (client *s3.Client, bucket, key *string, err error) {
	c, name, path, err := payload.Locate(ctx, url)
	if err == nil && path == "" {
		err = fmt.Errorf("must be s3://BUCKET/KEY, not %q", url)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	client = s3.NewFromConfig(c, func(o *s3.Options) {
		o.UsePathStyle = c.BaseEndpoint != nil // other servers have no names for buckets
	})
	return client, &name, &path, nil
}

// Write uploads in parts what fill writes. When it fails, the parts are given back.
func (Files) Write(ctx context.Context, url string, fill func(io.Writer) error) error {
	client, bucket, key, err := locate(ctx, url)
	if err != nil {
		return err
	}
	began := time.Now().UTC()
	content, out := io.Pipe()
	filled := make(chan error, 1)
	go func() {
		err := fill(out)
		out.CloseWithError(err)
		filled <- err
	}()
	_, err = transfermanager.New(client, func(o *transfermanager.Options) {
		o.PartSizeBytes, o.MultipartUploadThreshold = partBytes, partBytes
		o.FailTimeout = time.Minute // to give the parts back, though ctx has ended
	}).UploadObject(ctx, &transfermanager.UploadObjectInput{
		Bucket: bucket, Key: key, Body: content, Metadata: map[string]string{TakenAt: began.Format(time.RFC3339Nano)},
		ContentType: aws.String("application/octet-stream"),
	})
	_ = content.CloseWithError(err) // so that fill ends
	if cause := <-filled; cause != nil {
		err = cause
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", url, err)
	}
	return nil
}

// Open reads a file.
func (Files) Open(ctx context.Context, url string) (io.ReadCloser, error) {
	client, bucket, key, err := locate(ctx, url)
	if err != nil {
		return nil, err
	}
	out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", url, err)
	}
	return out.Body, nil
}
