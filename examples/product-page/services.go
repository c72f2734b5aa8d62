// Package page is the product-page example: one call of a client is answered from three services, by a workflow of HTTP
// tasks that is executed while the client waits. There is no worker.
package page

import (
	"embed"
	"net/http"

	"github.com/podium-cloud/podium/examples/internal/example"
)

//go:embed workflows/*.json
var definitions embed.FS

// Example makes the example.
func Example() example.Example {
	return example.Example{Definitions: definitions, Workflow: "product_page"}
}

// Services serves GET /catalog/PRODUCT, /reviews/PRODUCT and /stock/PRODUCT. A product of which slow is true gets no answer
// from reviews and stock until the caller gives up; the catalog knows only lamps and boats.
func Services(slow func(product string) bool) http.Handler {
	mux := http.NewServeMux()
	serve := func(service, body string) {
		mux.HandleFunc("GET /"+service+"/{product}", func(w http.ResponseWriter, r *http.Request) {
			product := r.PathValue("product")
			switch {
			case service == "catalog" && product != "lamp" && product != "boat":
				http.Error(w, `{"error": "there is no such product"}`, http.StatusNotFound)
				return
			case service != "catalog" && slow(product):
				<-r.Context().Done()
				return
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(body))
		})
	}
	serve("catalog", `{"title": "From the lighthouse", "price": 120}`)
	serve("reviews", `{"count": 42, "stars": 4.5}`)
	serve("stock", `{"left": 7}`)
	return mux
}
