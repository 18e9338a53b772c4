package worker

import "github.com/porpoise-scheduler/porpoise/worker/internal/logs"

// LogKey names the log of an attempt in the LogStore, for whoever reads it
// there.
func LogKey(attemptID int64) string { return logs.Key(attemptID) }
