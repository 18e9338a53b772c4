// Package workflow holds the nouns of the scheduler: what a workflow, a task,
// a schedule, an instance and a task instance are, and when they are valid.
//
// It is the centre of the import graph. It imports nothing of ours but
// pkg/dag, knows no database and no wire format, and never asks the clock.
package workflow
