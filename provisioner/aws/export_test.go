package aws

import "time"

// SetVisible shortens the time after which what AWS does not show is not there.
func (c *Cloud) SetVisible(d time.Duration) {
	c.visible = d
	for _, s := range c.sites {
		s.Visible, s.jobs.Visible = d, d
	}
}

// LookAgain forgets what the accounts had a moment ago.
func (c *Cloud) LookAgain() {
	for _, s := range c.sites {
		s.room.at = time.Time{}
	}
}
