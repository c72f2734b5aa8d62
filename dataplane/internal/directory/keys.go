package directory

import (
	"context"
	"slices"
	"time"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

const (
	maxKeys  = 10  // of an application: two while one is replaced, and some to spare
	maxDays  = 365 // of a key that ends at all
	maxGrace = 168 // hours that a secret is good beside the one that replaces it

	defaultGrace = 24
)

// Keys returns the access keys of an application, the oldest first.
func (d *Directory) Keys(application string) ([]Key, error) {
	if _, err := d.Application(application); err != nil {
		return nil, err
	}
	out := slices.DeleteFunc(sorted(d.state.Load().keys), func(k Key) bool { return k.Application != application })
	for _, k := range *d.cloud.Load() {
		if k.ID == application || k.Application == application {
			out = append(out, Key{ID: k.ID, Application: application, ExpiresAt: millis(k.ExpiresAt), FormerUntil: millis(k.FormerUntil)})
		}
	}
	slices.SortStableFunc(out, func(a, b Key) int { return int(a.CreateTime - b.CreateTime) })
	return out, nil
}

func millis(t *time.Time) int64 {
	if t == nil {
		return 0
	}
	return t.UnixMilli()
}

// moment is the time of some milliseconds, nil for 0.
func moment(ms int64) *time.Time {
	if ms == 0 {
		return nil
	}
	return new(time.UnixMilli(ms))
}

// forGate is a key as the gate looks at it.
func (k Key) forGate(a Application) fleetapi.AccessKey {
	return fleetapi.AccessKey{
		ID: k.ID, Name: a.Name, SecretHash: k.Hash, Application: a.ID, ExpiresAt: moment(k.ExpiresAt),
		FormerHash: k.FormerHash, FormerUntil: moment(k.FormerUntil),
	}
}

// lifeOf returns the life of a key in days from what was asked for, 0 for one that does not end. Where keys have to end, one that
// nobody said anything of lives as long as it may: SDKs say nothing.
func (d *Directory) lifeOf(asked int) (int, error) {
	most := int(d.mostDays.Load())
	switch {
	case most > 0 && (asked < 0 || asked > most):
		return 0, invalid("expiresInDays", "must be 1 to %d, the most that the organization allows", most)
	case asked < 0 || asked > maxDays:
		return 0, invalid("expiresInDays", "must be 0, for a key that does not end, to %d", maxDays)
	case asked == 0:
		return most, nil
	}
	return asked, nil
}

func expiry(now time.Time, days int) int64 {
	if days == 0 {
		return 0
	}
	return now.AddDate(0, 0, days).UnixMilli()
}

// CreateKey makes an access key that is good for some days (0: as long as keys may be) and returns its secret, which is kept
// nowhere. Each call makes another key.
func (d *Directory) CreateKey(ctx context.Context, application string, days int) (k Key, secret string, err error) {
	if days, err = d.lifeOf(days); err != nil {
		return Key{}, "", err
	}
	if _, ok := d.state.Load().applications[application]; !ok {
		return Key{}, "", d.notHere(application)
	}
	keys, err := d.Keys(application)
	if err != nil {
		return Key{}, "", err
	}
	if len(keys) >= maxKeys {
		return Key{}, "", workflow.Errorf(workflow.Conflict, "An application can have %d access keys; delete one that is not used.", maxKeys)
	}
	id, secret, hash := access.NewKey()
	now := time.Now()
	k = Key{ID: id, Application: application, Hash: hash, CreateTime: now.UnixMilli(), ExpiresAt: expiry(now, days)}
	return k, secret, change(ctx, d, keyOf("key", id), func(*Key) (*Key, error) { return &k, nil })
}

// Rotation is how the secret of a key is replaced.
type Rotation struct {
	GraceHours    *int `json:"graceHours"`    // how long the present secret stays good, 0 to 168; nil: 24
	ExpiresInDays int  `json:"expiresInDays"` // of the key, from now, up to 365; 0: as long as keys may be good
}

// RotateKey gives an access key another secret and returns it. The present one stays good for a time, so that all who use it can
// change over; one before that ends. Each call makes another secret.
func (d *Directory) RotateKey(ctx context.Context, application, id string, r Rotation) (k Key, secret string, err error) {
	grace := defaultGrace
	if r.GraceHours != nil {
		grace = *r.GraceHours
	}
	if grace < 0 || grace > maxGrace {
		return Key{}, "", invalid("graceHours", "must be 0 to %d", maxGrace)
	}
	days, err := d.lifeOf(r.ExpiresInDays)
	if err != nil {
		return Key{}, "", err
	}
	_, secret, hash := access.NewKey()
	err = d.changeKey(ctx, application, id, func(old *Key) {
		now := time.Now()
		old.FormerHash, old.FormerUntil = "", 0
		if grace > 0 {
			old.FormerHash, old.FormerUntil = old.Hash, now.Add(time.Duration(grace)*time.Hour).UnixMilli()
		}
		old.Hash, old.ExpiresAt = hash, expiry(now, days)
		k = *old
	})
	return k, secret, err
}

// ToggleKey pauses an access key, or lets a paused one in again. Tokens of a paused key are refused at once.
func (d *Directory) ToggleKey(ctx context.Context, application, id string) (k Key, err error) {
	err = d.changeKey(ctx, application, id, func(old *Key) {
		old.Paused = !old.Paused
		k = *old
	})
	return k, err
}

func (d *Directory) changeKey(ctx context.Context, application, id string, f func(*Key)) error {
	return change(ctx, d, keyOf("key", id), func(old *Key) (*Key, error) {
		if old == nil || old.Application != application {
			return nil, d.noKey(application, id)
		}
		f(old)
		return old, nil
	})
}

// DeleteKey removes an access key; its tokens are refused at once.
func (d *Directory) DeleteKey(ctx context.Context, application, id string) error {
	if k, ok := d.state.Load().keys[id]; !ok || k.Application != application {
		return d.noKey(application, id)
	}
	return d.remove(ctx, keyOf("key", id))
}

func (d *Directory) noKey(application, id string) error {
	if _, ok := d.state.Load().applications[application]; !ok {
		return d.notHere(application)
	}
	return workflow.Errorf(workflow.NotFound, "No such access key found by id: %s", id)
}

// How uses of keys are written down: each node looks from time to time, and writes what is news by a good deal only, as every
// change of a record has all nodes read them again.
const (
	usePause = time.Minute
	useNews  = 10 * time.Minute
)

// LastUse returns when an access key was used last; the zero time: never. Uses on other nodes are known some minutes later.
func (d *Directory) LastUse(key string) time.Time {
	at := d.Gate.Used()[key]
	if k := d.state.Load().keys[key]; k.UsedAt > 0 && time.UnixMilli(k.UsedAt).After(at) {
		at = time.UnixMilli(k.UsedAt)
	}
	return at
}

// Run writes down when keys were used, until ctx ends, and once more then.
func (d *Directory) Run(ctx context.Context) {
	tick := time.NewTicker(usePause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), metTimeout)
			defer cancel()
			d.writeUses(last, 0)
			return
		case <-tick.C:
			d.writeUses(ctx, useNews)
		}
	}
}

// writeUses writes down uses that are later than what is written by more than some time.
func (d *Directory) writeUses(ctx context.Context, news time.Duration) {
	used := d.Gate.Used()
	for id, k := range d.state.Load().keys {
		at := used[id].UnixMilli()
		if _, ok := used[id]; !ok || at <= k.UsedAt+news.Milliseconds() {
			continue
		}
		if err := d.changeKey(ctx, k.Application, id, func(old *Key) { old.UsedAt = max(old.UsedAt, at) }); err != nil {
			d.Logger.WarnContext(ctx, "the use of an access key was not written down", "key", id, "error", err)
		}
	}
}
