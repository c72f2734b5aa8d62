package provisioner

// Undo maps each activity to the one that undoes it, "" for none.
func Undo() map[string]string {
	m := map[string]string{}
	for _, a := range (&Provisioner{}).activities() {
		m[a.name] = a.undo
	}
	return m
}
