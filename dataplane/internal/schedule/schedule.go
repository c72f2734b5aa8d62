// Package schedule tells when schedules are due: cron expressions with seconds, in time zones, between a start and an end.
// It is pure.
package schedule

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones are known on machines that have no list of them

	"github.com/robfig/cron/v3"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// CheckCron reports what is wrong with an expression: second minute hour day-of-month month day-of-week, or a macro as
// @daily. A day must match both its day fields, which know L, W and # too.
func CheckCron(expression string) error {
	_, err := parse(expression)
	return err
}

// CheckZone reports whether a name of a time zone is known, as Europe/Berlin.
func CheckZone(name string) error {
	_, err := location(name)
	return err
}

func location(name string) (*time.Location, error) {
	if name == "Local" {
		return nil, errors.New("unknown time zone Local")
	}
	return time.LoadLocation(name)
}

var parser = cron.NewParser(cron.Second | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)

func parse(expression string) (*times, error) {
	fields := strings.Fields(expression)
	t := &times{}
	switch {
	case len(fields) == 1 && strings.HasPrefix(fields[0], "@"):
	case len(fields) != 6:
		return nil, fmt.Errorf("must have 6 fields (second minute hour day-of-month month day-of-week), not %d", len(fields))
	default:
		if strings.Contains(fields[0], "=") {
			return nil, errors.New("the zone has a field of its own")
		}
		var err error
		if fields[3], t.dom, err = splitMonthDays(fields[3]); err != nil {
			return nil, err
		}
		if fields[5], t.dow, err = splitWeekdays(fields[5]); err != nil {
			return nil, err
		}
		if fields[5], err = weekdays(fields[5]); err != nil {
			return nil, err
		}
	}
	s, err := parser.Parse(strings.Join(fields, " "))
	if err != nil {
		return nil, err
	}
	spec, ok := s.(*cron.SpecSchedule)
	if !ok {
		return nil, errors.New("@every has no fixed times; use fields")
	}
	spec.Dom |= bothDays
	t.SpecSchedule = spec
	return t, nil
}

// bothDays makes a schedule match days that match both day fields, and not either.
const bothDays = 1 << 63

var dayNames = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}

// weekdays writes a day-of-week field as a list of 0 to 6: Sunday may also be 7, and the end of a range.
func weekdays(field string) (string, error) {
	if field == "*" || field == "?" {
		return field, nil
	}
	var days []string
	for part := range strings.SplitSeq(strings.ToUpper(field), ",") {
		span, stepText, stepped := strings.Cut(part, "/")
		step := 1
		if stepped {
			var err error
			if step, err = strconv.Atoi(stepText); err != nil || step < 1 {
				return "", fmt.Errorf("day-of-week: the step %q is no number", stepText)
			}
		}
		from, to := 0, 6
		if span != "*" && span != "?" {
			first, last, ranged := strings.Cut(span, "-")
			var err error
			if from, err = weekday(first); err != nil {
				return "", err
			}
			switch {
			case ranged:
				if to, err = weekday(last); err != nil {
					return "", err
				}
				if to == 0 || to < from {
					to += 7
				}
			case !stepped:
				to = from
			}
		}
		for d := from; d <= to; d += step {
			if day := strconv.Itoa(d % 7); !slices.Contains(days, day) {
				days = append(days, day)
			}
		}
	}
	slices.Sort(days)
	return strings.Join(days, ","), nil
}

func weekday(text string) (int, error) {
	if i := slices.Index(dayNames, text); i >= 0 {
		return i, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 7 {
		return 0, fmt.Errorf("day-of-week: %q is neither a day's name nor a number from 0 to 7", text)
	}
	return n, nil
}

// Plan is a schedule's times.
type Plan struct {
	Streams  []Stream
	from, to int64
}

// Stream is the times of one cron expression in one zone. Key names it.
type Stream struct {
	Key, Cron, Zone string
	times           *times
}

// Compile makes the plan of a schedule.
func Compile(s *workflow.Schedule) (*Plan, error) {
	p := &Plan{from: s.ScheduleStartTime, to: s.ScheduleEndTime}
	for _, c := range s.Crons() {
		t, err := parse(c.CronExpression)
		if err != nil {
			return nil, fmt.Errorf("cronExpression %q: %w", c.CronExpression, err)
		}
		if t.Location, err = location(c.ZoneID); err != nil {
			return nil, fmt.Errorf("zoneId: %w", err)
		}
		p.Streams = append(p.Streams, Stream{Key: c.CronExpression + " " + c.ZoneID, Cron: c.CronExpression, Zone: c.ZoneID, times: t})
	}
	return p, nil
}

// Next returns the first time of a stream after a point in time, in epoch milliseconds; 0 when there is none.
func (p *Plan) Next(s Stream, after int64) int64 {
	after = max(after, p.from-1) // a time that is the start itself counts
	next := s.times.Next(time.UnixMilli(after))
	if next.IsZero() {
		return 0
	}
	if at := next.UnixMilli(); p.to == 0 || at <= p.to {
		return at
	}
	return 0
}

// Upcoming returns the first few times of all streams after a point in time.
func (p *Plan) Upcoming(after int64, count int) []int64 {
	times := []int64{}
	for _, s := range p.Streams {
		at := after
		for range count {
			if at = p.Next(s, at); at == 0 {
				break
			}
			times = append(times, at)
		}
	}
	slices.Sort(times)
	times = slices.Compact(times)
	return times[:min(count, len(times))]
}
