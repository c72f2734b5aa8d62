package expr

import (
	"strings"
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"1d 2h 3m 4s":                       26*time.Hour + 3*time.Minute + 4*time.Second,
		"1d2h3m4s":                          26*time.Hour + 3*time.Minute + 4*time.Second,
		"2 days 1 hour 30 minutes 1 second": 49*time.Hour + 30*time.Minute + time.Second,
		"1 DAY 2 HRS 3 Mins 4 Secs":         26*time.Hour + 3*time.Minute + 4*time.Second,
		"1 hr 1 min 1 sec":                  time.Hour + time.Minute + time.Second,
		" 10 s ":                            10 * time.Second,
		"0s":                                0,
		"90m":                               90 * time.Minute,
		"100000d":                           100000 * 24 * time.Hour,
		"1h0m0s":                            time.Hour,
		"500ms":                             500 * time.Millisecond,
		"1m1.5s":                            61500 * time.Millisecond,
	} {
		if got, err := ParseDuration(s); err != nil || got != want {
			t.Errorf("%q = %v, %v, want %v", s, got, err, want)
		}
	}
	for s, want := range map[string]string{
		"": "is empty", "  ": "is empty", "5": "without a unit", "s": "no number", "1s 1m": "out of order",
		"1s 2s": "out of order", "1.5d": "without a unit", "-1s": "no number", "1 week": "without a unit",
		"999999999999d": "too long", "99999999999999999999s": "too long", "106751d 24h": "too long", "1d,2h": "no number",
	} {
		got, err := ParseDuration(s)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q = %v, %v, want an error with %q", s, got, err, want)
		}
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"1d 2h 3m 4s", "2 days", "1.5h", "9223372036s", "1s 1m"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDuration(s)
		if err != nil {
			return
		}
		if d < 0 {
			t.Fatalf("%q is negative: %v", s, d)
		}
		again, err := ParseDuration("  " + d.String() + " ")
		if err != nil || again != d {
			t.Errorf("%q is %v, written and read again %v, %v", s, d, again, err)
		}
	})
}

func TestParseUntil(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	for s, want := range map[string]string{
		"2026-03-01":                        "2026-03-01T00:00:00+01:00",
		"2026-03-01 14:05":                  "2026-03-01T14:05:00+01:00",
		"2026-3-1 4:05":                     "2026-03-01T04:05:00+01:00",
		"2026-03-01 14:05 UTC":              "2026-03-01T14:05:00Z",
		"2026-03-01 14:05 GMT":              "2026-03-01T14:05:00Z",
		"2026-03-01 14:05 pst":              "2026-03-01T14:05:00-08:00",
		"2026-03-01 14:05 GMT+5:30":         "2026-03-01T14:05:00+05:30",
		"2026-03-01 14:05 UTC-3":            "2026-03-01T14:05:00-03:00",
		"2026-03-01 14:05 +0530":            "2026-03-01T14:05:00+05:30",
		"2026-03-01 14:05 -08:00":           "2026-03-01T14:05:00-08:00",
		"  2026-03-01   14:05  CET ":        "2026-03-01T14:05:00+01:00",
		"2026-07-01 14:05 America/New_York": "2026-07-01T14:05:00-04:00",
	} {
		if got, err := ParseUntil(s, berlin); err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%q = %v, %v, want %s", s, got, err, want)
		}
	}
	for s, want := range map[string]string{
		"": "not of the form", "tomorrow": "not of the form", "2026-13-01": "not of the form", "2026-02-30": "not of the form",
		"2026-03-01 25:00": "not of the form", "2026-03-01 14:05:06": "not of the form", "2026-03-01 14:05 CET x": "not of the form",
		"2026-03-01 14:05 NOWHERE": "unknown time zone", "2026-03-01 14:05 +99:00": "unknown time zone",
		"2026-03-01 14:05 Europe/Nowhere": "unknown time zone", "2026-03-01 14:05 ../UTC": "unknown time zone",
		"2026-03-01 14:05 +1:2": "unknown time zone", "2026-03-01 14:05 GMT5": "unknown time zone",
	} {
		got, err := ParseUntil(s, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q = %v, %v, want an error with %q", s, got, err, want)
		}
	}
	if got, err := ParseUntil("2026-03-01", nil); err != nil || got.Location() != time.UTC {
		t.Errorf("without a location: %v, %v", got, err)
	}
}

func FuzzParseUntil(f *testing.F) {
	for _, s := range []string{"2026-03-01", "2026-03-01 14:05", "2026-03-01 14:05 GMT+5:30", "2026-03-01 14:05 PST"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := ParseUntil(s, time.UTC)
		if err != nil {
			return
		}
		again, err := ParseUntil(u.UTC().Format("2006-01-02 15:04")+" UTC", nil)
		if err != nil || !again.Equal(u.Truncate(time.Minute)) { // old offsets have seconds
			t.Errorf("%q is %v, written and read again %v, %v", s, u, again, err)
		}
	})
}
