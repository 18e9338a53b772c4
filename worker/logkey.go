package worker

import "github.com/porpoise-scheduler/porpoise/worker/internal/logs"

// LogKey names the log of an attempt in the LogStore, for whoever reads it
// there.
func LogKey(attemptID int64) string { return logs.Key(attemptID) }

// LogPrefix begins the keys of all logs.
const LogPrefix = logs.KeyPrefix

// LogAttempt reads the attempt from the key of its log; false for other keys.
func LogAttempt(key string) (int64, bool) { return logs.AttemptOf(key) }
