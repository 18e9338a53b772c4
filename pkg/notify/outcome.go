package notify

import "errors"

// outcomeError says more about a failure than that there was one.
type outcomeError struct {
	err               error
	unknown, hopeless bool
}

func (e *outcomeError) Error() string { return e.err.Error() }
func (e *outcomeError) Unwrap() error { return e.err }

// Unknown marks an error after which nobody knows whether the message arrived:
// it had been handed over, and no answer came.
func Unknown(err error) error { return &outcomeError{err: err, unknown: true} }

// IsUnknown reports whether the message may have arrived all the same.
func IsUnknown(err error) bool {
	var e *outcomeError
	return errors.As(err, &e) && e.unknown
}

// Hopeless marks an error that trying again will not mend.
func Hopeless(err error) error { return &outcomeError{err: err, hopeless: true} }

// IsHopeless reports whether trying again makes no sense.
func IsHopeless(err error) bool {
	var e *outcomeError
	return errors.As(err, &e) && e.hopeless
}
