package workflow

import (
	"errors"
	"fmt"
)

// Code classifies an error for whoever has to answer it: one table maps codes
// to gRPC statuses, another to HTTP ones.
type Code string

// The codes. An error without one counts as Internal.
const (
	Invalid         Code = "invalid"         // the input is wrong; nothing changed
	Unauthenticated Code = "unauthenticated" // no or unknown credentials
	Forbidden       Code = "forbidden"       // known caller, not allowed
	NotFound        Code = "not_found"
	Exists          Code = "exists"      // a name or key is taken
	Conflict        Code = "conflict"    // the thing is in a state that refuses this
	Fenced          Code = "fenced"      // the writer no longer owns the shard
	Exhausted       Code = "exhausted"   // a limit is reached; try later
	Unavailable     Code = "unavailable" // a part we depend on is away; try later
	Internal        Code = "internal"
)

// Error is the one error type that crosses package borders with a meaning.
//
// Reason is a stable, machine-readable word such as "tenant.exists" which a
// dialect turns into its own number; Field names the offending input, if one
// can be named; Args fill a dialect's own message template.
type Error struct {
	Code    Code
	Reason  string
	Field   string
	Message string
	Args    []any
	Err     error
}

// Error gives the message for a person: what was wrong and where.
func (e *Error) Error() string {
	switch {
	case e.Message != "" && e.Err != nil:
		return e.Message + ": " + e.Err.Error()
	case e.Message != "":
		return e.Message
	case e.Err != nil:
		return e.Err.Error()
	default:
		return string(e.Code) + " " + e.Reason
	}
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error. The message is for people; reason is for programs.
func Errorf(code Code, reason, format string, args ...any) *Error {
	return &Error{Code: code, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// With returns e with the arguments of a dialect's message template.
func (e *Error) With(args ...any) *Error {
	e.Args = args
	return e
}

// At returns e naming the input that was wrong.
func (e *Error) At(field string) *Error {
	e.Field = field
	return e
}

// ErrorCode gives the code of err: "" for nil, Internal for a foreign error.
func ErrorCode(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// ErrorReason gives the reason of err, or "".
func ErrorReason(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}
