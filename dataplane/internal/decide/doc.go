// Package decide says what happens next in an execution: it takes the state of one execution and an event (start, task
// result, due timer, a child's end, an operator's command) and changes the state, recording which rows changed.
//
// Terms: a [Plan] is a compiled definition; a [State] is an open execution; a [Task] is one attempt of one task; a scope is
// the top level or one iteration of a loop. After a step, [State.Take] gives the [Changes] to be made durable; what has to
// happen outside (queue, timer, HTTP call, child) follows from each changed task by [State.Work] and is the caller's, after
// the commit. The same function tells after a restart what is outstanding.
//
// It is pure: time, ids and look-ups come in through [Env], there is no I/O, no clock and no logger. An event costs the
// same in an execution of five tasks and in a fork of fifty thousand: joins count, successors come from the plan.
// A method that returns an error has changed nothing.
package decide
