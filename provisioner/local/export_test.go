package local

// Abandon ends c as kill -9 of its process would: it watches nothing any more, and what it started stays.
func (c *Cloud) Abandon() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for _, cl := range c.clusters {
		cl.mu.Lock()
		for u := range cl.keepers {
			cl.letGo(u)
		}
		cl.mu.Unlock()
	}
}
