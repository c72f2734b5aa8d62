package embedded

import "github.com/cockroachdb/pebble/v2/vfs"

// ahead is how far, in bytes, a write-ahead log is filled with zeros before its records get there.
const ahead = 1 << 20

// logFS fills write-ahead logs with zeros ahead of their records. To sync a record that lies over bytes of the file is one
// write to the disk; to sync one that makes the file longer is several, one after the other, as the file's length and where
// its blocks are have to become durable too (space that is merely reserved does not help). Pebble uses its logs again for
// the same reason, but only from the fifth on. It takes zeros for the end of a log.
type logFS struct{ vfs.FS }

func (fs logFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.Create(name, category)
	if err != nil || category != "pebble-wal" {
		return f, err
	}
	return &logFile{File: f}, nil
}

// logFile is a log that is new.
type logFile struct {
	vfs.File
	written int64 // where the next record goes
	filled  int64 // the file's length
}

func (f *logFile) Write(p []byte) (int, error) {
	if end := f.written + int64(len(p)); end > f.filled {
		if _, err := f.WriteAt(make([]byte, ahead), end); err != nil {
			return 0, err
		}
		f.filled = end + ahead
	}
	n, err := f.File.Write(p)
	f.written += int64(n)
	return n, err
}
