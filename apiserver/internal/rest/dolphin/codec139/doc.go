// Package codec139 translates between the definition JSON of DolphinScheduler
// 1.3.9 and workflow.Spec, and between its names (SUB_PROCESS,
// RUNNING_EXECUTION, START_PROCESS, ...) and ours. Legacy words live here.
//
// The translation is lossless for what clients send: whatever the core has no
// word for, and whatever the client wrote in another form than ours (a number
// as a string, a missing key), is kept beside the task or the spec and handed
// back as it came, as long as it still means what the core says. When the
// workflow was changed by other means since, the core's values win.
package codec139
