// Package id makes identifiers: a prefix that tells the kind, and 128 bits that sort by time of making.
package id

import (
	"encoding/hex"
	"fmt"

	"github.com/google/uuid"
)

// New returns for instance "clu_0192f8c1a6c47f3d8a5be2f0c9d1e3a7". The characters are safe in paths, URLs and file names.
func New(prefix string) string {
	u, err := uuid.NewV7()
	if err != nil {
		panic(fmt.Sprintf("id: no randomness: %v", err)) // crypto/rand does not fail on supported systems
	}
	return prefix + "_" + hex.EncodeToString(u[:])
}
