package edge

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

// Copies outlive their clusters, so they lie in a bucket of the installation's own in each region, by organization and cluster:
// ORGANIZATION/CLUSTER/NAME.podium. Each is sealed to a key of its own, that AWS never sees.

// takenAt is the name of the metadata in which the data plane says as of when a copy is.
const takenAt = "taken-at"

const copySuffix = ".podium"

// Copy is a copy that is complete.
type Copy struct {
	Name  string
	At    time.Time
	Bytes int64
}

// vault is the name of the bucket, up to the region.
func (d *Driver) vault() string {
	sum := sha256.Sum256([]byte(d.Installation))
	return "podium-copies-" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:8])) + "-" + d.Account + "-"
}

func (d *Driver) copies() *string { return aws.String(d.vault() + d.AWS.Region) }

func copyKey(s converge.Scope, name string) *string {
	return aws.String(copiesOf(s) + name + copySuffix)
}

func copiesOf(s converge.Scope) string { return s.Organization + "/" + s.Cluster + "/" }

// mayCopy lets containers of a cluster write its copies, and read those of its organization in any region.
func (d *Driver) mayCopy(cluster, organization string) []statement {
	all := "arn:" + d.Partition + ":s3:::" + d.vault() + "*/" + organization + "/"
	return []statement{
		{Sid: "Write", Effect: "Allow", Action: []string{"s3:PutObject", "s3:AbortMultipartUpload"}, Resource: []string{all + cluster + "/*"}},
		{Sid: "Read", Effect: "Allow", Action: []string{"s3:GetObject"}, Resource: []string{all + "*"}},
	}
}

// CopyURL names a copy as the data plane reads it.
func (d *Driver) CopyURL(s converge.Scope, name string) string {
	return d.s3URL(*d.copies(), *copyKey(s, name))
}

// EnsureVault makes the bucket of copies, which nobody reaches from outside.
func (d *Driver) EnsureVault(ctx context.Context) error {
	in := &s3.CreateBucketInput{Bucket: d.copies()}
	if d.AWS.Region != firstRegion {
		in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(d.AWS.Region)}
	}
	_, err := d.s3.CreateBucket(ctx, in)
	if api, ok := errors.AsType[smithy.APIError](err); err != nil && (!ok || api.ErrorCode() != "BucketAlreadyOwnedByYou") {
		return err
	}
	_, err = d.s3.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{Bucket: d.copies(), PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
		BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true), IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
	}})
	if err != nil {
		return err
	}
	_, err = d.s3.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: d.copies(), Tagging: &types.Tagging{TagSet: []types.Tag{
		{Key: aws.String("Name"), Value: d.copies()}, {Key: aws.String(plan.TagInstallation), Value: aws.String(d.Installation)},
	}}})
	if err != nil {
		return err
	}
	_, err = d.s3.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
		Bucket: d.copies(), LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{{
			ID: aws.String("stuck"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("")},
			AbortIncompleteMultipartUpload: &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(stuckDays)},
		}}},
	})
	return err
}

// FindCopy looks for a copy; nil when there is none.
func (d *Driver) FindCopy(ctx context.Context, s converge.Scope, name string) (*Copy, error) {
	out, err := d.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: d.copies(), Key: copyKey(s, name), ExpectedBucketOwner: aws.String(d.Account)})
	if err != nil {
		return nil, absent(err)
	}
	at, err := time.Parse(time.RFC3339Nano, out.Metadata[takenAt])
	if err != nil {
		at = aws.ToTime(out.LastModified)
	}
	return &Copy{Name: name, At: at.UTC(), Bytes: aws.ToInt64(out.ContentLength)}, nil
}

// ListCopies lists the copies of a cluster.
func (d *Driver) ListCopies(ctx context.Context, s converge.Scope) ([]string, error) {
	var all []string
	pages := s3.NewListObjectsV2Paginator(d.s3, &s3.ListObjectsV2Input{Bucket: d.copies(), Prefix: aws.String(copiesOf(s))})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return all, absent(err)
		}
		for _, o := range page.Contents {
			all = append(all, strings.TrimSuffix(strings.TrimPrefix(aws.ToString(o.Key), copiesOf(s)), copySuffix))
		}
	}
	return all, nil
}

// ErrNoCopy is the error of a copy that is not there.
var ErrNoCopy = errors.New("there is no such copy")

// OpenCopy reads a copy. The caller closes it.
func (d *Driver) OpenCopy(ctx context.Context, s converge.Scope, name string) (io.ReadCloser, error) {
	out, err := d.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: d.copies(), Key: copyKey(s, name), ExpectedBucketOwner: aws.String(d.Account)})
	if err != nil {
		if absent(err) == nil {
			return nil, fmt.Errorf("%s: %w", name, ErrNoCopy)
		}
		return nil, err
	}
	return out.Body, nil
}

// RemoveCopy deletes a copy, and what attempts at it have left.
func (d *Driver) RemoveCopy(ctx context.Context, s converge.Scope, name string) error {
	uploads := s3.NewListMultipartUploadsPaginator(d.s3, &s3.ListMultipartUploadsInput{Bucket: d.copies(), Prefix: copyKey(s, name)})
	for uploads.HasMorePages() {
		page, err := uploads.NextPage(ctx)
		if err != nil {
			return absent(err)
		}
		for _, u := range page.Uploads {
			_, err := d.s3.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: d.copies(), Key: u.Key, UploadId: u.UploadId})
			if absent(err) != nil {
				return err
			}
		}
	}
	_, err := d.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: d.copies(), Key: copyKey(s, name)})
	return absent(err)
}
