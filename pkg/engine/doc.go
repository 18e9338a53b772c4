// Package engine decides what runs next. A Run is the state of one instance;
// Step takes an event and returns what has to be done about it. It is pure and
// deterministic: no clock, no I/O, no goroutine. The same run and the same
// events give the same effects.
package engine
