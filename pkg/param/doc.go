// Package param turns placeholders into values: ${name} from the parameters of
// an instance and a task, and $[...] from its base time. It is pure: the base
// time, with the zone in its Location, is always an argument.
//
// What cannot be resolved, an unknown name or a malformed time expression,
// stays as it was written, so that a shell's own ${HOME} survives.
package param
