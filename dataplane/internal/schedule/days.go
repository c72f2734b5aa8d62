package schedule

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// times are those of a cron expression. The rules are for days that a list of numbers cannot say; where a day field has
// some, a day must match one of them.
type times struct {
	*cron.SpecSchedule
	dom, dow []rule
}

// rule reports whether it is true of a day.
type rule func(day time.Time) bool

// horizon is how far times are looked for: an expression may be of days that never come.
const horizon = 5 // years

// Next returns the first time after another, zero when there is none.
func (t *times) Next(after time.Time) time.Time {
	at := t.SpecSchedule.Next(after.In(t.Location)) // which is the zone of its answer too
	for end := after.AddDate(horizon, 0, 0); !at.IsZero() && !at.After(end); {
		if holds(t.dom, at) && holds(t.dow, at) {
			return at
		}
		year, month, day := at.Date()
		at = t.SpecSchedule.Next(time.Date(year, month, day, 23, 59, 59, 0, at.Location()))
	}
	return time.Time{}
}

func holds(rules []rule, day time.Time) bool {
	for _, r := range rules {
		if r(day) {
			return true
		}
	}
	return len(rules) == 0
}

// splitDays takes the parts that are rules out of a day field. What is left is "*" when there are rules: the plain parts
// are a rule too then.
func splitDays(field, marks string, parse func(part string) (rule, error), plain func(parts string) (rule, error)) (string, []rule, error) {
	field = strings.ToUpper(field)
	if !strings.ContainsAny(field, marks) {
		return field, nil, nil
	}
	var rules []rule
	var rest []string
	for part := range strings.SplitSeq(field, ",") {
		if !strings.ContainsAny(part, marks) {
			rest = append(rest, part)
			continue
		}
		r, err := parse(part)
		if err != nil {
			return "", nil, err
		}
		rules = append(rules, r)
	}
	if len(rest) > 0 {
		r, err := plain(strings.Join(rest, ","))
		if err != nil {
			return "", nil, err
		}
		rules = append(rules, r)
	}
	return "*", rules, nil
}

// splitMonthDays knows L (the month's last day), L-3 (the third before it), LW (its last weekday, Monday to Friday) and
// 15W (the weekday of the same month that is nearest to the 15th).
func splitMonthDays(field string) (string, []rule, error) {
	return splitDays(field, "LW", monthRule, func(parts string) (rule, error) {
		s, err := parser.Parse("0 0 0 " + parts + " * *")
		if err != nil {
			return nil, err
		}
		days := s.(*cron.SpecSchedule).Dom
		return func(day time.Time) bool { return days>>day.Day()&1 == 1 }, nil
	})
}

func monthRule(part string) (rule, error) {
	last := func(day time.Time) int { return time.Date(day.Year(), day.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day() }
	before, fromEnd := strings.CutPrefix(part, "L-")
	switch {
	case part == "L":
		return func(day time.Time) bool { return day.Day() == last(day) }, nil
	case part == "LW":
		return func(day time.Time) bool { return day.Day() == nearestWeekday(day, last(day), last(day)) }, nil
	case fromEnd:
		n, err := number(before, 30)
		return func(day time.Time) bool { return day.Day() == last(day)-n }, err
	}
	text, ok := strings.CutSuffix(part, "W")
	if !ok {
		return nil, fmt.Errorf("day-of-month: %q is not L, L-3, LW or 15W", part)
	}
	n, err := number(text, 31)
	return func(day time.Time) bool { return n <= last(day) && day.Day() == nearestWeekday(day, n, last(day)) }, err
}

// number reads a number from 1 to a greatest one.
func number(text string, most int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("%q is no number from 1 to %d", text, most)
	}
	return n, nil
}

// nearestWeekday returns which day from Monday to Friday is nearest to day n of a month that has last days.
func nearestWeekday(month time.Time, n, last int) int {
	switch time.Date(month.Year(), month.Month(), n, 0, 0, 0, 0, time.UTC).Weekday() {
	case time.Saturday:
		if n == 1 {
			return 3
		}
		return n - 1
	case time.Sunday:
		if n == last {
			return n - 2
		}
		return n + 1
	default:
		return n
	}
}

// splitWeekdays knows FRIL (the month's last Friday) and FRI#2 (its second).
func splitWeekdays(field string) (string, []rule, error) {
	return splitDays(field, "L#", weekRule, func(parts string) (rule, error) {
		list, err := weekdays(parts)
		return func(day time.Time) bool {
			return list == "*" || strings.Contains(list, strconv.Itoa(int(day.Weekday())))
		}, err
	})
}

func weekRule(part string) (rule, error) {
	name, count, counted := strings.Cut(part, "#")
	if !counted {
		var ok bool
		if name, ok = strings.CutSuffix(part, "L"); !ok || name == "" {
			return nil, errors.New("day-of-week: L stands behind a day, as in FRIL")
		}
	}
	wanted, err := weekday(name)
	if err != nil {
		return nil, err
	}
	of := func(day time.Time) bool { return int(day.Weekday()) == wanted%7 }
	if !counted {
		return func(day time.Time) bool { return of(day) && day.AddDate(0, 0, 7).Month() != day.Month() }, nil
	}
	n, err := number(count, 5)
	return func(day time.Time) bool { return of(day) && (day.Day()-1)/7+1 == n }, err
}
