package workflow

import "time"

// ISOTime writes epoch milliseconds as Conductor's summaries do; "" for 0.
func ISOTime(millis int64) string {
	if millis == 0 {
		return ""
	}
	return time.UnixMilli(millis).UTC().Format("2006-01-02T15:04:05.000Z")
}

// Elapsed is how long something took that began and ended at these times, 0 while it runs.
func Elapsed(start, end int64) int64 {
	if start == 0 || end < start {
		return 0
	}
	return end - start
}
