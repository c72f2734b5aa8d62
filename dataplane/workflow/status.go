package workflow

// Status is the state of an execution.
type Status string

// The states of an execution. RUNNING and PAUSED are open; the others are terminal.
const (
	Running    Status = "RUNNING"
	Paused     Status = "PAUSED"
	Completed  Status = "COMPLETED"
	Failed     Status = "FAILED"
	TimedOut   Status = "TIMED_OUT"
	Terminated Status = "TERMINATED"
)

// Terminal reports whether an execution in this state has ended.
func (s Status) Terminal() bool {
	return s == Completed || s == Failed || s == TimedOut || s == Terminated
}

// Valid reports whether s is one of the states above.
func (s Status) Valid() bool { return s == Running || s == Paused || s.Terminal() }

// TaskStatus is the state of one attempt of a task.
type TaskStatus string

// The states of a task. SCHEDULED and IN_PROGRESS are open; the others are terminal.
const (
	TaskScheduled           TaskStatus = "SCHEDULED"
	TaskInProgress          TaskStatus = "IN_PROGRESS"
	TaskCompleted           TaskStatus = "COMPLETED"
	TaskCompletedWithErrors TaskStatus = "COMPLETED_WITH_ERRORS"
	TaskFailed              TaskStatus = "FAILED"
	TaskFailedTerminal      TaskStatus = "FAILED_WITH_TERMINAL_ERROR"
	TaskTimedOut            TaskStatus = "TIMED_OUT"
	TaskCanceled            TaskStatus = "CANCELED"
	TaskSkipped             TaskStatus = "SKIPPED"
)

// Terminal reports whether a task in this state has ended.
func (s TaskStatus) Terminal() bool { return s != TaskScheduled && s != TaskInProgress && s != "" }

// Successful reports whether the flow may go on past a task in this state. Open states count as successful.
func (s TaskStatus) Successful() bool {
	return s != TaskCanceled && s != TaskFailed && s != TaskFailedTerminal && s != TaskTimedOut
}

// Retriable reports whether the retry policy applies to a task that ended in this state.
func (s TaskStatus) Retriable() bool {
	return s != TaskCanceled && s != TaskFailedTerminal && s != TaskSkipped
}

// ResultStatus reports whether s is a status that a worker may report in a TaskResult.
func (s TaskStatus) ResultStatus() bool {
	return s == TaskInProgress || s == TaskFailed || s == TaskFailedTerminal || s == TaskCompleted || s == TaskCanceled
}

// Task types that the engine itself executes. Any other type is work for a polling worker.
const (
	TypeSimple          = "SIMPLE"
	TypeDynamic         = "DYNAMIC"
	TypeSwitch          = "SWITCH"
	TypeDecision        = "DECISION"
	TypeFork            = "FORK" // stored type of both kinds of fork
	TypeForkJoin        = "FORK_JOIN"
	TypeForkJoinDynamic = "FORK_JOIN_DYNAMIC"
	TypeJoin            = "JOIN"
	TypeExclusiveJoin   = "EXCLUSIVE_JOIN"
	TypeDoWhile         = "DO_WHILE"
	TypeSubWorkflow     = "SUB_WORKFLOW"
	TypeStartWorkflow   = "START_WORKFLOW"
	TypeTerminate       = "TERMINATE"
	TypeSetVariable     = "SET_VARIABLE"
	TypeWait            = "WAIT"
	TypeYield           = "YIELD" // waits for a signal
	TypeHuman           = "HUMAN"
	TypeHTTP            = "HTTP"
	TypeInline          = "INLINE"
	TypeLambda          = "LAMBDA"
	TypeJQ              = "JSON_JQ_TRANSFORM"
	TypeNoop            = "NOOP"
	TypePullMessages    = "PULL_WORKFLOW_MESSAGES"
	TypeEvent           = "EVENT"
	TypeUserDefined     = "USER_DEFINED"
)

// SystemTask reports whether the engine executes tasks of this type itself.
func SystemTask(taskType string) bool {
	switch taskType {
	case TypeSwitch, TypeDecision, TypeFork, TypeForkJoin, TypeForkJoinDynamic, TypeJoin, TypeExclusiveJoin,
		TypeDoWhile, TypeSubWorkflow, TypeStartWorkflow, TypeTerminate, TypeSetVariable, TypeWait, TypeYield, TypeHuman,
		TypeHTTP, TypeInline, TypeLambda, TypeJQ, TypeNoop, TypeEvent, TypePullMessages:
		return true
	}
	return false
}
