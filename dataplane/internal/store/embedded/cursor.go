package embedded

import (
	"bytes"
	"errors"

	"github.com/cockroachdb/pebble/v2"
)

// place is where an execution lies in every index: its inverted start time and its id, as keys end. Places are ordered with
// the newest first.
type place []byte

// cursor walks places in order: the newest first, or the oldest first. What it returns is valid until the next call.
type cursor interface {
	// next moves to the next place; nil: there is none.
	next() (place, error)
	// seek moves to p, or to the next place that there is behind it.
	seek(p place) (place, error)
	close() error
}

// leaf walks one value of one index.
type leaf struct {
	it     *pebble.Iterator
	prefix int // length of what stands before the place in a key
	key    []byte
	oldest bool // first
	moved  bool
}

func (l *leaf) next() (place, error) {
	var ok bool
	switch {
	case !l.moved && l.oldest:
		ok = l.it.Last()
	case !l.moved:
		ok = l.it.First()
	case l.oldest:
		ok = l.it.Prev()
	default:
		ok = l.it.Next()
	}
	return l.here(ok)
}

func (l *leaf) seek(p place) (place, error) {
	l.key = append(l.key[:l.prefix], p...)
	if l.oldest {
		return l.here(l.it.SeekLT(append(l.key, 0)))
	}
	return l.here(l.it.SeekGE(l.key))
}

func (l *leaf) here(ok bool) (place, error) {
	l.moved = true
	if !ok {
		return nil, l.it.Error()
	}
	return l.it.Key()[l.prefix:], nil
}

func (l *leaf) close() error { return l.it.Close() }

// order compares places in the direction of a walk.
func order(a, b place, oldest bool) int {
	if oldest {
		return bytes.Compare(b, a)
	}
	return bytes.Compare(a, b)
}

// union walks the places of all its cursors, each once.
type union struct {
	cursors []cursor
	heads   []place // where each cursor is; nil: at its end
	last    place
	oldest  bool
	moved   bool
}

func (u *union) next() (place, error) {
	for i, c := range u.cursors {
		if u.moved && (u.heads[i] == nil || !bytes.Equal(u.heads[i], u.last)) {
			continue
		}
		p, err := c.next()
		if err != nil {
			return nil, err
		}
		u.heads[i] = p
	}
	return u.first(), nil
}

func (u *union) seek(p place) (place, error) {
	for i, c := range u.cursors {
		if u.moved && (u.heads[i] == nil || order(u.heads[i], p, u.oldest) >= 0) {
			continue
		}
		at, err := c.seek(p)
		if err != nil {
			return nil, err
		}
		u.heads[i] = at
	}
	return u.first(), nil
}

func (u *union) first() place {
	u.moved = true
	var least place
	for _, h := range u.heads {
		if h != nil && (least == nil || order(h, least, u.oldest) < 0) {
			least = h
		}
	}
	if least == nil {
		return nil
	}
	u.last = append(u.last[:0], least...)
	return u.last
}

func (u *union) close() error { return closeAll(u.cursors) }

// intersection walks the places that all its cursors have: each in turn leaps to where the others are.
type intersection struct {
	cursors []cursor
	at      place
}

func (x *intersection) next() (place, error) {
	p, err := x.cursors[0].next()
	return x.agree(p, err)
}

func (x *intersection) seek(p place) (place, error) {
	p, err := x.cursors[0].seek(p)
	return x.agree(p, err)
}

func (x *intersection) agree(p place, err error) (place, error) {
	for agreed, i := 1, 1; err == nil && p != nil; i = (i + 1) % len(x.cursors) {
		if agreed == len(x.cursors) {
			return p, nil
		}
		x.at = append(x.at[:0], p...)
		if p, err = x.cursors[i].seek(x.at); p != nil && bytes.Equal(p, x.at) {
			agreed++
		} else {
			agreed = 1
		}
	}
	return nil, err
}

func (x *intersection) close() error { return closeAll(x.cursors) }

func closeAll(cursors []cursor) error {
	var errs []error
	for _, c := range cursors {
		errs = append(errs, c.close())
	}
	return errors.Join(errs...)
}
