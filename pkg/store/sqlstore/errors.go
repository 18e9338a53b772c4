package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"

	gosqlite "github.com/glebarez/go-sqlite"
	"github.com/go-sql-driver/mysql"
	"gorm.io/gorm"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Numbers of the MySQL protocol.
const (
	myTooManyConnections = 1040
	myAccessDenied       = 1045
	myServerShutdown     = 1053
	myDuplicate          = 1062
	myKilled             = 1317
	myReadOnly           = 1290
	myLockWait           = 1205
	myDeadlock           = 1213
	myChanged            = 1020
	myNoThread           = 1094
	myTooLong            = 1406
	myDiskFull           = 1021
	myTableFull          = 1114
	myConnectionKilled   = 1927
	myIdleKilled         = 4031
	mySequenceOutOfRange = 1264
)

// Primary result codes of SQLite.
const (
	liteBusy     = 5
	liteLocked   = 6
	liteReadOnly = 8
	liteIO       = 10
	liteFull     = 13
	liteCantOpen = 14
	litePrimary  = 1555 // extended: constraint, primary key
	liteUnique   = 2067 // extended: constraint, unique
	liteRowID    = 2579 // extended: constraint, rowid
)

// mapError turns an error of a driver or of gorm into ours. noun names what
// was read or written. Errors that are ours already pass unchanged.
func mapError(err error, noun string) error {
	var ours *workflow.Error
	var fenced *store.ErrFenced
	switch {
	case err == nil:
		return nil
	case errors.As(err, &fenced), errors.As(err, &ours):
		return err
	case errors.Is(err, sql.ErrNoRows), errors.Is(err, gorm.ErrRecordNotFound):
		return missing(noun)
	case duplicate(err):
		return &workflow.Error{Code: workflow.Exists, Reason: noun + ".exists", Message: noun + " exists", Err: err}
	case unanswered(err), transient(err):
		return &workflow.Error{Code: workflow.Unavailable, Reason: "database.unavailable", Message: "the database does not answer", Err: err}
	case myNumber(err) == myTooLong, myNumber(err) == mySequenceOutOfRange:
		return &workflow.Error{Code: workflow.Invalid, Reason: noun + ".too_long", Message: noun + " has a value that is too long", Err: err}
	}
	return fmt.Errorf("%s: %w", noun, err)
}

// missing is the error for a row that is not there.
func missing(noun string) error {
	return workflow.Errorf(workflow.NotFound, noun+".not_found", "%s not found", noun)
}

// duplicate reports that a unique key is taken.
func duplicate(err error) bool {
	if errors.Is(err, gorm.ErrDuplicatedKey) || myNumber(err) == myDuplicate {
		return true
	}
	switch liteCode(err) {
	case litePrimary, liteUnique, liteRowID:
		return true
	}
	return false
}

// transient reports that the whole transaction was undone for no fault of its
// own and can be run again.
func transient(err error) bool {
	switch myNumber(err) {
	case myDeadlock, myLockWait, myChanged:
		return true
	}
	switch liteCode(err) & 0xff {
	case liteBusy, liteLocked:
		return true
	}
	return false
}

// unanswered reports that the database is away, or was at the decisive
// moment: what was asked of it may or may not have happened.
func unanswered(err error) bool {
	var network net.Error
	switch {
	case errors.Is(err, driver.ErrBadConn), errors.Is(err, mysql.ErrInvalidConn), errors.Is(err, sql.ErrConnDone),
		errors.Is(err, sql.ErrTxDone), // by the end of the context
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, context.DeadlineExceeded),
		errors.As(err, &network):
		return true
	}
	switch myNumber(err) {
	case myTooManyConnections, myServerShutdown, myKilled, myReadOnly, myConnectionKilled, myIdleKilled, myDiskFull, myTableFull, myAccessDenied:
		return true
	}
	switch liteCode(err) & 0xff {
	case liteReadOnly, liteIO, liteFull, liteCantOpen:
		return true
	}
	return false
}

// myNumber is the error's number in the MySQL protocol, or 0.
func myNumber(err error) uint16 {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
}

// liteCode is SQLite's extended result code, or 0.
func liteCode(err error) int {
	var e *gosqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}
