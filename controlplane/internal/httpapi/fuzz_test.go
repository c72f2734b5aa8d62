package httpapi

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// recorder takes the deadlines that a connection would.
type recorder struct{ *httptest.ResponseRecorder }

func (recorder) SetReadDeadline(time.Time) error { return nil }

// FuzzBodies reads what strangers and data planes send: it must be read or be explained, never be a fault of ours.
func FuzzBodies(f *testing.F) {
	for _, seed := range []string{
		`{"email":"ada@example.com","password":"x","name":"Ada","organization":"acme"}`, `{"email":7}`, `{"x":1}`, `[]`, `{} {}`, "", "\xff",
		`{"clusterId":"c","nodeId":"n","health":{"executions":{"RUNNING":1e400}}}`, `{"contractVersion":1,"endpoint":"http://[::1]/api"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e := echo.New()
		for _, into := range []any{
			&api.SignUpRequest{}, &api.IdentityProviderInput{}, &fleetapi.RegisterRequest{}, &fleetapi.SyncRequest{},
		} {
			r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
			c := e.NewContext(r, recorder{httptest.NewRecorder()})
			if err := (binder{}).Bind(into, c); err != nil && problem.KindOf(err) != problem.Malformed {
				t.Errorf("%T: %v", into, err)
			}
		}
	})
}
