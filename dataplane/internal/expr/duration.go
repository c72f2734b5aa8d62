package expr

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones are known on machines that have no list of them
)

// units of durations, from the longest; each may occur once, in this order.
var units = []struct {
	names  []string
	length time.Duration
}{
	{[]string{"days", "day", "d"}, 24 * time.Hour},
	{[]string{"hours", "hour", "hrs", "hr", "h"}, time.Hour},
	{[]string{"minutes", "minute", "mins", "min", "m"}, time.Minute},
	{[]string{"seconds", "second", "secs", "sec", "s"}, time.Second},
}

// ParseDuration reads the duration of a WAIT task: whole numbers of days, hours, minutes and seconds, in this order, as
// in "1d 2h 3m 4s" or "2 days 30 minutes"; case does not matter. The forms of [time.Duration.String], such as "1.5s" and
// "500ms", are read too, because the Go SDK sends them.
func ParseDuration(s string) (time.Duration, error) {
	d, err := parseUnits(s)
	if err == nil {
		return d, nil
	}
	if d, goErr := time.ParseDuration(strings.TrimSpace(s)); goErr == nil && d >= 0 {
		return d, nil
	}
	return 0, err
}

func parseUnits(s string) (time.Duration, error) {
	fail := func(why string) (time.Duration, error) {
		return 0, fmt.Errorf("duration %q %s; write it as in 1d 2h 30m 15s", s, why)
	}
	rest := strings.ToLower(strings.TrimSpace(s))
	if rest == "" {
		return fail("is empty")
	}
	var total time.Duration
	next := 0
	for rest != "" {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		if digits == 0 {
			return fail("has no number where one is due")
		}
		n, err := strconv.ParseInt(rest[:digits], 10, 64)
		if err != nil {
			return fail("is too long")
		}
		rest = strings.TrimLeft(rest[digits:], " \t")
		unit, name := findUnit(rest)
		switch {
		case unit < 0:
			return fail("has a number without a unit (d, h, m or s)")
		case unit < next:
			return fail("has its units out of order")
		case n > (math.MaxInt64-int64(total))/int64(units[unit].length):
			return fail("is too long")
		}
		total += time.Duration(n) * units[unit].length
		next = unit + 1
		rest = strings.TrimLeft(rest[len(name):], " \t")
	}
	return total, nil
}

// findUnit returns the unit that s begins with and its longest name there; -1 for none.
func findUnit(s string) (unit int, name string) {
	for i, u := range units {
		for _, n := range u.names {
			if strings.HasPrefix(s, n) {
				return i, n
			}
		}
	}
	return -1, ""
}

// zones are the abbreviations that dates may end in, with their offsets in minutes.
var zones = map[string]int{
	"UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 60, "BST": 60, "CET": 60, "CEST": 120, "EET": 120, "EEST": 180,
	"MSK": 180, "IST": 330, "SGT": 480, "HKT": 480, "AWST": 480, "JST": 540, "KST": 540, "ACST": 570, "ACDT": 630,
	"AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780, "EST": -300, "EDT": -240, "CST": -360, "CDT": -300,
	"MST": -420, "MDT": -360, "PST": -480, "PDT": -420, "AKST": -540, "AKDT": -480, "HST": -600,
}

// ParseUntil reads the date of a WAIT task: "2006-01-02", "2006-01-02 15:04" or "2006-01-02 15:04 CET". A date without a
// zone is in loc (nil: UTC). A zone is an abbreviation in use (UTC, CET, PST, …), an offset (+02:00, +0200, GMT+2) or a name
// such as Europe/Berlin.
func ParseUntil(s string, loc *time.Location) (time.Time, error) {
	if loc == nil {
		loc = time.UTC
	}
	parts := strings.Fields(s)
	layout := "2006-1-2"
	switch len(parts) {
	case 1:
	case 2, 3:
		layout += " 15:04"
	default:
		return time.Time{}, untilError(s)
	}
	if len(parts) == 3 {
		zone, ok := parseZone(parts[2])
		if !ok {
			return time.Time{}, fmt.Errorf("date %q has the unknown time zone %q; use UTC, an offset such as +02:00 or a name such as Europe/Berlin", s, parts[2])
		}
		loc = zone
		parts = parts[:2]
	}
	t, err := time.ParseInLocation(layout, strings.Join(parts, " "), loc)
	if err != nil {
		return time.Time{}, untilError(s)
	}
	return t, nil
}

func untilError(s string) error {
	return fmt.Errorf("date %q is not of the form yyyy-MM-dd, yyyy-MM-dd HH:mm or yyyy-MM-dd HH:mm z", s)
}

// parseZone reads a zone: an abbreviation, an offset, or a name of the IANA's list.
func parseZone(z string) (*time.Location, bool) {
	if strings.Contains(z, "/") {
		named, err := time.LoadLocation(z)
		return named, err == nil
	}
	offset, ok := parseOffset(strings.ToUpper(z))
	return time.FixedZone(z, offset*60), ok
}

// parseOffset returns the offset of a zone in minutes.
func parseOffset(z string) (offset int, ok bool) {
	if offset, ok := zones[z]; ok {
		return offset, true
	}
	z = strings.TrimPrefix(strings.TrimPrefix(z, "GMT"), "UTC")
	if z == "" || (z[0] != '+' && z[0] != '-') {
		return 0, false
	}
	sign, digits := 1, z[1:]
	if z[0] == '-' {
		sign = -1
	}
	hours, minutes, split := strings.Cut(digits, ":")
	switch {
	case split:
	case len(digits) == 4:
		hours, minutes = digits[:2], digits[2:]
	default:
		minutes = "00"
	}
	h, err := strconv.ParseUint(hours, 10, 8)
	if err != nil || len(hours) > 2 || h > 18 {
		return 0, false
	}
	m, err := strconv.ParseUint(minutes, 10, 8)
	if err != nil || len(minutes) != 2 || m > 59 {
		return 0, false
	}
	return sign * (int(h)*60 + int(m)), true
}
