package transfer

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
)

// A record is a byte for its kind, the number of its parts, and the parts, each behind its length. Numbers are unsigned
// varints.

var errDamaged = errors.New("the file is damaged")

const (
	maxParts = 1 << 24
	maxPart  = 1 << 30 // bytes
)

// writer writes records and sums them up.
type writer struct {
	to  *bufio.Writer
	sum hash.Hash
	buf []byte
}

func newWriter(to io.Writer) *writer { return &writer{to: bufio.NewWriter(to), sum: sha256.New()} }

func (w *writer) write(kind byte, parts ...[]byte) error {
	w.buf = binary.AppendUvarint(append(w.buf[:0], kind), uint64(len(parts)))
	for _, p := range parts {
		w.buf = binary.AppendUvarint(w.buf, uint64(len(p)))
		w.buf = append(w.buf, p...)
	}
	w.sum.Write(w.buf) //nolint:errcheck // a hash never fails
	_, err := w.to.Write(w.buf)
	return err
}

// finish writes the last record.
func (w *writer) finish(n Counts) error {
	counts, err := json.Marshal(n)
	if err != nil {
		return err
	}
	if err := w.write(end, counts, w.sum.Sum(nil)); err != nil {
		return err
	}
	return w.to.Flush()
}

// reader reads records and sums them up.
type reader struct {
	from *bufio.Reader
	sum  hash.Hash
	buf  []byte // the record as it was read, to be summed up
}

func newReader(from io.Reader) *reader {
	return &reader{from: bufio.NewReader(from), sum: sha256.New()}
}

// next returns a record. The last one has been compared with the records before; what follows it is an error.
func (r *reader) next() (kind byte, parts [][]byte, err error) {
	before := r.sum.Sum(nil)
	r.buf = r.buf[:0]
	kind, parts, err = r.read()
	if err != nil {
		return 0, nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	r.sum.Write(r.buf) //nolint:errcheck // a hash never fails
	if kind != end {
		return kind, parts, nil
	}
	if len(parts) != 2 || !bytes.Equal(parts[1], before) {
		return 0, nil, fmt.Errorf("%w: its checksum is another", errDamaged)
	}
	if _, err := r.from.ReadByte(); !errors.Is(err, io.EOF) {
		return 0, nil, fmt.Errorf("%w: it goes on behind its end", errDamaged)
	}
	return kind, parts, nil
}

func (r *reader) read() (kind byte, parts [][]byte, err error) {
	if kind, err = r.ReadByte(); err != nil {
		return 0, nil, err
	}
	n, err := r.number(maxParts)
	if err != nil {
		return 0, nil, err
	}
	for range n {
		size, err := r.number(maxPart)
		if err != nil {
			return 0, nil, err
		}
		// Grows as it is read, so that a wrong length takes no memory.
		var part bytes.Buffer
		if _, err := io.CopyN(&part, r.from, int64(size)); err != nil {
			return 0, nil, err
		}
		r.buf = append(r.buf, part.Bytes()...)
		parts = append(parts, part.Bytes())
	}
	return kind, parts, nil
}

// ReadByte implements io.ByteReader, for numbers.
func (r *reader) ReadByte() (byte, error) {
	b, err := r.from.ReadByte()
	if err == nil {
		r.buf = append(r.buf, b)
	}
	return b, err
}

func (r *reader) number(most uint64) (uint64, error) {
	n, err := binary.ReadUvarint(r)
	if err == nil && n > most {
		err = fmt.Errorf("%d is more than there can be", n)
	}
	return n, err
}
