package schedule_test

import (
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/schedule"
)

func FuzzCheckCron(f *testing.F) {
	for _, seed := range []string{
		"0 0 12 * * MON-FRI", "@daily", "@every 1h", "0 0/5 * ? * *", "* * * * *", "0 0 0 31 2 *", "-1 * * * * *", "0 */0 * * * *",
		"0 0 0 1-99999999999 * *", "TZ=x 0 0 0 * * *", "0 0 0 ? * 2#1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		first := schedule.CheckCron(expression)
		if again := schedule.CheckCron(expression); (first == nil) != (again == nil) {
			t.Errorf("%q is judged differently: %v and %v", expression, first, again)
		}
	})
}
