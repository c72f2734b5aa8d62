package apptest_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/apptest"
	"github.com/podium-cloud/podium/controlplane/internal/config"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// TestLink_ByTLS joins a data plane by HTTPS: its calls need the certificate that it was given, so that a link token alone
// opens nothing, and one whose certificate was lost gets another by itself.
func TestLink_ByTLS(t *testing.T) {
	c := config.Config{Data: t.TempDir(), EdgeBinary: binaries.Edge}
	trusted := tlsFiles(t, &c)
	url, _ := apptest.Start(t, c)
	browser := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS13}}}
	t.Cleanup(browser.CloseIdleConnections)
	ada := apptest.NewClient(t, url)
	ada.Trust(trusted)
	ada.SignUp("acme")
	var made apptest.Cluster
	ada.Call("POST", "/organizations/acme/clusters", map[string]string{"name": "own", "cloud": "remote"}, 202, &made)
	var i invitation
	ada.Call("POST", "/organizations/acme/clusters/own/join-tokens", nil, 201, &i)
	data := t.TempDir()
	line := i.program(t) + " --control-plane-ca " + c.TLSCert + " --backup-dir " + filepath.Join(data, "backups")
	kill := join(t, line, data)
	ada.AwaitState("acme", "own", "READY")

	type linkFile struct {
		NodeID, ClusterID, LinkToken, Key, Certificate string
	}
	read := func() (f linkFile) {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(data, "link.json"))
		if err == nil {
			err = json.Unmarshal(b, &f)
		}
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	commands(t, ada, read().NodeID, data, func() string { return read().Key })
	f := read()
	sync := func(client *http.Client) int {
		t.Helper()
		body, err := json.Marshal(fleetapi.SyncRequest{ClusterID: f.ClusterID, NodeID: f.NodeID, SoftwareVersion: "x", AppliedRevision: 0})
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), "POST", url+fleetapi.SyncPath, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+f.LinkToken)
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.StatusCode
	}
	if got := sync(browser); got != http.StatusUnauthorized {
		t.Errorf("a stolen link token without its certificate: %d", got)
	}
	pair, err := tls.X509KeyPair([]byte(f.Certificate), []byte(f.Key))
	if err != nil {
		t.Fatal(err)
	}
	with := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13}}}
	t.Cleanup(with.CloseIdleConnections)
	if got := sync(with); got != http.StatusOK {
		t.Errorf("with the certificate: %d", got)
	}

	kill()
	b, err := os.ReadFile(filepath.Join(data, "link.json"))
	if err != nil {
		t.Fatal(err)
	}
	var whole map[string]any
	if err := json.Unmarshal(b, &whole); err != nil {
		t.Fatal(err)
	}
	delete(whole, "certificate")
	if b, err = json.Marshal(whole); err == nil {
		err = os.WriteFile(filepath.Join(data, "link.json"), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	kill = join(t, strings.Replace(line, i.Token, "none", 1), data)
	ada.Await("another certificate", func(context.Context) (bool, string) {
		now := read()
		return now.Certificate != "" && now.Certificate != f.Certificate && now.Key == f.Key, now.NodeID
	})
	if got := sync(browser); got != http.StatusUnauthorized {
		t.Errorf("afterwards, without a certificate: %d", got)
	}

	revoke := "/organizations/acme/clusters/own/nodes/" + f.NodeID + "/revoke"
	ada.Call("POST", revoke, nil, 204, nil)
	ada.Call("POST", revoke, nil, 204, nil)
	if got := sync(with); got != http.StatusUnauthorized {
		t.Errorf("revoked, with a certificate that has not ended: %d", got)
	}
	type said struct {
		RevokedAt string
		Reachable bool
	}
	var nodes []said
	ada.Call("GET", "/organizations/acme/clusters/own/nodes", nil, 200, &nodes)
	if len(nodes) != 1 || nodes[0].RevokedAt == "" || nodes[0].Reachable {
		t.Errorf("nodes are %+v", nodes)
	}
	ada.Call("POST", "/organizations/acme/clusters/own/join-tokens", nil, 201, &i)
	kill()
	join(t, i.program(t)+" --control-plane-ca "+c.TLSCert+" --refuse-commands back-up", data)
	ada.Await("it joins again with another token", func(ctx context.Context) (bool, string) {
		var nodes []said
		status, err := ada.Try(ctx, "GET", "/organizations/acme/clusters/own/nodes", nil, &nodes)
		return len(nodes) == 1 && nodes[0].RevokedAt == "" && nodes[0].Reachable, fmt.Sprint(status, err, nodes)
	})
	offers(ada, "rotate-certificate", "collect-diagnostics", "drain", "resume")
	ada.Call("POST", ownNodes+"/"+f.NodeID+"/commands", map[string]string{"kind": "back-up"}, 409, nil)
}
