package workflow

import "fmt"

// Validate reports everything that is wrong with a task definition, as an *Error of kind [Invalid] with one violation
// for each wrong field.
func (d *TaskDef) Validate(c Checks) error {
	v := validator{checks: c}
	v.named("name", d.Name, "TaskDef name cannot be null or empty")
	v.policy("", d, 1)
	if d.TimeoutSeconds > 0 && d.ResponseTimeoutSeconds > d.TimeoutSeconds {
		v.add("responseTimeoutSeconds", fmt.Sprint(d.ResponseTimeoutSeconds), "must not be more than timeoutSeconds, which is %d", d.TimeoutSeconds)
	}
	if d.TotalTimeoutSeconds > 0 && d.TimeoutSeconds > d.TotalTimeoutSeconds {
		v.add("timeoutSeconds", fmt.Sprint(d.TimeoutSeconds), "must not be more than totalTimeoutSeconds, which is %d", d.TotalTimeoutSeconds)
	}
	return v.err()
}

// policy checks what holds for registered task definitions and for those that are embedded in a workflow's tasks, but
// that a registered one needs a response timeout of at least 1 second.
func (v *validator) policy(prefix string, d *TaskDef, leastResponse int64) {
	v.oneOf(prefix+"timeoutPolicy", d.TimeoutPolicy, PolicyRetry, PolicyTimeOutWF, PolicyAlertOnly)
	v.oneOf(prefix+"retryLogic", d.RetryLogic, RetryFixed, RetryExponential, RetryLinear)
	v.atLeast(prefix+"retryCount", int64(d.RetryCount), 0)
	v.atLeast(prefix+"retryDelaySeconds", d.RetryDelaySeconds, 0)
	v.atLeast(prefix+"maxRetryDelaySeconds", d.MaxRetryDelaySeconds, 0)
	v.atLeast(prefix+"backoffJitterMs", d.BackoffJitterMs, 0)
	v.atLeast(prefix+"backoffScaleFactor", int64(d.BackoffScaleFactor), 1)
	v.atLeast(prefix+"timeoutSeconds", d.TimeoutSeconds, 0)
	v.atLeast(prefix+"responseTimeoutSeconds", d.ResponseTimeoutSeconds, leastResponse)
	v.atLeast(prefix+"totalTimeoutSeconds", d.TotalTimeoutSeconds, 0)
	v.atLeast(prefix+"rateLimitPerFrequency", int64(d.RateLimitPerFrequency), 0)
	v.atLeast(prefix+"rateLimitFrequencyInSeconds", int64(d.RateLimitFrequencyInSeconds), 0)
	v.schema(prefix+"inputSchema", d.InputSchema)
	v.schema(prefix+"outputSchema", d.OutputSchema)
	if d.PollTimeoutSeconds != nil {
		v.atLeast(prefix+"pollTimeoutSeconds", *d.PollTimeoutSeconds, 0)
	}
	if d.ConcurrentExecLimit != nil {
		v.atLeast(prefix+"concurrentExecLimit", int64(*d.ConcurrentExecLimit), 0)
	}
}
