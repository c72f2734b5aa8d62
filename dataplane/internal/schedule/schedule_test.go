package schedule_test

import (
	"slices"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/schedule"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

func at(t *testing.T, text string) int64 {
	t.Helper()
	tm, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return tm.UnixMilli()
}

func TestTimes(t *testing.T) {
	for _, c := range []struct {
		name, cron, zone, after string
		want                    []string
	}{
		{"seconds", "*/20 * * * * ?", "UTC", "2026-01-01T00:00:05Z", []string{"2026-01-01T00:00:20Z", "2026-01-01T00:00:40Z", "2026-01-01T00:01:00Z"}},
		{"a macro", "@daily", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"}},
		{"a zone", "0 30 9 * * *", "Asia/Kolkata", "2026-01-01T00:00:00Z", []string{"2026-01-01T04:00:00Z", "2026-01-02T04:00:00Z"}},
		{"both day fields", "0 0 0 13 * FRI", "UTC", "2026-01-01T00:00:00Z", []string{"2026-02-13T00:00:00Z", "2026-03-13T00:00:00Z", "2026-11-13T00:00:00Z"}},
		{"Sunday is 7 too", "0 0 0 * * 7", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"}},
		{"a range to Sunday", "0 0 0 * * FRI-SUN", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z", "2026-01-09T00:00:00Z"}},
		{"steps of days", "0 0 0 * * MON-7/3", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-04T00:00:00Z", "2026-01-05T00:00:00Z", "2026-01-08T00:00:00Z"}},
		// Clocks in Berlin go from 2 to 3 o'clock on March 29, and from 3 back to 2 on October 25.
		{"into summer time", "0 0 6 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", []string{"2026-03-29T04:00:00Z", "2026-03-30T04:00:00Z"}},
		{"out of summer time", "0 0 6 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", []string{"2026-10-25T05:00:00Z", "2026-10-26T05:00:00Z"}},
		// What Conductor OSS answers to the same expressions.
		{"the last day", "0 0 0 L * *", "UTC", "2026-11-22T14:00:00Z", []string{"2026-11-30T00:00:00Z", "2026-12-31T00:00:00Z", "2027-01-31T00:00:00Z", "2027-02-28T00:00:00Z"}},
		{"before the last day", "0 0 0 L-3 * ?", "UTC", "2026-11-22T14:00:00Z", []string{"2026-11-27T00:00:00Z", "2026-12-28T00:00:00Z", "2027-01-28T00:00:00Z"}},
		{"the last Friday", "0 0 0 * * 5L", "UTC", "2026-11-22T14:00:00Z", []string{"2026-11-27T00:00:00Z", "2026-12-25T00:00:00Z", "2027-01-29T00:00:00Z"}},
		{"the first Tuesday", "0 0 0 ? * TUE#1", "UTC", "2026-11-22T14:00:00Z", []string{"2026-12-01T00:00:00Z", "2027-01-05T00:00:00Z", "2027-02-02T00:00:00Z"}},
		{"the weekday at the first", "0 0 0 1W * *", "UTC", "2026-11-22T14:00:00Z", []string{"2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z", "2027-03-01T00:00:00Z", "2027-04-01T00:00:00Z", "2027-05-03T00:00:00Z"}},
		{"the last weekday", "0 0 0 LW * *", "UTC", "2026-11-22T14:00:00Z", []string{"2026-11-30T00:00:00Z", "2026-12-31T00:00:00Z", "2027-01-29T00:00:00Z"}},
		{"days beside rules", "0 0 0 15,L * *", "UTC", "2026-11-22T14:00:00Z", []string{"2026-11-30T00:00:00Z", "2026-12-15T00:00:00Z", "2026-12-31T00:00:00Z"}},
		{"weekdays beside rules", "0 0 0 * DEC MON#1,SAT-SUN", "UTC", "2026-11-22T14:00:00Z", []string{"2026-12-05T00:00:00Z", "2026-12-06T00:00:00Z", "2026-12-07T00:00:00Z", "2026-12-12T00:00:00Z"}},
		{"a rule in a zone", "0 30 23 L * *", "America/New_York", "2026-11-22T14:00:00Z", []string{"2026-12-01T04:30:00Z", "2027-01-01T04:30:00Z"}},
		{"a rule and hours", "0 0 8,20 L * *", "UTC", "2026-11-30T09:00:00Z", []string{"2026-11-30T20:00:00Z", "2026-12-31T08:00:00Z"}},
		{"a day that never comes", "0 0 0 31W FEB *", "UTC", "2026-11-22T14:00:00Z", nil},
		{"a leap day", "0 0 12 29 2 ?", "UTC", "2026-01-01T00:00:00Z", []string{"2028-02-29T12:00:00Z"}},
	} {
		p, err := schedule.Compile(&workflow.Schedule{CronExpression: c.cron, ZoneID: c.zone})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var want []int64
		for _, w := range c.want {
			want = append(want, at(t, w))
		}
		if got := p.Upcoming(at(t, c.after), max(len(want), 1)); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", c.name, texts(got), c.want)
		}
	}
}

func texts(times []int64) []string {
	var out []string
	for _, t := range times {
		out = append(out, time.UnixMilli(t).UTC().Format(time.RFC3339))
	}
	return out
}

func TestStartEndAndSeveralCrons(t *testing.T) {
	s := &workflow.Schedule{
		ScheduleStartTime: at(t, "2026-01-01T10:00:00Z"), ScheduleEndTime: at(t, "2026-01-01T12:00:00Z"),
		CronSchedules: []workflow.CronSchedule{{CronExpression: "0 0 * * * *"}, {CronExpression: "0 30 * * * *"}},
	}
	p, err := schedule.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	got := texts(p.Upcoming(at(t, "2025-06-01T00:00:00Z"), 9))
	want := []string{"2026-01-01T10:00:00Z", "2026-01-01T10:30:00Z", "2026-01-01T11:00:00Z", "2026-01-01T11:30:00Z", "2026-01-01T12:00:00Z"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestWhatIsNoCronExpression(t *testing.T) {
	for _, bad := range []string{
		"", "* * * * *", "* * * * * * *", "61 * * * * *", "0 0 0 L-0 * *", "0 0 0 XL * *", "0 0 0 32W * *", "0 0 0 1-5W * *", "0 0 0 * * L", "0 0 0 * * MON#6", "0 0 0 * * MON#", "0 0 0 * * #1", "0 0 0 1,99,L * *", "0 0 0 L, * *", "TZ=UTC 0 0 0 * *", "0 0 0 * * 8", "0 0 0 * * MONDAY",
		"0 0 0 * * 1/0", "@every 5m", "@never", "TZ=UTC 0 0 0 * *",
	} {
		if err := schedule.CheckCron(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	for _, good := range []string{"@hourly", "0 0 12 ? * WED", "0 0/5 9-17 1,15 JAN-MAR MON-FRI", "0 0 0 * * wed,sun"} {
		if err := schedule.CheckCron(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for zone, ok := range map[string]bool{"UTC": true, "Europe/Berlin": true, "Mars/Base": false, "Local": false} {
		if err := schedule.CheckZone(zone); (err == nil) != ok {
			t.Errorf("%s: %v", zone, err)
		}
	}
}
