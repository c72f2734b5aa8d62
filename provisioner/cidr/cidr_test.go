package cidr_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/provisioner/cidr"
)

func prefix(text string) netip.Prefix { return netip.MustParsePrefix(text) }

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, text := range list {
		out[i] = prefix(text)
	}
	return out
}

func TestParse(t *testing.T) {
	for _, good := range []string{"10.20.0.0/16", " 172.31.0.0/20", "192.168.4.16/28", "100.64.0.0/16"} {
		if _, err := cidr.Parse(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for text, says := range map[string]string{
		"":              "such as",
		"10.20.0.0":     "such as",
		"10.20.1.0/16":  "10.20.0.0/16 is meant",
		"10.0.0.0/8":    "/16 to /28",
		"10.0.0.0/29":   "/16 to /28",
		"8.8.0.0/16":    "private",
		"fd00::/64":     "IPv4",
		"172.32.0.0/16": "private",
	} {
		if _, err := cidr.Parse(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: the error is %v, want one that says %q", text, err, says)
		}
	}
}

func TestFree(t *testing.T) {
	for _, c := range []struct {
		pool  string
		bits  int
		taken []netip.Prefix
		want  string // "": none
	}{
		{"10.0.0.0/8", 16, nil, "10.0.0.0/16"},
		{"10.0.0.0/8", 16, prefixes("10.0.0.0/16", "10.1.0.0/20"), "10.2.0.0/16"},
		{"10.0.0.0/8", 20, prefixes("10.0.0.0/16"), "10.1.0.0/20"},
		{"10.0.0.0/8", 20, prefixes("10.0.16.0/20"), "10.0.0.0/20"},
		{"10.0.0.0/8", 20, prefixes("10.0.0.0/24", "10.0.31.0/28"), "10.0.32.0/20"},
		{"10.0.0.0/8", 16, prefixes("10.0.0.0/8"), ""},
		{"10.0.0.0/15", 16, prefixes("10.0.3.0/24", "10.1.255.0/28"), ""},
		{"10.0.0.0/16", 8, nil, ""},
		{"255.255.0.0/16", 16, prefixes("255.255.255.0/28"), ""},
	} {
		got, found := cidr.Free(prefix(c.pool), c.bits, c.taken)
		if found != (c.want != "") || found && got.String() != c.want {
			t.Errorf("free /%d in %s beside %v: %v %v, want %q", c.bits, c.pool, c.taken, got, found, c.want)
		}
	}
}

// TestFree_TakesEveryRangeOnce asks until nothing is free any more.
func TestFree_TakesEveryRangeOnce(t *testing.T) {
	pool := prefix("10.8.0.0/16")
	taken := prefixes("10.8.3.0/24", "10.8.64.0/19")
	for {
		p, found := cidr.Free(pool, 22, taken)
		if !found {
			break
		}
		if shared := cidr.Overlapping(p, taken); len(shared) > 0 {
			t.Fatalf("%s is called free, but overlaps %v", p, shared)
		}
		if !pool.Contains(p.Addr()) || p.Masked() != p {
			t.Fatalf("%s is no aligned range of %s", p, pool)
		}
		taken = append(taken, p)
	}
	if got, want := len(taken)-2, 64-1-8; got != want {
		t.Errorf("%d ranges were found, want %d", got, want)
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		network string
		n       int
		want    []netip.Prefix // nil: refused
	}{
		{"10.20.0.0/16", 1, prefixes("10.20.0.0/16")},
		{"10.20.0.0/16", 2, prefixes("10.20.0.0/17", "10.20.128.0/17")},
		{"10.20.0.0/16", 3, prefixes("10.20.0.0/18", "10.20.64.0/18", "10.20.128.0/18")},
		{"10.20.0.0/27", 2, prefixes("10.20.0.0/28", "10.20.0.16/28")},
		{"10.20.0.0/27", 3, nil},
		{"10.20.0.0/16", 0, nil},
	} {
		got, err := cidr.Split(prefix(c.network), c.n)
		if (err != nil) != (c.want == nil) || !slices.Equal(got, c.want) {
			t.Errorf("%s in %d: %v, %v; want %v", c.network, c.n, got, err, c.want)
		}
	}
}

func TestHost(t *testing.T) {
	if got := cidr.Host(prefix("10.20.255.0/24"), 257); got != netip.MustParseAddr("10.21.0.1") {
		t.Errorf("got %s", got)
	}
}
