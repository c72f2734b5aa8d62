// Package s3 keeps payloads in a bucket of Amazon S3, or of something that speaks its protocol. Clients write and read them
// there themselves, by presigned URLs. Only the cloud binary links it.
package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/podium-cloud/podium/dataplane/internal/payload"
)

// Store implements payload.Store.
type Store struct {
	client  *s3.Client
	presign *s3.PresignClient
	bucket  string
	prefix  string // of all keys; "" or ends with a slash
}

var _ payload.Store = (*Store)(nil)

// Open opens a bucket that is there, named by a URL: s3://BUCKET/PREFIX?region=REGION&endpoint=URL. Only the bucket is
// needed. Region and credentials come from where AWS's own tools take them (environment, files, the machine's role); an
// endpoint is for other servers than Amazon's.
func Open(ctx context.Context, text string) (*Store, error) {
	c, bucket, path, err := Locate(ctx, text)
	if err != nil {
		return nil, err
	}
	s := New(c, bucket, path)
	if _, err := s.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &s.bucket}); err != nil {
		return nil, fmt.Errorf("bucket %s: %w", s.bucket, err)
	}
	return s, nil
}

// Locate reads a URL as [Open] takes it: whom to call, the bucket, and the path in it. It makes no call.
func Locate(ctx context.Context, text string) (c aws.Config, bucket, path string, err error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "s3" || u.Host == "" {
		return c, "", "", fmt.Errorf("must be s3://BUCKET/PREFIX, not %q", text)
	}
	for name := range u.Query() {
		if name != "region" && name != "endpoint" {
			return c, "", "", fmt.Errorf("there is no parameter %q; there are region and endpoint", name)
		}
	}
	var options []func(*config.LoadOptions) error
	if region := u.Query().Get("region"); region != "" {
		options = append(options, config.WithRegion(region))
	}
	if endpoint := u.Query().Get("endpoint"); endpoint != "" {
		options = append(options, config.WithBaseEndpoint(endpoint))
	}
	if c, err = config.LoadDefaultConfig(ctx, options...); err != nil {
		return c, "", "", fmt.Errorf("configuration of AWS: %w", err)
	}
	return c, u.Host, strings.Trim(u.Path, "/"), nil
}

// New keeps payloads in a bucket, below a prefix.
func New(c aws.Config, bucket, prefix string) *Store {
	client := s3.NewFromConfig(c, func(o *s3.Options) {
		o.UsePathStyle = c.BaseEndpoint != nil // other servers have no names for buckets
		// Otherwise a presigned URL wants a checksum of what only its user knows.
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
	})
	if prefix = strings.Trim(prefix, "/"); prefix != "" {
		prefix += "/"
	}
	return &Store{client: client, presign: s3.NewPresignClient(client), bucket: bucket, prefix: prefix}
}

func (s *Store) key(path string) (*string, error) {
	if !payload.Kept(path) {
		return nil, fmt.Errorf("%q: %w", path, payload.ErrNotFound)
	}
	return new(s.prefix + path), nil
}

// Put implements payload.Store.
func (s *Store) Put(ctx context.Context, path string, p []byte) error {
	key, err := s.key(path)
	if err != nil {
		return err
	}
	kind := "application/json"
	if !payload.Valid(path) {
		kind = "application/gzip"
	}
	_, err = s.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &s.bucket, Key: key, Body: bytes.NewReader(p), ContentLength: new(int64(len(p))), ContentType: &kind,
	})
	if err != nil {
		return fmt.Errorf("write payload: %w", err)
	}
	return nil
}

// Get implements payload.Store.
func (s *Store) Get(ctx context.Context, path string, most int) ([]byte, error) {
	key, err := s.key(path)
	if err != nil {
		return nil, err
	}
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.bucket, Key: key})
	if _, missing := errors.AsType[*types.NoSuchKey](err); missing {
		return nil, fmt.Errorf("%s: %w", path, payload.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read payload: %w", err)
	}
	defer out.Body.Close()
	b, err := io.ReadAll(io.LimitReader(out.Body, int64(most)+1))
	if err != nil {
		return nil, fmt.Errorf("read payload: %w", err)
	}
	if len(b) > most {
		return nil, fmt.Errorf("the payload at %s is larger than %d bytes", path, most)
	}
	return b, nil
}

// Remove implements payload.Store.
func (s *Store) Remove(ctx context.Context, execution string) error {
	if err := s.remove(ctx, payload.Folder(execution)+"/", func(types.Object) bool { return true }); err != nil {
		return fmt.Errorf("remove payloads: %w", err)
	}
	return s.Delete(ctx, payload.Archive(execution))
}

// Delete implements payload.Store.
func (s *Store) Delete(ctx context.Context, path string) error {
	key, err := s.key(path)
	if err != nil {
		return err
	}
	if _, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: key}); err != nil {
		return fmt.Errorf("remove payload: %w", err)
	}
	return nil
}

// Each implements payload.Store.
func (s *Store) Each(ctx context.Context, f func(path string) error) error {
	for _, root := range payload.Roots() {
		pages := s3.NewListObjectsV2Paginator(s.client, &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: new(s.prefix + root)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return fmt.Errorf("list payloads: %w", err)
			}
			for _, o := range page.Contents {
				if path := strings.TrimPrefix(aws.ToString(o.Key), s.prefix); payload.Kept(path) {
					if err := f(path); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// Expire implements payload.Store.
func (s *Store) Expire(ctx context.Context, before time.Time) error {
	old := func(o types.Object) bool { return o.LastModified != nil && o.LastModified.Before(before) }
	if err := s.remove(ctx, payload.Uploads+"/", old); err != nil {
		return fmt.Errorf("remove uploads: %w", err)
	}
	return nil
}

// remove deletes the objects below a folder that match, a page of the list at a time.
func (s *Store) remove(ctx context.Context, folder string, match func(types.Object) bool) error {
	pages := s3.NewListObjectsV2Paginator(s.client, &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: new(s.prefix + folder)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		var gone []types.ObjectIdentifier
		for _, o := range page.Contents {
			if match(o) {
				gone = append(gone, types.ObjectIdentifier{Key: o.Key})
			}
		}
		if len(gone) == 0 {
			continue
		}
		out, err := s.client.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: &s.bucket, Delete: &types.Delete{Objects: gone, Quiet: new(true)}})
		if err != nil {
			return err
		}
		for _, e := range out.Errors {
			return fmt.Errorf("%s: %s", aws.ToString(e.Key), aws.ToString(e.Message))
		}
	}
	return nil
}

// Locate implements payload.Store. The URL is one of the bucket, so what goes there does not pass this server.
func (s *Store) Locate(ctx context.Context, path string, write bool, until time.Time) (string, error) {
	if !payload.Valid(path) {
		return "", fmt.Errorf("%q: %w", path, payload.ErrNotFound)
	}
	key, err := s.key(path)
	if err != nil {
		return "", err
	}
	life := s3.WithPresignExpires(time.Until(until))
	var signed string
	if write {
		r, e := s.presign.PresignPutObject(ctx, &s3.PutObjectInput{Bucket: &s.bucket, Key: key}, life)
		if err = e; err == nil {
			signed = r.URL
		}
	} else {
		r, e := s.presign.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: &s.bucket, Key: key}, life)
		if err = e; err == nil {
			signed = r.URL
		}
	}
	if err != nil {
		return "", fmt.Errorf("sign URL of payload: %w", err)
	}
	return signed, nil
}
