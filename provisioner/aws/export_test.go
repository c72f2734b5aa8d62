package aws

import "time"

// SetVisible shortens the time after which what AWS does not show is not there.
func (c *Cloud) SetVisible(d time.Duration) {
	for _, s := range c.sites {
		s.Visible, s.jobs.Visible = d, d
	}
}
