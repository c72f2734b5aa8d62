// Package file keeps payloads as files of a folder. Clients reach them through the data plane itself, by URLs that are
// signed and expire.
package file

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/google/renameio/v2"

	"github.com/podium-cloud/podium/dataplane/internal/payload"
)

// Store is a folder.
type Store struct {
	dir string
	key []byte // signs URLs
}

// Open makes the folder when it is missing.
func Open(dir string) (*Store, error) {
	dir = filepath.Clean(dir)
	if err := os.MkdirAll(filepath.Join(dir, payload.Uploads), 0o700); err != nil {
		return nil, fmt.Errorf("payload folder: %w", err)
	}
	s := &Store{dir: dir}
	path := filepath.Join(dir, "url.key")
	key, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key = make([]byte, sha256.Size)
		_, _ = rand.Read(key) // never fails
		err = renameio.WriteFile(path, key, 0o600)
	}
	if err == nil && len(key) < sha256.Size {
		err = errors.New("it is damaged; delete it")
	}
	if err != nil {
		return nil, fmt.Errorf("key of payload URLs %s: %w", path, err)
	}
	s.key = key
	return s, nil
}

func (s *Store) file(path string) (string, error) {
	if !payload.Kept(path) {
		return "", fmt.Errorf("%q: %w", path, payload.ErrNotFound)
	}
	return filepath.Join(s.dir, filepath.FromSlash(path)), nil
}

// Put implements payload.Store.
func (s *Store) Put(_ context.Context, path string, p []byte) error {
	name, err := s.file(path)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return fmt.Errorf("write payload: %w", err)
	}
	if err := renameio.WriteFile(name, p, 0o600); err != nil {
		return fmt.Errorf("write payload: %w", err)
	}
	for dir := filepath.Dir(name); ; dir = filepath.Dir(dir) { // the name is durable when its folders are
		if err := syncFolder(dir); err != nil {
			return fmt.Errorf("write payload: %w", err)
		}
		if dir == s.dir {
			return nil
		}
	}
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Get implements payload.Store.
func (s *Store) Get(_ context.Context, path string, most int) ([]byte, error) {
	f, err := s.Read(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	b, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err != nil {
		return nil, fmt.Errorf("read payload: %w", err)
	}
	if len(b) > most {
		return nil, fmt.Errorf("the payload at %s is larger than %d bytes", path, most)
	}
	return b, nil
}

// Read opens a payload for a client that has a URL.
func (s *Store) Read(path string) (*os.File, error) {
	name, err := s.file(path)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", path, payload.ErrNotFound)
	}
	return f, err
}

// Write takes a payload of a client that has a URL. It is there as a whole, or not at all.
func (s *Store) Write(path string, from io.Reader) error {
	name, err := s.file(path)
	if err != nil {
		return err
	}
	f, err := renameio.NewPendingFile(name, renameio.WithPermissions(0o600))
	if err != nil {
		return fmt.Errorf("write payload: %w", err)
	}
	defer f.Cleanup() //nolint:errcheck // nothing is left to clean up after a success
	if _, err := io.Copy(f, from); err != nil {
		return fmt.Errorf("take payload: %w", err)
	}
	if err := f.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("write payload: %w", err)
	}
	return nil
}

// Remove implements payload.Store.
func (s *Store) Remove(ctx context.Context, execution string) error {
	if err := os.RemoveAll(filepath.Join(s.dir, filepath.FromSlash(payload.Folder(execution)))); err != nil {
		return fmt.Errorf("remove payloads: %w", err)
	}
	return s.Delete(ctx, payload.Archive(execution))
}

// Delete implements payload.Store.
func (s *Store) Delete(_ context.Context, path string) error {
	name, err := s.file(path)
	if err != nil {
		return err
	}
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove payload: %w", err)
	}
	return nil
}

// Each implements payload.Store.
func (s *Store) Each(ctx context.Context, f func(path string) error) error {
	for _, root := range payload.Roots() {
		err := filepath.WalkDir(filepath.Join(s.dir, root), func(name string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // removed with its execution, or there never was any
			}
			if err != nil || d.IsDir() {
				return errors.Join(err, ctx.Err())
			}
			path, err := filepath.Rel(s.dir, name)
			if path = filepath.ToSlash(path); err != nil || !payload.Kept(path) {
				return err // one that is being written
			}
			return f(path)
		})
		if err != nil {
			return fmt.Errorf("list payloads: %w", err)
		}
	}
	return nil
}

// Expire implements payload.Store.
func (s *Store) Expire(ctx context.Context, before time.Time) error {
	dir := filepath.Join(s.dir, payload.Uploads)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("list uploads: %w", err)
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil || !info.ModTime().Before(before) {
			continue // gone, or not yet
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove upload: %w", err)
		}
	}
	return nil
}

// Prefix is what the paths of URLs begin with.
const Prefix = "/api/payload/"

// Locate implements payload.Store.
func (s *Store) Locate(_ context.Context, path string, write bool, until time.Time) (string, error) {
	if !payload.Valid(path) {
		return "", fmt.Errorf("%q: %w", path, payload.ErrNotFound)
	}
	end := strconv.FormatInt(until.Unix(), 10)
	q := url.Values{"until": {end}, "signature": {s.sign(path, write, end)}}
	return Prefix + path + "?" + q.Encode(), nil
}

func (s *Store) sign(path string, write bool, until string) string {
	mac := hmac.New(sha256.New, s.key)
	fmt.Fprintf(mac, "%t\n%s\n%s", write, path, until)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Check reports whether a URL that Locate made allows a client to write (or read) a path now.
func (s *Store) Check(path string, write bool, q url.Values, now time.Time) bool {
	until, err := strconv.ParseInt(q.Get("until"), 10, 64)
	return err == nil && now.Unix() < until && hmac.Equal([]byte(q.Get("signature")), []byte(s.sign(path, write, q.Get("until"))))
}
