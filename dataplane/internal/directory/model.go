package directory

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// User is a person. Times are milliseconds.
type User struct {
	ID         string               `json:"id"` // the e-mail address, in lower case, of people of a control plane
	Name       string               `json:"name"`
	Roles      []string             `json:"roles,omitempty"`  // given here
	Groups     []string             `json:"groups,omitempty"` // joined here
	Subject    string               `json:"subject,omitempty"`
	CloudRole  fleetapi.ClusterRole `json:"cloudRole,omitempty"`   // as the last session token said
	CloudGroup []string             `json:"cloudGroups,omitempty"` // as the last session token said
}

// Group is a group of users.
type Group struct {
	ID            string              `json:"id"`
	Description   string              `json:"description"`
	Roles         []string            `json:"roles,omitempty"`
	DefaultAccess map[string][]string `json:"defaultAccess,omitempty"` // to what its members make, by kind
}

// Application is a program that calls with access keys.
type Application struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	CreatedBy  string         `json:"createdBy,omitempty"`
	UpdatedBy  string         `json:"updatedBy,omitempty"`
	CreateTime int64          `json:"createTime"`
	UpdateTime int64          `json:"updateTime"`
	Roles      []string       `json:"roles,omitempty"`
	Tags       []workflow.Tag `json:"tags,omitempty"`
	Elsewhere  bool           `json:"-"` // its key is made elsewhere: in the cloud console, or in the server's keys file
}

// Key is an access key of an application. Times are milliseconds.
type Key struct {
	ID          string `json:"id"`
	Application string `json:"application"`
	Hash        string `json:"hash"`
	CreateTime  int64  `json:"createTime"`
	ExpiresAt   int64  `json:"expiresAt,omitempty"` // 0: never
	Paused      bool   `json:"paused,omitempty"`
	FormerHash  string `json:"formerHash,omitempty"`  // of the secret before, which is good until FormerUntil
	FormerUntil int64  `json:"formerUntil,omitempty"` // 0: there is none
	UsedAt      int64  `json:"usedAt,omitempty"`      // as it was written last; see [Directory.LastUse]
}

// Subject is to whom something is granted.
type Subject struct {
	Type SubjectType `json:"type"`
	ID   string      `json:"id"`
}

// SubjectType is a kind of subject.
type SubjectType string

// The kinds of subjects. An application is the user app:ID, as SDKs have it.
const (
	UserSubject  SubjectType = "USER"
	GroupSubject SubjectType = "GROUP"
	RoleSubject  SubjectType = "ROLE"
)

const appPrefix = "app:"

// Grant is what a subject may do with a target.
type Grant struct {
	Subject Subject       `json:"subject"`
	Target  access.Target `json:"target"`
	Access  []string      `json:"access"`
}

// roles are the names that SDKs know, with the cluster role that each comes to; "" allows nothing by itself, only what is
// granted.
var roles = map[string]fleetapi.ClusterRole{
	"ADMIN": fleetapi.ClusterAdmin, "METADATA_MANAGER": fleetapi.ClusterDeveloper, "WORKFLOW_MANAGER": fleetapi.ClusterOperator,
	"UNRESTRICTED_WORKER": fleetapi.ClusterWorker, "USER_READ_ONLY": fleetapi.ClusterViewer, "USER": "", "WORKER": "",
}

// Names are the names of some things. In JSON one may stand without a list.
type Names []string

// UnmarshalJSON implements json.Unmarshaler.
func (n *Names) UnmarshalJSON(b []byte) error {
	var one string
	if len(b) > 0 && b[0] == '"' {
		err := json.Unmarshal(b, &one)
		*n = Names{one}
		return err
	}
	return json.Unmarshal(b, (*[]string)(n))
}

// RoleNames are the roles that can be given.
func RoleNames() []string {
	return []string{"ADMIN", "METADATA_MANAGER", "WORKFLOW_MANAGER", "UNRESTRICTED_WORKER", "USER_READ_ONLY", "USER", "WORKER"}
}

// RoleRights returns what a role of these names allows everywhere.
func RoleRights(name string) access.Rights { return access.RoleRights(roles[name]) }

func checkRoles(names []string) error {
	for _, n := range names {
		if _, ok := roles[n]; !ok {
			return invalid("roles", "must be some of %s, and %q is none of them", strings.Join(RoleNames(), ", "), n)
		}
	}
	return nil
}

func invalid(field, format string, args ...any) error {
	e := workflow.Errorf(workflow.Invalid, field+": "+format, args...)
	e.Violations = []workflow.Violation{{Path: field, Message: strings.TrimPrefix(e.Message, field+": ")}}
	e.Message = "The request is not valid."
	return e
}

// check brings a subject into the form in which it is kept.
func (s Subject) check() (Subject, error) {
	s.Type = SubjectType(strings.ToUpper(string(s.Type)))
	if s.Type == "" {
		s.Type = UserSubject
	}
	switch s.Type {
	case "APPLICATION":
		s = applicationSubject(s.ID)
	case UserSubject:
		if !strings.HasPrefix(s.ID, appPrefix) {
			s.ID = strings.ToLower(s.ID)
		}
	case RoleSubject:
		s.ID = strings.ToUpper(s.ID)
	case GroupSubject:
	default:
		return s, invalid("subject.type", "must be USER, GROUP, ROLE or APPLICATION, not %q", s.Type)
	}
	if strings.TrimSpace(s.ID) == "" {
		return s, invalid("subject.id", "must not be empty")
	}
	return s, nil
}

func applicationSubject(id string) Subject {
	return Subject{UserSubject, appPrefix + strings.TrimPrefix(id, appPrefix)}
}

// CheckTarget brings a target into the form in which it is kept.
func CheckTarget(t access.Target) (access.Target, error) {
	t.Type = access.Kind(strings.ToUpper(string(t.Type)))
	if t.Type == "SECRET" {
		t.Type = access.Secret
	}
	if !slices.Contains(access.Kinds, t.Type) {
		return t, invalid("target.type", "must be one of %v, not %q", access.Kinds, t.Type)
	}
	if strings.TrimSpace(t.ID) == "" {
		return t, invalid("target.id", "must not be empty")
	}
	if t.Type == access.Tag && !strings.Contains(t.ID, ":") {
		return t, invalid("target.id", "must be key:value for a tag, not %q", t.ID)
	}
	return t, nil
}
