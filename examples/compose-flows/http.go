package compose

import (
	"encoding/json"
	"errors"
	"net/http"
)

// Handler is the API that the vendor's customers use. Who a customer is stands in the path: signing in is left out.
func (v *Vendor) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /customers/{customer}/catalog", func(w http.ResponseWriter, r *http.Request) {
		tasks, err := v.Catalog(r.Context(), r.PathValue("customer"))
		answer(w, tasks, err)
	})
	mux.HandleFunc("POST /customers/{customer}/flows", func(w http.ResponseWriter, r *http.Request) {
		var f Flow
		if !read(w, r, &f) {
			return
		}
		problems, err := v.Compose(r.Context(), r.PathValue("customer"), f)
		if len(problems) > 0 {
			write(w, http.StatusUnprocessableEntity, map[string]any{"problems": problems})
			return
		}
		answer(w, f, err)
	})
	mux.HandleFunc("POST /customers/{customer}/flows/{flow}/runs", func(w http.ResponseWriter, r *http.Request) {
		var input map[string]any
		if !read(w, r, &input) {
			return
		}
		id, err := v.Start(r.Context(), r.PathValue("customer"), r.PathValue("flow"), input)
		answer(w, map[string]string{"id": id}, err)
	})
	mux.HandleFunc("GET /customers/{customer}/runs/{id}", func(w http.ResponseWriter, r *http.Request) {
		run, err := v.Show(r.Context(), r.PathValue("customer"), r.PathValue("id"))
		answer(w, run, err)
	})
	return mux
}

func read(w http.ResponseWriter, r *http.Request, v any) bool {
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(v)
	if err != nil {
		write(w, http.StatusBadRequest, map[string]string{"message": err.Error()})
	}
	return err == nil
}

// answer passes on what the cluster said.
func answer(w http.ResponseWriter, v any, err error) {
	if err == nil {
		write(w, http.StatusOK, v)
		return
	}
	status := http.StatusBadGateway
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		status = refusal.Status
	}
	write(w, status, map[string]string{"message": err.Error()})
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
