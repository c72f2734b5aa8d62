// Package payload is the seam to where payloads lie that are too large for the rows of an execution. file implements it over
// a folder; payloadtest is the suite that every implementation passes.
//
// A payload lies either with an execution, by whose id it is deleted, or among the uploads: what a client has put there to
// name it in a call, which copies it, and which is gone after a day. Beside them lie the archives of whole executions, one
// for each id, of which clients get no URL.
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

// Store keeps payloads by path. A path is made by [NewUpload], [New] or [Archive]. All methods are safe for concurrent use.
type Store interface {
	// Put writes a payload; it is durable when Put returns.
	Put(ctx context.Context, path string, p []byte) error
	// Get reads a payload of at most so many bytes; ErrNotFound when there is none.
	Get(ctx context.Context, path string, most int) ([]byte, error)
	// Remove deletes all that lies with an execution, its archive too; nothing there is no error.
	Remove(ctx context.Context, execution string) error
	// Delete deletes what is at a path; nothing there is no error.
	Delete(ctx context.Context, path string) error
	// Each calls f with the path of every payload and archive of an execution, in no order.
	Each(ctx context.Context, f func(path string) error) error
	// Expire deletes uploads that were made before a time.
	Expire(ctx context.Context, before time.Time) error
	// Locate returns the URL at which a client may write (or read) one path until a time. A URL that begins with a slash is
	// one of this server.
	Locate(ctx context.Context, path string, write bool, until time.Time) (string, error)
}

const (
	uploads    = "upload"
	executions = "run"
	archives   = "archive"
	extension  = ".json"
	archived   = ".json.gz"
)

// Clear deletes everything but uploads.
func Clear(ctx context.Context, s Store) error {
	var paths []string // what is listed must not change meanwhile
	err := s.Each(ctx, func(path string) error {
		paths = append(paths, path)
		return nil
	})
	for _, path := range paths {
		if err == nil {
			err = s.Delete(ctx, path)
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
	return executions + "/" + hex.EncodeToString(sum[:20])
}

// Roots are what the paths of everything but uploads begin with.
func Roots() []string { return []string{executions + "/", archives + "/"} }

// Archive is the path of an execution's archive: archive/HH/ID.json.gz, where HH is the beginning of the SHA-256 of the id in
// hexadecimal digits. An id that is not of ASCII letters, digits, - and _ is written as sha256.DIGITS, so that all paths are
// ones of files.
func Archive(execution string) string {
	sum := sha256.Sum256([]byte(execution))
	digits := hex.EncodeToString(sum[:])
	name := execution
	if !plain(name) {
		name = "sha256." + digits
	}
	return archives + "/" + digits[:2] + "/" + name + archived
}

// plain reports whether an id can be the name of a file.
func plain(id string) bool {
	for _, r := range id {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return false
		}
	}
	return id != "" && len(id) <= 128
}

// Kept reports whether a path is one that a store keeps something at: a Valid one, or that of an archive.
func Kept(path string) bool {
	if Valid(path) {
		return true
	}
	name, ok := strings.CutSuffix(path, archived)
	parts := strings.Split(name, "/")
	return ok && len(parts) == 3 && parts[0] == archives && len(parts[1]) == 2 && strings.Trim(parts[1], "0123456789abcdef") == "" &&
		plain(strings.TrimPrefix(parts[2], "sha256."))
}

// Uploads is what the paths of uploads begin with.
const Uploads = uploads

// Valid reports whether a path is one that New or NewUpload could have made, and that clients may name.
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
		return parts[0] == executions && parts[1] != "" && strings.Trim(parts[1], "0123456789abcdef") == ""
	}
	return false
}
