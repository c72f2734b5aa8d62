package edge

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

const (
	keyRole = "key"
	// keyGraceDays is the shortest time that AWS keeps a key whose removal was asked for: a mistake can be taken back.
	keyGraceDays = 7
	logDays      = 30
)

func alias(cluster string) string { return "alias/" + plan.Prefix(cluster) }

// findKeys asks for the alias, and for the ids. When neither is there it looks through all keys, as one that was made without
// an answer has nothing but its tags.
func (d *Driver) findKeys(ctx context.Context, s converge.Scope, ids []string) ([]converge.Found, error) {
	var all []converge.Found
	seen := map[string]bool{}
	for _, id := range append([]string{alias(s.Cluster)}, ids...) {
		out, err := d.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(id)})
		if absent(err) != nil {
			return nil, err
		}
		if err == nil && !seen[aws.ToString(out.KeyMetadata.KeyId)] {
			seen[aws.ToString(out.KeyMetadata.KeyId)] = true
			all = append(all, foundKey(out.KeyMetadata)...)
		}
	}
	if len(seen) > 0 {
		return all, nil
	}
	return d.taggedKeys(ctx, s)
}

// foundKey leaves out a key that is on its way out, which takes a week.
func foundKey(k *types.KeyMetadata) []converge.Found {
	switch k.KeyState {
	case types.KeyStatePendingDeletion, types.KeyStatePendingReplicaDeletion:
		return nil
	case types.KeyStateCreating, types.KeyStateUpdating:
		return []converge.Found{{ID: aws.ToString(k.KeyId), Role: keyRole, State: converge.Working}}
	}
	return []converge.Found{{ID: aws.ToString(k.KeyId), Role: keyRole}}
}

func (d *Driver) taggedKeys(ctx context.Context, s converge.Scope) ([]converge.Found, error) {
	var all []converge.Found
	pages := kms.NewListKeysPaginator(d.kms, &kms.ListKeysInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, k := range page.Keys {
			mine, err := d.keyOf(ctx, s, k.KeyId)
			if err != nil {
				return nil, err
			}
			if !mine {
				continue
			}
			out, err := d.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: k.KeyId})
			if err != nil {
				return nil, err
			}
			all = append(all, foundKey(out.KeyMetadata)...)
		}
	}
	return all, nil
}

// keyOf reports whether the key bears the cluster's tag. Keys whose tags may not be read are not ours.
func (d *Driver) keyOf(ctx context.Context, s converge.Scope, id *string) (bool, error) {
	out, err := d.kms.ListResourceTags(ctx, &kms.ListResourceTagsInput{KeyId: id})
	if err != nil {
		if c := converge.Classify(err); c == converge.Access || c == converge.Missing {
			return false, nil
		}
		return false, err
	}
	for _, t := range out.Tags {
		if aws.ToString(t.TagKey) == plan.TagCluster && aws.ToString(t.TagValue) == s.Cluster {
			return true, nil
		}
	}
	return false, nil
}

func (d *Driver) createKey(ctx context.Context, r converge.Request) (converge.Found, error) {
	policy, err := d.keyPolicy()
	if err != nil {
		return converge.Found{}, err
	}
	out, err := d.kms.CreateKey(ctx, &kms.CreateKeyInput{
		Description: aws.String("Podium: all that cluster " + r.Cluster + " keeps"), Policy: aws.String(policy),
		Tags: tagged(d.tags(r.Scope, r.Role), func(k, v string) types.Tag {
			return types.Tag{TagKey: aws.String(k), TagValue: aws.String(v)}
		}),
	}, onceKey)
	if err != nil {
		return converge.Found{}, err
	}
	return converge.Found{ID: aws.ToString(out.KeyMetadata.KeyId)}, nil
}

