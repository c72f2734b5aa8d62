// Package payload is the seam to where payloads lie that are too large for the rows of an execution. file implements it over
// a folder; payloadtest is the suite that every implementation passes.
//
// A payload lies either with an execution, by whose id it is deleted, or among the uploads: what a client has put there to
// name it in a call, which copies it, and which is gone after a day.
package payload

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
)

// ErrNotFound says that there is no payload at a path.
var ErrNotFound = errors.New("no such payload")

// UploadLife is how long an upload is there for a call to name it.
const UploadLife = 24 * time.Hour

// Store keeps payloads by path. A path is made by [NewUpload] or [New]. All methods are safe for concurrent use.
type Store interface {
	// Put writes a payload; it is durable when Put returns.
	Put(ctx context.Context, path string, p []byte) error
	// Get reads a payload of at most so many bytes; ErrNotFound when there is none.
	Get(ctx context.Context, path string, most int) ([]byte, error)
	// Remove deletes all that lies with an execution; nothing there is no error.
	Remove(ctx context.Context, execution string) error
	// RemoveFolder deletes what lies in a folder that Folder names, as Remove does.
	RemoveFolder(ctx context.Context, folder string) error
	// Each calls f with the path of every payload that lies with an execution, in no order.
	Each(ctx context.Context, f func(path string) error) error
	// Expire deletes uploads that were made before a time.
	Expire(ctx context.Context, before time.Time) error
	// Locate returns the URL at which a client may write (or read) one path until a time. A URL that begins with a slash is
	// one of this server.
	Locate(ctx context.Context, path string, write bool, until time.Time) (string, error)
}

const (
	uploads   = "upload"
	extension = ".json"
)

// Clear deletes everything that lies with executions.
func Clear(ctx context.Context, s Store) error {
	folders := map[string]bool{}
	err := s.Each(ctx, func(path string) error {
		folders[path[:strings.LastIndexByte(path, '/')]] = true
		return nil
	})
	for folder := range folders {
		if err == nil {
			err = s.RemoveFolder(ctx, folder)
		}
	}
	return err
}

// NewUpload makes a path for a client's upload.
func NewUpload() string { return uploads + "/" + uuid.NewString() + extension }

// New makes a path that belongs to an execution.
func New(execution string) string {
	return Folder(execution) + "/" + uuid.NewString() + extension
}

// Folder is what the paths of an execution begin with. Ids may hold anything, so it is a hash.
func Folder(execution string) string {
	sum := sha256.Sum256([]byte(execution))
	return Executions + "/" + hex.EncodeToString(sum[:20])
}

// Executions is what the paths of all executions begin with.
const Executions = "run"

// Uploads is what the paths of uploads begin with.
const Uploads = uploads

// IsUpload reports whether a path is that of an upload.
func IsUpload(path string) bool { return strings.HasPrefix(path, uploads+"/") }

// Valid reports whether a path is one that New or NewUpload could have made.
func Valid(path string) bool {
	name, ok := strings.CutSuffix(path, extension)
	parts := strings.Split(name, "/")
	if !ok || uuid.Validate(parts[len(parts)-1]) != nil || len(parts[len(parts)-1]) != 36 {
		return false
	}
	switch {
	case len(parts) == 2:
		return parts[0] == uploads
	case len(parts) == 3:
		return parts[0] == Executions && parts[1] != "" && strings.Trim(parts[1], "0123456789abcdef") == ""
	}
	return false
}
