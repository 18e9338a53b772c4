package datasource

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	mssql "github.com/microsoft/go-mssqldb"
	"github.com/sijms/go-ora/v2/network"

	"github.com/porpoise-scheduler/porpoise/pkg/netguard"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Reasons of a connection that failed.
const (
	ReasonPassword        = "datasource.wrong_password"
	ReasonUnknownHost     = "datasource.unknown_host"
	ReasonRefused         = "datasource.refused"
	ReasonTimeout         = "datasource.timeout"
	ReasonUnreachable     = "datasource.unreachable"
	ReasonUnknownDatabase = "datasource.unknown_database"
	ReasonForbidden       = "datasource.forbidden"
	ReasonAddress         = "datasource.address"
	ReasonTLS             = "datasource.tls"
	ReasonFailed          = "datasource.failed"
)

// explain turns what a driver says of a failed connection into an error with a
// reason. The driver's error is not handed on: some drivers put the password
// into it.
func (t *target) explain(ctx context.Context, err error) error {
	var own *workflow.Error
	if errors.As(err, &own) {
		return own
	}
	reason := t.reason(ctx, err)
	code := workflow.Invalid
	switch reason {
	case ReasonRefused, ReasonTimeout, ReasonUnreachable, ReasonFailed:
		code = workflow.Unavailable
	}
	return workflow.Errorf(code, reason, "%s", t.describe(reason, err))
}

func (t *target) reason(ctx context.Context, err error) string {
	if reason := serverReason(err); reason != "" {
		return reason
	}
	failed := t.dialer.failure()
	if failed == nil {
		failed = err
	}
	if reason := networkReason(failed); reason != "" {
		return reason
	}
	if ctx.Err() != nil {
		return ReasonTimeout
	}
	return ReasonFailed
}

// serverReason knows the codes that servers refuse with.
func serverReason(err error) string {
	var (
		my    *mysql.MySQLError
		pg    *pgconn.PgError
		ms    mssql.Error
		oracl *network.OracleError
		click *clickhouse.Exception
	)
	switch {
	case errors.As(err, &my):
		return mysqlReason(my)
	case errors.As(err, &pg):
		return postgresReason(pg)
	case errors.As(err, &ms):
		return sqlServerReason(ms)
	case errors.As(err, &oracl):
		return oracleReason(oracl)
	case errors.As(err, &click):
		return clickHouseReason(click)
	}
	return cmp.Or(trinoReason(err), hiveReason(err))
}

// networkReason knows what happens before a server answers.
func networkReason(err error) string {
	var (
		dns      *net.DNSError
		invalid  x509.CertificateInvalidError
		host     x509.HostnameError
		unsigned x509.UnknownAuthorityError
		timeout  net.Error
	)
	if _, refused := netguard.Refused(err); refused {
		return ReasonAddress
	}
	switch {
	case errors.As(err, &dns) && !dns.IsTimeout:
		return ReasonUnknownHost
	case errors.As(err, &invalid), errors.As(err, &host), errors.As(err, &unsigned):
		return ReasonTLS
	case errors.Is(err, syscall.ECONNREFUSED):
		return ReasonRefused
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &timeout) && timeout.Timeout():
		return ReasonTimeout
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return ReasonUnreachable
	}
	return ""
}

// describe says what went wrong in words for people.
func (t *target) describe(reason string, err error) string {
	where := strings.Join(t.hosts, ", ")
	switch reason {
	case ReasonPassword:
		return "the server at " + where + " refused user " + quoted(t.Connection.User) + " or the password"
	case ReasonUnknownHost:
		return "the host of " + where + " is unknown"
	case ReasonRefused:
		return "nobody accepts connections at " + where
	case ReasonTimeout:
		return "no answer from " + where + " within " + t.timeout.String()
	case ReasonUnreachable:
		return where + " cannot be reached from here"
	case ReasonUnknownDatabase:
		return "there is no database " + quoted(t.Connection.Database)
	case ReasonForbidden:
		return "user " + quoted(t.Connection.User) + " may not use database " + quoted(t.Connection.Database)
	case ReasonAddress:
		return "data sources may not be at the address of " + where
	case ReasonTLS:
		return "the certificate of " + where + " is not trusted: " + t.scrub(err.Error())
	}
	return "connecting failed: " + t.scrub(err.Error())
}

func quoted(s string) string { return `"` + clip(s) + `"` }

// scrub takes the password out of a text.
func (t *target) scrub(text string) string {
	if t.Password == "" {
		return text
	}
	return strings.ReplaceAll(text, t.Password, "******")
}

// tidy takes the password out of an error of a statement, which a server may
// have echoed, and leaves other errors as they are.
func (t *target) tidy(err error) error {
	if err == nil || t.Password == "" || !strings.Contains(err.Error(), t.Password) {
		return err
	}
	return errors.New(t.scrub(err.Error()))
}

// refuse says why a statement must not be sent.
func (t *target) refuse(query string) error {
	if t.family.refuse == nil {
		return nil
	}
	return t.family.refuse(query)
}
