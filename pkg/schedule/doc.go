// Package schedule is the arithmetic of cron rules: when they fire, what to do
// about missed fire times, which dates a backfill runs and which spans of time
// a dependency looks at. It is pure: no clock, no I/O.
//
// # Daylight saving
//
// A rule names local times of its zone. A local time that the zone skips fires
// once, at the first moment after the gap; several skipped ones fire together,
// as one. A local time that the zone repeats fires once, the first time.
package schedule
