package backing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/provisioner"
)

// scanned is how many keys one call looks at.
const scanned = 1000

// prefix begins all keys of a cluster, and its channel.
func (l *Lender) prefix(cluster string) string { return keysOf(l.name(cluster)) }

func keysOf(name string) string { return "queue:" + name }

// ensureUser makes the user be one that logs in with the passwords, reaches the cluster's keys and its channel, and cannot
// manage the server.
func (l *Lender) ensureUser(ctx context.Context, cluster string, s secrets) error {
	name := l.name(cluster)
	keys := keysOf(name)
	rules := []any{
		"acl", "setuser", name, "reset", "on", "~" + keys + ":*", "~{" + keys + ":*", "&" + keys + ":*",
		"+@all", "-@admin", "-@dangerous", "#" + hashed(s.Queue),
	}
	if s.Former != nil {
		rules = append(rules, "#"+hashed(s.Former.Queue))
	}
	if err := l.redis.Do(ctx, rules...).Err(); err != nil {
		return fmt.Errorf("user of cluster %s in Redis: %w", cluster, err)
	}
	return nil
}

func hashed(password string) string {
	sum := sha256.Sum256([]byte(password))
	return hex.EncodeToString(sum[:])
}

// dropUser ends a user, its connections, and deletes its keys.
func (l *Lender) dropUser(ctx context.Context, name string) error {
	if err := l.redis.Do(ctx, "acl", "deluser", name).Err(); err != nil {
		return fmt.Errorf("remove user %s of Redis: %w", name, err)
	}
	for _, pattern := range []string{keysOf(name) + ":*", "{" + keysOf(name) + ":*"} {
		keys := l.redis.Scan(ctx, 0, pattern, scanned).Iterator()
		for keys.Next(ctx) {
			if err := l.redis.Unlink(ctx, keys.Val()).Err(); err != nil {
				return fmt.Errorf("delete keys of %s: %w", name, err)
			}
		}
		if err := keys.Err(); err != nil {
			return fmt.Errorf("delete keys of %s: %w", name, err)
		}
	}
	return nil
}

// users lists the users that were lent, and whose keys there are.
func (l *Lender) users(ctx context.Context) ([]provisioner.Resource, error) {
	names, err := l.redis.Do(ctx, "acl", "users").StringSlice()
	if err != nil {
		return nil, fmt.Errorf("list the users of Redis: %w", err)
	}
	var all []provisioner.Resource
	for _, name := range names {
		if strings.HasPrefix(name, l.tag) {
			all = append(all, provisioner.Resource{Kind: "user of Redis", ID: name})
		}
	}
	keys := l.redis.Scan(ctx, 0, "*"+keysOf(l.tag)+"*", scanned).Iterator()
	for keys.Next(ctx) {
		_, rest, _ := strings.Cut(keys.Val(), keysOf(""))
		name, _, _ := strings.Cut(rest, ":")
		if r := (provisioner.Resource{Kind: "keys of Redis", ID: name}); !slices.Contains(all, r) {
			all = append(all, r)
		}
	}
	if err := keys.Err(); err != nil {
		return nil, fmt.Errorf("list the keys of Redis: %w", err)
	}
	return all, nil
}
