package apptest_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/apptest"
	"github.com/podium-cloud/podium/controlplane/internal/config"
)

// consoleToken opens the console of acme's first cluster and returns the token with the id of the key that has signed it.
func consoleToken(t *testing.T, c *apptest.Client) (token, kid string) {
	t.Helper()
	var console struct{ URL string }
	c.Call("POST", "/organizations/acme/clusters/first/console-sessions", nil, 201, &console)
	_, token, _ = strings.Cut(console.URL, "#token=")
	header, _, _ := strings.Cut(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(header)
	var fields struct{ KID string }
	if err == nil {
		err = json.Unmarshal(text, &fields)
	}
	if err != nil {
		t.Fatal(err)
	}
	return token, fields.KID
}

// TestSigningKey_Rotates: S-47. A real data plane learns of the next key before it signs, and takes both keys' tokens then.
func TestSigningKey_Rotates(t *testing.T) {
	data := t.TempDir()
	url, stop := apptest.Start(t, config.Config{Data: data, EdgeBinary: binaries.Edge})
	ada := apptest.NewClient(t, url)
	ada.SignUp("acme")
	ada.Call("POST", "/organizations/acme/clusters", map[string]string{"name": "first"}, 202, nil)
	c := ada.AwaitState("acme", "first", "READY")
	accepts := func(ctx context.Context, token string) (bool, string) {
		status, _, err := tenantCall(ctx, c, token, "GET", "/api/metadata/workflow", "")
		return status == 200, fmt.Sprint(status, err)
	}
	before, first := consoleToken(t, ada)
	ada.Await("the data plane takes the first key's token", func(ctx context.Context) (bool, string) { return accepts(ctx, before) })

	rotate := exec.CommandContext(t.Context(), binaries.ControlPlane, "keys", "rotate-signing", "--data", data, "--overlap", "3s")
	if out, err := rotate.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var after string
	ada.Await("the next key signs", func(context.Context) (bool, string) {
		var kid string
		after, kid = consoleToken(t, ada)
		return kid != first, kid
	})
	ada.Await("the data plane takes the next key's token", func(ctx context.Context) (bool, string) { return accepts(ctx, after) })
	if good, seen := accepts(t.Context(), before); !good {
		t.Errorf("the token of the key before is answered %s", seen)
	}
	if good, _ := accepts(t.Context(), after+"x"); good {
		t.Error("the data plane takes anything")
	}
	stop()
}
