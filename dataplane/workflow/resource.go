package workflow

// Tag is a label of a thing: a definition, a secret, a schedule.
type Tag struct {
	Key   string `json:"key"`
	Type  string `json:"type,omitempty"`
	Value string `json:"value"`
}

// SecretInfo is all of a secret but its value. Times are epoch milliseconds.
type SecretInfo struct {
	Name       string `json:"name"`
	Tags       []Tag  `json:"tags"`
	CreateTime int64  `json:"createTime,omitempty"`
	UpdateTime int64  `json:"updateTime,omitempty"`
}

// Variable is a variable of the environment that ${workflow.env.NAME} reads (Conductor: EnvironmentVariable).
type Variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Tags  []Tag  `json:"tags,omitempty"`
}
