package rest

import (
	"cmp"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/internal/directory"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// application is Conductor's ExtendedConductorApplication, and its roles. Times are milliseconds.
type application struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	CreatedBy  string         `json:"createdBy"`
	UpdatedBy  string         `json:"updatedBy"`
	CreateTime int64          `json:"createTime"`
	UpdateTime int64          `json:"updateTime"`
	Roles      []string       `json:"roles"`
	Tags       []workflow.Tag `json:"tags"`
	Elsewhere  bool           `json:"elsewhere,omitempty"` // its key is made in the cloud console, or in the server's keys file
}

func newApplication(a directory.Application) application {
	return application{
		ID: a.ID, Name: a.Name, CreatedBy: a.CreatedBy, UpdatedBy: a.UpdatedBy, CreateTime: a.CreateTime, UpdateTime: a.UpdateTime,
		Roles: orEmpty(a.Roles), Tags: orEmpty(a.Tags), Elsewhere: a.Elsewhere,
	}
}

// named is the body that makes and renames applications.
type named struct {
	Name string `json:"name"`
}

type message struct {
	Message string `json:"message"`
}

// keyInfo is an access key without its secret. Times are milliseconds.
type keyInfo struct {
	ID          string `json:"id"`
	CreatedAt   int64  `json:"createdAt"`
	Status      string `json:"status"` // ACTIVE or INACTIVE
	LastUsedAt  int64  `json:"lastUsedAt,omitempty"`
	ExpiresAt   int64  `json:"expiresAt,omitempty"`   // absent: it does not end
	FormerUntil int64  `json:"formerUntil,omitempty"` // how long the secret before the present one is good
}

// keyInput is what can be said of a new key. SDKs say nothing.
type keyInput struct {
	ExpiresInDays int `json:"expiresInDays"` // up to 365; 0: as long as keys may be good
}

type newKey struct {
	ID        string `json:"id"`
	Secret    string `json:"secret"`
	ExpiresAt int64  `json:"expiresAt,omitempty"`
}

func (h *Handler) keyInfo(k directory.Key) keyInfo {
	info := keyInfo{ID: k.ID, CreatedAt: k.CreateTime, Status: "ACTIVE", ExpiresAt: k.ExpiresAt}
	if k.FormerUntil > time.Now().UnixMilli() {
		info.FormerUntil = k.FormerUntil
	}
	if k.Paused {
		info.Status = "INACTIVE"
	}
	if at := h.directory.LastUse(k.ID); !at.IsZero() {
		info.LastUsedAt = at.UnixMilli()
	}
	return info
}

// by names the caller to people.
func by(c echo.Context) string {
	who := access.From(c.Request().Context())
	return cmp.Or(who.Email, who.Name, who.ID)
}

