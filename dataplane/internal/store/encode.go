package store

import "github.com/podium-cloud/podium/dataplane/internal/wire"

// Fields implements wire.Fielder.
func (w *Work) Fields(c *wire.Codec) {
	w.Work.Fields(c)
	wire.Struct(c, 16, &w.Picked)
}

// Fields implements wire.Fielder.
func (p *Picked) Fields(c *wire.Codec) {
	wire.Text(c, 1, &p.WorkerID)
	wire.Int(c, 2, &p.Start)
	wire.Int(c, 3, &p.Update)
	wire.Int(c, 4, &p.PollCount)
}
