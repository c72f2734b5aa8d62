package httpapi_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/provisioner"
)

// A link downloads one backup without a session until it expires; what is like it does not. Both the making and each download
// are in the audit log, and neither has the token.
func TestBackupLink(t *testing.T) {
	s := newSite(t, false)
	ada, nobody := s.owner(t, "acme"), s.nobody()
	r := s.ready(t, "acme", "first")
	s.cloud.Keep(r.ClusterID, "precious")
	for _, name := range []string{"before", "after"} {
		made, err := s.cloud.Backup(t.Context(), r.Request.Cluster, provisioner.Copy{Name: name})
		must(t, err)
		must(t, s.control.BackedUp(t.Context(), r.ClusterID, made))
	}
	links := "/api/v1/organizations/acme/clusters/first/backups/before/links"
	made := ada.call(t, http.MethodPost, links, `{"minutes":30}`)
	var link struct {
		URL       string
		ExpiresAt time.Time
	}
	if err := json.Unmarshal([]byte(made.body), &link); err != nil || made.status != http.StatusCreated {
		t.Fatalf("%d %s", made.status, made.body)
	}
	if left := link.ExpiresAt.Sub(s.now()); left <= 0 || left > 30*time.Minute {
		t.Errorf("it expires in %v", left)
	}
	path, ours := strings.CutPrefix(link.URL, s.url)
	if !ours {
		t.Fatalf("the link is %s", link.URL)
	}
	got := nobody.call(t, http.MethodGet, path, "")
	if got.status != http.StatusOK || got.body != "precious" || !strings.Contains(got.header.Get("Content-Disposition"), "first-before.podium") {
		t.Fatalf("%d %s %v", got.status, got.body, got.header)
	}
	log, err := s.store.AuditLog(t.Context(), "org_acme", audit.Filter{}, 100)
	must(t, err)
	for _, action := range []string{"backup.link", "backup.download"} {
		at := slices.IndexFunc(log, func(e audit.Entry) bool { return e.Action == action })
		if at < 0 || log[at].Target != "cluster/first/backup/before" || log[at].Actor.Email != "acme@example.com" {
			t.Errorf("%s is not in the audit log as it should: %+v", action, log)
		}
	}
	token := path[strings.LastIndex(path, "/")+1:]
	if text, err := json.Marshal(log); err != nil || strings.Contains(string(text), token) || strings.Contains(s.log.String(), token) {
		t.Errorf("the token is in a log: %v", err)
	}

	changed := []byte(path)
	changed[len(changed)-9] ^= 1
	for what, wrong := range map[string]string{"changed": string(changed), "cut off": path[:len(path)-1], "nothing": "/api/v1/backup-links/x"} {
		if a := nobody.call(t, http.MethodGet, wrong, ""); a.status != http.StatusNotFound {
			t.Errorf("a token that is %s: %d %s", what, a.status, a.body)
		}
	}
	for _, minutes := range []string{"-1", "1441"} {
		if a := ada.call(t, http.MethodPost, links, `{"minutes":`+minutes+`}`); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "minutes") {
			t.Errorf("%s minutes: %d %s", minutes, a.status, a.body)
		}
	}
	must(t, s.control.BackupRemoved(t.Context(), r.ClusterID, "after"))
	s.ahead.Store(int64(31 * time.Minute))
	if a := nobody.call(t, http.MethodGet, path, ""); a.status != http.StatusNotFound || !strings.Contains(a.body, "not any more") {
		t.Errorf("after its time: %d %s", a.status, a.body)
	}
}
