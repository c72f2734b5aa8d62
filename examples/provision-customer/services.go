// Package provision is the provision-customer example: services over HTTP that make what a new customer needs, and behave
// as services do. They fail, throttle, forget to answer and answer late. There is no worker: the workflow definitions
// (workflows/*.json) call the services with HTTP tasks.
package provision

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/podium-cloud/podium/examples/internal/example"
)

//go:embed workflows/*.json
var definitions embed.FS

// Example makes the example.
func Example() example.Example {
	return example.Example{Definitions: definitions, Workflow: "provision_customer"}
}

// Services keeps resources of customers, of the kinds accounts, databases, mailboxes, certificates and payments. It serves
// POST /KIND, whose header Idempotency-Key makes a repeated call harmless, and DELETE /KIND/CUSTOMER, which is content with
// nothing to delete.
type Services struct {
	// Tell ends a task of an execution from outside, with an output. It is called when a certificate is there.
	Tell func(execution, ref string, output map[string]any)

	mu    sync.Mutex
	made  map[string]map[string]string // id of each customer's resource, by kind
	byKey map[string]string            // id of what was made, by idempotency key
	calls map[string]int               // by kind and customer
}

// NewServices makes services that hold nothing.
func NewServices(tell func(execution, ref string, output map[string]any)) *Services {
	return &Services{Tell: tell, made: map[string]map[string]string{}, byKey: map[string]string{}, calls: map[string]int{}}
}

// Of lists the kinds of the resources that a customer has, sorted.
func (s *Services) Of(customer string) (kinds []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, kind := range slices.Sorted(maps.Keys(s.made)) {
		if s.made[kind][customer] != "" {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// Made counts what has ever been made, whether it is still there or not.
func (s *Services) Made() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.byKey)
}

// ServeHTTP implements http.Handler.
func (s *Services) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{kind}", s.create)
	mux.HandleFunc("DELETE /{kind}/{customer}", s.remove)
	mux.ServeHTTP(w, r)
}

type order struct {
	Customer string `json:"customer"`
	Card     string `json:"card"` // of a payment
	Tell     struct {
		Workflow string `json:"workflow"`
		Task     string `json:"task"`
	} `json:"tell"` // of a certificate: the task to end
}

func (s *Services) create(w http.ResponseWriter, r *http.Request) {
	var o order
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil || o.Customer == "" {
		answer(w, http.StatusBadRequest, map[string]any{"error": "customer: missing"})
		return
	}
	kind, key := r.PathValue("kind"), r.Header.Get("Idempotency-Key")
	first := s.count(kind, o.Customer) == 1
	switch {
	case kind == "payments" && o.Card == "expired":
		answer(w, http.StatusOK, map[string]any{"accepted": false, "reason": "the card has expired"})
		return
	case kind == "databases" && first: // throttles
		w.Header().Set("Retry-After", "1")
		answer(w, http.StatusTooManyRequests, map[string]any{"error": "too many databases at a time"})
		return
	}
	id := s.make(kind, o.Customer, key)
	switch {
	case kind == "accounts" && first: // has done it, and fails
		answer(w, http.StatusServiceUnavailable, map[string]any{"error": "the directory is being restarted"})
	case kind == "mailboxes" && first: // has done it, and does not answer
		<-r.Context().Done()
	case kind == "certificates": // answers later
		answer(w, http.StatusAccepted, map[string]any{"id": id})
		go s.Tell(o.Tell.Workflow, o.Tell.Task, map[string]any{"id": id})
	default:
		answer(w, http.StatusCreated, map[string]any{"id": id, "accepted": true})
	}
}

func (s *Services) count(kind, customer string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[kind+"/"+customer]++
	return s.calls[kind+"/"+customer]
}

// make makes a resource unless one was made for the key.
func (s *Services) make(kind, customer, key string) (id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byKey[key] == "" {
		s.byKey[key] = fmt.Sprintf("%s-%d", customer, len(s.byKey)+1)
		if s.made[kind] == nil {
			s.made[kind] = map[string]string{}
		}
		s.made[kind][customer] = s.byKey[key]
	}
	return s.byKey[key]
}

func (s *Services) remove(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.made[r.PathValue("kind")], r.PathValue("customer"))
	w.WriteHeader(http.StatusNoContent)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a caller that has gone asks again
}