// keyPolicy leaves the key to the account's policies, and lets the logs of the region be sealed with it.
func (d *Driver) keyPolicy() (string, error) {
	return document(
		statement{
			Sid: "Account", Effect: "Allow", Action: []string{"kms:*"}, Resource: []string{"*"},
			Principal: map[string]string{"AWS": d.arn("iam", "", "root")},
		},
		statement{
			Sid: "Logs", Effect: "Allow", Action: []string{"kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"},
			Resource: []string{"*"}, Principal: map[string]string{"Service": "logs." + d.AWS.Region + ".amazonaws.com"},
			Condition: map[string]map[string]string{"ArnLike": {"kms:EncryptionContext:aws:logs:arn": d.arn("logs", d.AWS.Region, "log-group:/podium/*")}},
		},
	)
}

func (d *Driver) settleKey(ctx context.Context, r converge.Request, f converge.Found) (bool, error) {
	_, err := d.kms.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: aws.String(alias(r.Cluster)), TargetKeyId: aws.String(f.ID)})
	if err != nil && converge.Classify(err) == converge.Exists {
		_, err = d.kms.UpdateAlias(ctx, &kms.UpdateAliasInput{AliasName: aws.String(alias(r.Cluster)), TargetKeyId: aws.String(f.ID)})
	}
	if err != nil {
		return false, err
	}
	_, err = d.kms.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: aws.String(f.ID)})
	return false, err
}

// removeKey gives the key back last of all, and not at once: AWS keeps it for a week.
func (d *Driver) removeKey(ctx context.Context, s converge.Scope, f converge.Found) error {
	_, err := d.kms.DeleteAlias(ctx, &kms.DeleteAliasInput{AliasName: aws.String(alias(s.Cluster))})
	if absent(err) != nil {
		return err
	}
	_, err = d.kms.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{
		KeyId: aws.String(f.ID), PendingWindowInDays: aws.Int32(keyGraceDays),
	})
	return err
}

// keyARN is the name of a key that services take which want the whole of it.
func (d *Driver) keyARN(id string) string { return d.arn("kms", d.AWS.Region, "key/"+id) }

// arn names something of the account.
func (d *Driver) arn(service, region, name string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", d.Partition, service, region, d.Account, name)
}

type statement struct {
	Sid       string                       `json:",omitempty"`
	Effect    string                       `json:""`
	Action    []string                     `json:""`
	Resource  []string                     `json:",omitempty"`
	Principal map[string]string            `json:",omitempty"`
	Condition map[string]map[string]string `json:",omitempty"`
}

// document is a policy of the statements, as AWS reads it.
func document(statements ...statement) (string, error) {
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
	return string(text), err
}

func logGroup(cluster string) string { return "/podium/" + plan.Prefix(cluster) }

func (d *Driver) findLogs(ctx context.Context, s converge.Scope, _ []string) ([]converge.Found, error) {
	out, err := d.logs.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String(logGroup(s.Cluster))})
	if err != nil {
		return nil, err
	}
	var all []converge.Found
	for _, g := range out.LogGroups {
		if aws.ToString(g.LogGroupName) == logGroup(s.Cluster) {
			all = append(all, converge.Found{ID: aws.ToString(g.LogGroupName), Role: "logs"})
		}
	}
	return all, nil
}

func (d *Driver) createLogs(ctx context.Context, r converge.Request) (converge.Found, error) {
	tags := map[string]string{}
	for _, t := range d.tags(r.Scope, r.Role) {
		tags[t[0]] = t[1]
	}
	name := logGroup(r.Cluster)
	_, err := d.logs.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{
		LogGroupName: aws.String(name), KmsKeyId: aws.String(d.keyARN(r.IDs["key"])), Tags: tags,
	})
	if err != nil && converge.Classify(err) != converge.Exists { // the name is the cluster's alone
		return converge.Found{}, err
	}
	return converge.Found{ID: name}, nil
}

func (d *Driver) settleLogs(ctx context.Context, _ converge.Request, f converge.Found) (bool, error) {
	_, err := d.logs.PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{
		LogGroupName: aws.String(f.ID), RetentionInDays: aws.Int32(logDays),
	})
	return false, err
}

func (d *Driver) removeLogs(ctx context.Context, _ converge.Scope, f converge.Found) error {
	_, err := d.logs.DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String(f.ID)})
	return err
}
