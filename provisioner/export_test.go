package provisioner

// Undo maps each activity to the one that undoes it, "" for none.
func Undo() map[string]string {
	m := map[string]string{}
	for _, a := range (&Provisioner{}).activities() {
		m[a.name] = a.undo
	}
	return m
}

// Flows maps each kind of request to its workflow and to the one that undoes it, "" for none.
func Flows() map[Kind][2]string {
	m := map[Kind][2]string{}
	for k, f := range flows {
		m[k] = [2]string{f.workflow, f.undo}
	}
	return m
}
