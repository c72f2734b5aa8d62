package edge

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

const (
	oldVersionDays = 30
	stuckDays      = 7
	// firstRegion is the one whose name AWS does not want to hear when a bucket is made there.
	firstRegion = "us-east-1"
)

// bucket holds the account's number, as names of buckets are shared by the whole world.
func (d *Driver) bucket(cluster string) string { return plan.Prefix(cluster) + "-" + d.Account }

func (d *Driver) bucketARN(cluster string) string {
	return "arn:" + d.Partition + ":s3:::" + d.bucket(cluster)
}

func (d *Driver) findBuckets(ctx context.Context, s converge.Scope, _ []string) ([]converge.Found, error) {
	_, err := d.s3.HeadBucket(ctx, &s3.HeadBucketInput{
		Bucket: aws.String(d.bucket(s.Cluster)), ExpectedBucketOwner: aws.String(d.Account),
	})
	if err != nil {
		return nil, absent(err)
	}
	return []converge.Found{{ID: d.bucket(s.Cluster), Role: "bucket"}}, nil
}

func (d *Driver) createBucket(ctx context.Context, r converge.Request) (converge.Found, error) {
	in := &s3.CreateBucketInput{Bucket: aws.String(d.bucket(r.Cluster))}
	if d.AWS.Region != firstRegion {
		in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(d.AWS.Region)}
	}
	_, err := d.s3.CreateBucket(ctx, in)
	// Another code says that the name is taken by somebody else.
	if api, ok := errors.AsType[smithy.APIError](err); err != nil && (!ok || api.ErrorCode() != "BucketAlreadyOwnedByYou") {
		return converge.Found{}, err
	}
	return converge.Found{ID: d.bucket(r.Cluster)}, nil
}

// settleBucket lets nobody in from outside, seals what is kept, and forgets what was replaced after a while.
func (d *Driver) settleBucket(ctx context.Context, r converge.Request, f converge.Found) (bool, error) {
	name := aws.String(f.ID)
	if _, err := d.s3.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{Bucket: name, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
		BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true), IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
	}}); err != nil {
		return false, err
	}
	if _, err := d.s3.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: name, Tagging: &types.Tagging{
		TagSet: tagged(d.tags(r.Scope, r.Role), func(k, v string) types.Tag { return types.Tag{Key: aws.String(k), Value: aws.String(v)} }),
	}}); err != nil {
		return false, err
	}
	if _, err := d.s3.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{Bucket: name, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
		Rules: []types.ServerSideEncryptionRule{{
			BucketKeyEnabled: aws.Bool(true),
			ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{
				SSEAlgorithm: types.ServerSideEncryptionAwsKms, KMSMasterKeyID: aws.String(d.keyARN(r.IDs["key"])),
			},
		}},
	}}); err != nil {
		return false, err
	}
	if _, err := d.s3.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: name, VersioningConfiguration: &types.VersioningConfiguration{
		Status: types.BucketVersioningStatusEnabled,
	}}); err != nil {
		return false, err
	}
	_, err := d.s3.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{Bucket: name, LifecycleConfiguration: &types.BucketLifecycleConfiguration{
		Rules: []types.LifecycleRule{{
			ID: aws.String("old"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("")},
			NoncurrentVersionExpiration:    &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(oldVersionDays)},
			AbortIncompleteMultipartUpload: &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(stuckDays)},
		}},
	}})
	return false, err
}

// removeBucket empties the bucket first, of old versions and of uploads that never ended too. It takes a thousand at a time and
// goes on until ctx ends; the next pass takes the rest.
func (d *Driver) removeBucket(ctx context.Context, _ converge.Scope, f converge.Found) error {
	name := aws.String(f.ID)
	uploads := s3.NewListMultipartUploadsPaginator(d.s3, &s3.ListMultipartUploadsInput{Bucket: name})
	for uploads.HasMorePages() {
		page, err := uploads.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, u := range page.Uploads {
			_, err := d.s3.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: name, Key: u.Key, UploadId: u.UploadId})
			if absent(err) != nil {
				return err
			}
		}
	}
	versions := s3.NewListObjectVersionsPaginator(d.s3, &s3.ListObjectVersionsInput{Bucket: name})
	for versions.HasMorePages() {
		page, err := versions.NextPage(ctx)
		if err != nil {
			return err
		}
		if err := d.removeVersions(ctx, name, page); err != nil {
			return err
		}
	}
	_, err := d.s3.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: name})
	return err
}

func (d *Driver) removeVersions(ctx context.Context, bucket *string, page *s3.ListObjectVersionsOutput) error {
	var doomed []types.ObjectIdentifier
	for _, v := range page.Versions {
		doomed = append(doomed, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
	}
	for _, m := range page.DeleteMarkers {
		doomed = append(doomed, types.ObjectIdentifier{Key: m.Key, VersionId: m.VersionId})
	}
	if len(doomed) == 0 {
		return nil
	}
	out, err := d.s3.DeleteObjects(ctx, &s3.DeleteObjectsInput{
		Bucket: bucket, Delete: &types.Delete{Objects: doomed, Quiet: aws.Bool(true)},
	})
	if err != nil {
		return err
	}
	if len(out.Errors) > 0 {
		e := out.Errors[0]
		return &smithy.GenericAPIError{Code: aws.ToString(e.Code), Message: aws.ToString(e.Message)}
	}
	return nil
}