func (h *Handler) applicationRoutes(at string) {
	h.get(at, h.listApplications)
	h.post(at, h.createApplication)
	h.get(at+"/key/:key", answer(func(c echo.Context) (application, error) {
		a, err := h.directory.ApplicationOfKey(pathText(c, "key"))
		return newApplication(a), err
	}))
	h.get(at+"/:id", answer(func(c echo.Context) (application, error) {
		a, err := h.directory.Application(pathText(c, "id"))
		return newApplication(a), err
	}))
	h.put(at+"/:id", h.renameApplication)
	h.delete(at+"/:id", answer(func(c echo.Context) (message, error) {
		return message{"The application was removed."}, h.directory.DeleteApplication(c.Request().Context(), pathText(c, "id"))
	}))
	h.get(at+"/:id/accessKeys", answer(func(c echo.Context) ([]keyInfo, error) {
		keys, err := h.directory.Keys(pathText(c, "id"))
		out := make([]keyInfo, len(keys))
		for i, k := range keys {
			out[i] = h.keyInfo(k)
		}
		return out, err
	}))
	h.post(at+"/:id/accessKeys", withSecret(func(c echo.Context, in keyInput) (directory.Key, string, error) {
		return h.directory.CreateKey(c.Request().Context(), pathText(c, "id"), in.ExpiresInDays)
	}))
	h.post(at+"/:id/accessKeys/:key/rotate", withSecret(func(c echo.Context, in directory.Rotation) (directory.Key, string, error) {
		return h.directory.RotateKey(c.Request().Context(), pathText(c, "id"), pathText(c, "key"), in)
	}))
	h.delete(at+"/:id/accessKeys/:key", answer(func(c echo.Context) (message, error) {
		return message{"The access key was removed."}, h.directory.DeleteKey(c.Request().Context(), pathText(c, "id"), pathText(c, "key"))
	}))
	h.post(at+"/:id/accessKeys/:key/status", answer(func(c echo.Context) (keyInfo, error) {
		k, err := h.directory.ToggleKey(c.Request().Context(), pathText(c, "id"), pathText(c, "key"))
		return h.keyInfo(k), err
	}))
	h.post(at+"/:id/roles/:role", answer(func(c echo.Context) (object, error) {
		return object{}, h.directory.AddRole(c.Request().Context(), pathText(c, "id"), by(c), pathText(c, "role"))
	}))
	h.delete(at+"/:id/roles/:role", answer(func(c echo.Context) (object, error) {
		return object{}, h.directory.RemoveRole(c.Request().Context(), pathText(c, "id"), by(c), pathText(c, "role"))
	}))
	h.get(at+"/:id/tags", answer(func(c echo.Context) ([]workflow.Tag, error) {
		a, err := h.directory.Application(pathText(c, "id"))
		return orEmpty(a.Tags), err
	}))
	h.put(at+"/:id/tags", h.changeApplicationTags(true))
	h.delete(at+"/:id/tags", h.changeApplicationTags(false))
}

// withSecret returns a handler that answers with a key and its secret; a body need not be there.
func withSecret[In any](f func(c echo.Context, in In) (directory.Key, string, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		var in In
		if err := decodeOptional(c, &in); err != nil {
			return err
		}
		k, secret, err := f(c, in)
		if err != nil {
			return err
		}
		c.Response().Header().Set("Cache-Control", "no-store")
		return writeJSON(c, newKey{k.ID, secret, k.ExpiresAt})
	}
}

// answer returns a handler that answers what f returns.
func answer[T any](f func(c echo.Context) (T, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		v, err := f(c)
		if err != nil {
			return err
		}
		return writeJSON(c, v)
	}
}

func (h *Handler) listApplications(c echo.Context) error {
	out := []application{}
	for _, a := range h.directory.Applications() {
		out = append(out, newApplication(a))
	}
	return writeJSON(c, out)
}

func (h *Handler) createApplication(c echo.Context) error {
	var in named
	if err := decode(c, &in); err != nil {
		return err
	}
	a, err := h.directory.CreateApplication(c.Request().Context(), by(c), in.Name)
	if err != nil {
		return err
	}
	return writeJSON(c, newApplication(a))
}

func (h *Handler) renameApplication(c echo.Context) error {
	var in named
	if err := decode(c, &in); err != nil {
		return err
	}
	a, err := h.directory.RenameApplication(c.Request().Context(), pathText(c, "id"), by(c), in.Name)
	if err != nil {
		return err
	}
	return writeJSON(c, newApplication(a))
}

func (h *Handler) changeApplicationTags(add bool) echo.HandlerFunc {
	return func(c echo.Context) error {
		tags, err := decodeList[workflow.Tag](c)
		if err != nil {
			return err
		}
		same := func(a workflow.Tag) bool {
			return slices.ContainsFunc(tags, func(b workflow.Tag) bool { return a.Key == b.Key && (add || a.Value == b.Value) })
		}
		return done(c, h.directory.SetTags(c.Request().Context(), pathText(c, "id"), by(c), func(old []workflow.Tag) []workflow.Tag {
			out := slices.DeleteFunc(slices.Clone(old), same)
			if add {
				out = append(out, tags...)
			}
			return out
		}))
	}
}
