package edge

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

// Keys of the JSON objects that secrets hold. Containers are given single values of them.
const (
	secretPassword   = "password"    // of the database, or token of the cache
	secretURL        = "url"         // of the database or the cache, with the password in it
	secretSealing    = "sealing"     // what nodes seal secrets with, base64
	secretSigning    = "signing"     // what nodes sign tokens with, PEM
	secretJoinToken  = "token"       // what the control plane has handed over
	databaseUser     = "podium"      //
	databaseName     = "podium"      //
	sealingKeyLength = 32            // bytes
	keyBlock         = "PRIVATE KEY" // of PKCS #8
)

func secretPrefix(cluster string) string { return "podium/" + plan.Prefix(cluster) + "/" }

func (d *Driver) findSecrets(ctx context.Context, s converge.Scope, ids []string) ([]converge.Found, error) {
	var all []converge.Found
	pages := secretsmanager.NewListSecretsPaginator(d.secrets, &secretsmanager.ListSecretsInput{
		Filters: []types.Filter{{Key: types.FilterNameStringTypeName, Values: []string{secretPrefix(s.Cluster)}}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, v := range page.SecretList {
			if v.DeletedDate == nil {
				all = append(all, foundSecret(s, aws.ToString(v.ARN), aws.ToString(v.Name)))
			}
		}
	}
	for _, id := range missing(ids, all) { // lists are slower than looks
		out, err := d.secrets.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: aws.String(id)})
		if absent(err) != nil {
			return nil, err
		}
		if err == nil && out.DeletedDate == nil {
			all = append(all, foundSecret(s, id, aws.ToString(out.Name)))
		}
	}
	return all, nil
}

func foundSecret(s converge.Scope, arn, name string) converge.Found {
	f := converge.Found{ID: arn}
	if prefix := secretPrefix(s.Cluster); len(name) > len(prefix) {
		f.Role = name[len(prefix):]
	}
	return f
}

func (d *Driver) createSecret(ctx context.Context, r converge.Request) (converge.Found, error) {
	content, err := newContent(r)
	if err != nil {
		return converge.Found{}, err
	}
	name := aws.String(secretPrefix(r.Cluster) + r.Role)
	out, err := d.secrets.CreateSecret(ctx, &secretsmanager.CreateSecretInput{
		Name: name, SecretString: aws.String(content), KmsKeyId: aws.String(d.keyARN(r.IDs["key"])),
		Tags: tagged(d.tags(r.Scope, r.Role), func(k, v string) types.Tag { return types.Tag{Key: aws.String(k), Value: aws.String(v)} }),
	})
	if err == nil {
		return converge.Found{ID: aws.ToString(out.ARN)}, nil
	}
	if converge.Classify(err) != converge.Exists { // the name is the cluster's alone
		return converge.Found{}, err
	}
	is, err := d.secrets.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: name})
	if err != nil {
		return converge.Found{}, err
	}
	return converge.Found{ID: aws.ToString(is.ARN)}, nil
}

// newContent makes up what a new secret holds.
func newContent(r converge.Request) (string, error) {
	s, err := settings[plan.SecretSettings](r)
	if err != nil {
		return "", err
	}
	content := map[string]string{}
	switch s.Content {
	case plan.DatabaseLogin, plan.CacheLogin:
		content[secretPassword] = rand.Text() + rand.Text() // letters and digits: AWS refuses some signs
	case plan.NodeKeys:
		key := make([]byte, sealingKeyLength)
		_, _ = rand.Read(key)
		content[secretSealing] = base64.StdEncoding.EncodeToString(key)
		_, signing, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return "", fmt.Errorf("make a signing key: %w", err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(signing)
		if err != nil {
			return "", fmt.Errorf("make a signing key: %w", err)
		}
		content[secretSigning] = string(pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: der}))
	case plan.JoinToken, plan.CopyKey:
		content[secretJoinToken] = r.Secret
	}
	text, err := json.Marshal(content)
	return string(text), err
}

// settleSecret writes what was handed in. What was made up stays.
func (d *Driver) settleSecret(ctx context.Context, r converge.Request, f converge.Found) (bool, error) {
	if r.Secret == "" {
		return false, nil
	}
	return false, d.setSecret(ctx, f.ID, map[string]string{secretJoinToken: r.Secret})
}

func (d *Driver) secret(ctx context.Context, arn string) (map[string]string, error) {
	out, err := d.secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(arn)})
	if err != nil {
		return nil, err
	}
	content := map[string]string{}
	if err := json.Unmarshal([]byte(aws.ToString(out.SecretString)), &content); err != nil {
		return nil, errors.New("a secret does not hold what it should") // without the cause, which may quote it
	}
	return content, nil
}

// setSecret writes a content, once: the same content is the same version.
func (d *Driver) setSecret(ctx context.Context, arn string, content map[string]string) error {
	text, err := json.Marshal(content)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	_, err = d.secrets.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{
		SecretId: aws.String(arn), SecretString: aws.String(string(text)), ClientRequestToken: aws.String(hex.EncodeToString(sum[:])),
	})
	return err
}

// removeSecret leaves nothing to recover: its name must be free for the next node, and the cluster's key goes anyway.
func (d *Driver) removeSecret(ctx context.Context, _ converge.Scope, f converge.Found) error {
	_, err := d.secrets.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{
		SecretId: aws.String(f.ID), ForceDeleteWithoutRecovery: aws.Bool(true),
	})
	return err
}
