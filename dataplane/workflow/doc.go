// Package workflow holds the models of the Conductor API: definitions ([Def], [DefTask], [TaskDef]), executions
// ([Execution], [Task]) and the requests and results around them, with their wire JSON, defaults and validation.
//
// It is pure: no I/O, no clock, no logger. Times are epoch milliseconds, as on the wire. Field names and defaults
// follow Conductor OSS; a Def decoded from JSON has its defaults filled in and its collections non-nil.
package workflow
