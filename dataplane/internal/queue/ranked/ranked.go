// Package ranked is a heap whose elements know where they lie, so that one can be taken out of the middle. Pure.
package ranked

import "container/heap"

// Element is what a Heap holds: a pointer, compared by Before, that keeps its place.
type Element[E any] interface {
	Before(other E) bool
	Place() int
	SetPlace(i int)
}

// Heap holds elements, the first in order on top. The zero value is empty.
type Heap[E Element[E]] struct{ list list[E] }

// Len is the number of elements.
func (h *Heap[E]) Len() int { return len(h.list) }

// All returns the elements in no order; they are the heap's own.
func (h *Heap[E]) All() []E { return h.list }

// Push adds an element.
func (h *Heap[E]) Push(e E) { heap.Push(&h.list, e) }

// Pop takes out the first element; the heap must not be empty.
func (h *Heap[E]) Pop() E { return heap.Pop(&h.list).(E) } //nolint:forcetypeassert // the list holds nothing else

// Remove takes out an element of the heap.
func (h *Heap[E]) Remove(e E) { heap.Remove(&h.list, e.Place()) }

type list[E Element[E]] []E

func (l list[E]) Len() int           { return len(l) }
func (l list[E]) Less(i, j int) bool { return l[i].Before(l[j]) }
func (l list[E]) Swap(i, j int) {
	l[i], l[j] = l[j], l[i]
	l[i].SetPlace(i)
	l[j].SetPlace(j)
}

// Push implements heap.Interface.
func (l *list[E]) Push(x any) {
	e := x.(E) //nolint:forcetypeassert // the heap holds nothing else
	e.SetPlace(len(*l))
	*l = append(*l, e)
}

// Pop implements heap.Interface.
func (l *list[E]) Pop() any {
	old := *l
	var none E
	e := old[len(old)-1]
	old[len(old)-1] = none
	*l = old[:len(old)-1]
	return e
}
