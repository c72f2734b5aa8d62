package workflow
type Checks struct{ Script, JQ, Duration, Until func(string) error }
func (d *Def) Validate(c Checks) error { return nil }
func (d *TaskDef) Validate() error { return nil }
func (d *StartRequest) Validate() error { return nil }
