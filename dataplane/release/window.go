package release

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Window says when updates may be made, in UTC: on some days of the week, from a time of the day on, for a while. The zero value
// is always.
type Window struct {
	days []time.Weekday // empty: every day
	from time.Duration  // since midnight
	last time.Duration  // how long, up to a day; 0: always
}

var dayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ParseWindow reads a window such as "sat,sun 02:00-05:00" or "22:30-01:00", which is on every day and ends on the next one.
// An empty text is always.
func ParseWindow(text string) (Window, error) {
	var w Window
	fields := strings.Fields(strings.ToLower(text))
	wrong := fmt.Errorf(`%q is not a window of time such as "sat,sun 02:00-05:00" (UTC)`, text)
	switch len(fields) {
	case 0:
		return w, nil
	case 1:
	case 2:
		for name := range strings.SplitSeq(fields[0], ",") {
			day := slices.Index(dayNames, name)
			if day < 0 {
				return Window{}, wrong
			}
			w.days = append(w.days, time.Weekday(day))
		}
		fields = fields[1:]
	default:
		return Window{}, wrong
	}
	from, to, ok := strings.Cut(fields[0], "-")
	begin, err := time.Parse("15:04", from)
	end, err2 := time.Parse("15:04", to)
	if !ok || err != nil || err2 != nil {
		return Window{}, wrong
	}
	w.from = time.Duration(begin.Hour())*time.Hour + time.Duration(begin.Minute())*time.Minute
	if w.last = end.Sub(begin); w.last <= 0 {
		w.last += 24 * time.Hour
	}
	return w, nil
}

// Next returns when the window is open: now while it is, else when it opens next.
func (w Window) Next(now time.Time) time.Time {
	if w.last == 0 {
		return now
	}
	now = now.UTC()
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	for day := -1; ; day++ { // that of yesterday may go on; within eight days there is one
		begin := today.AddDate(0, 0, day).Add(w.from)
		if len(w.days) > 0 && !slices.Contains(w.days, begin.Weekday()) {
			continue
		}
		switch {
		case now.Before(begin):
			return begin
		case now.Before(begin.Add(w.last)):
			return now
		}
	}
}
