package workflow

import "cmp"

// TaskDef is the registered policy of a task: retries, timeouts, limits. Its identity is Name.
type TaskDef struct {
	Audit
	Name                        string         `json:"name"`
	Description                 string         `json:"description,omitempty"`
	RetryCount                  int            `json:"retryCount"`
	TimeoutSeconds              int64          `json:"timeoutSeconds"` // per attempt, from its start; 0: none
	InputKeys                   []string       `json:"inputKeys"`
	OutputKeys                  []string       `json:"outputKeys"`
	RuntimeMetadata             []string       `json:"runtimeMetadata"`
	TimeoutPolicy               string         `json:"timeoutPolicy"` // RETRY, TIME_OUT_WF or ALERT_ONLY
	RetryLogic                  string         `json:"retryLogic"`    // FIXED, EXPONENTIAL_BACKOFF or LINEAR_BACKOFF
	RetryDelaySeconds           int64          `json:"retryDelaySeconds"`
	ResponseTimeoutSeconds      int64          `json:"responseTimeoutSeconds"`
	ConcurrentExecLimit         *int           `json:"concurrentExecLimit,omitempty"`
	InputTemplate               map[string]any `json:"inputTemplate"`
	RateLimitPerFrequency       int            `json:"rateLimitPerFrequency"`
	RateLimitFrequencyInSeconds int            `json:"rateLimitFrequencyInSeconds"`
	IsolationGroupID            string         `json:"isolationGroupId,omitempty"`
	ExecutionNameSpace          string         `json:"executionNameSpace,omitempty"`
	OwnerEmail                  string         `json:"ownerEmail,omitempty"`
	PollTimeoutSeconds          *int64         `json:"pollTimeoutSeconds,omitempty"`
	BackoffScaleFactor          int            `json:"backoffScaleFactor"`
	MaxRetryDelaySeconds        int64          `json:"maxRetryDelaySeconds"`
	BackoffJitterMs             int64          `json:"backoffJitterMs"`
	BaseType                    string         `json:"baseType,omitempty"`
	TotalTimeoutSeconds         int64          `json:"totalTimeoutSeconds"`
	TaskStatusListenerEnabled   bool           `json:"taskStatusListenerEnabled"`
	InputSchema                 *SchemaDef     `json:"inputSchema,omitempty"`
	OutputSchema                *SchemaDef     `json:"outputSchema,omitempty"`
	EnforceSchema               bool           `json:"enforceSchema"`
}

// Values of TaskDef.TimeoutPolicy and Def.TimeoutPolicy.
const (
	PolicyRetry     = "RETRY"
	PolicyTimeOutWF = "TIME_OUT_WF"
	PolicyAlertOnly = "ALERT_ONLY"
)

// Values of TaskDef.RetryLogic.
const (
	RetryFixed       = "FIXED"
	RetryLinear      = "LINEAR_BACKOFF"
	RetryExponential = "EXPONENTIAL_BACKOFF"
)

// DefaultTaskDef is the policy of a worker task that nobody registered: 3 retries 60 s apart, an hour to answer.
func DefaultTaskDef(name string) *TaskDef {
	d := &TaskDef{
		Name: name, RetryCount: 3, TimeoutPolicy: PolicyTimeOutWF, RetryLogic: RetryFixed, RetryDelaySeconds: 60,
		ResponseTimeoutSeconds: 3600, RateLimitFrequencyInSeconds: 1, BackoffScaleFactor: 1, TaskStatusListenerEnabled: true,
	}
	d.normalize()
	return d
}

// UnmarshalJSON decodes a task definition and fills in defaults.
func (d *TaskDef) UnmarshalJSON(b []byte) error {
	type plain TaskDef
	p := plain(*DefaultTaskDef(""))
	if err := decode(b, &p); err != nil {
		return err
	}
	*d = TaskDef(p)
	d.normalize()
	return nil
}

func (d *TaskDef) normalize() {
	d.InputKeys = orEmpty(d.InputKeys)
	d.OutputKeys = orEmpty(d.OutputKeys)
	d.RuntimeMetadata = orEmpty(d.RuntimeMetadata)
	d.TimeoutPolicy = cmp.Or(d.TimeoutPolicy, PolicyTimeOutWF)
	d.RetryLogic = cmp.Or(d.RetryLogic, RetryFixed)
	d.InputTemplate = orEmptyMap(d.InputTemplate)
	// What is below 0 means none, as Conductor takes it.
	d.TimeoutSeconds = max(d.TimeoutSeconds, 0)
	d.RetryDelaySeconds = max(d.RetryDelaySeconds, 0)
	d.RateLimitPerFrequency = max(d.RateLimitPerFrequency, 0)
	d.RateLimitFrequencyInSeconds = max(d.RateLimitFrequencyInSeconds, 0)
	if d.ConcurrentExecLimit != nil {
		*d.ConcurrentExecLimit = max(*d.ConcurrentExecLimit, 0)
	}
}
