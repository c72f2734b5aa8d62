package envelope

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// KMS leaves the key-encryption key to AWS. What is wrapped is bound to its organization by the encryption context, which
// also appears in AWS's own log of who used the key.
type KMS struct {
	client *kms.Client
	key    string
}

// NewKMS wraps with a key, named by its id, ARN or alias.
func NewKMS(c aws.Config, key string) *KMS { return &KMS{kms.NewFromConfig(c), key} }

func encryptionContext(organization string) map[string]string {
	return map[string]string{"podium:organization": organization}
}

// Wrap implements [Wrapper].
func (k *KMS) Wrap(ctx context.Context, organization string, dataKey []byte) ([]byte, string, error) {
	out, err := k.client.Encrypt(ctx, &kms.EncryptInput{
		KeyId: &k.key, Plaintext: dataKey, EncryptionContext: encryptionContext(organization),
	})
	if err != nil {
		return nil, "", fmt.Errorf("aws kms: %w", err)
	}
	return out.CiphertextBlob, aws.ToString(out.KeyId), nil
}

// Unwrap implements [Wrapper].
func (k *KMS) Unwrap(ctx context.Context, organization string, wrapped []byte, keyID string) ([]byte, error) {
	out, err := k.client.Decrypt(ctx, &kms.DecryptInput{
		KeyId: &keyID, CiphertextBlob: wrapped, EncryptionContext: encryptionContext(organization),
	})
	if err != nil {
		return nil, fmt.Errorf("aws kms: %w", err)
	}
	return out.Plaintext, nil
}
