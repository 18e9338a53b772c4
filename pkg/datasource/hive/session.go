package hive

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/beltran/gohive/hiveserver"
)

const (
	pollEvery   = 100 * time.Millisecond
	cancelGrace = 10 * time.Second // for a server to answer once a context ended
)

// Error is what a server says of a statement.
type Error struct {
	Message  string
	SQLState string
	Code     int32
}

func (e *Error) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("the server refused with code %d, state %s", e.Code, e.SQLState)
	}
	return e.Message
}

// session is a connection with its session. As database/sql promises, one
// goroutine uses it at a time.
type session struct {
	transport thrift.TTransport
	client    *hiveserver.TCLIServiceClient
	handle    *hiveserver.TSessionHandle
	broken    bool
}

var (
	_ driver.Conn           = (*session)(nil)
	_ driver.QueryerContext = (*session)(nil)
	_ driver.ExecerContext  = (*session)(nil)
	_ driver.Pinger         = (*session)(nil)
	_ driver.Validator      = (*session)(nil)
)

func (s *session) open(ctx context.Context, c Config) error {
	request := &hiveserver.TOpenSessionReq{
		ClientProtocol: hiveserver.TProtocolVersion_HIVE_CLI_SERVICE_PROTOCOL_V6,
		Username:       &c.User, Password: &c.Password, Configuration: map[string]string{},
	}
	if c.Database != "" {
		request.Configuration["use:database"] = c.Database
	}
	for name, value := range c.Settings {
		request.Configuration["set:hiveconf:"+name] = value
	}
	var response *hiveserver.TOpenSessionResp
	err := s.call(ctx, 0, func(ctx context.Context) (err error) {
		response, err = s.client.OpenSession(ctx, request)
		return err
	})
	if err != nil {
		return err
	}
	if err := check(response.GetStatus()); err != nil {
		return err
	}
	s.handle = response.SessionHandle
	return nil
}

// call makes one request. When ctx ends, the server gets the grace to answer
// before the connection is closed, which ends the session there.
func (s *session) call(ctx context.Context, grace time.Duration, request func(context.Context) error) error {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel() // requests over HTTP end by it
			s.transport.Close()
		case <-late.Done():
		}
	})
	defer stop()
	err := request(late)
	if err != nil {
		s.broken = true
	}
	return cause(ctx, err)
}

// check gives the error of an answer.
func check(status *hiveserver.TStatus) error {
	if status == nil {
		return errors.New("the server gave no status")
	}
	switch status.GetStatusCode() {
	case hiveserver.TStatusCode_SUCCESS_STATUS, hiveserver.TStatusCode_SUCCESS_WITH_INFO_STATUS:
		return nil
	}
	return &Error{Message: status.GetErrorMessage(), SQLState: status.GetSqlState(), Code: status.GetErrorCode()}
}

// IsValid says whether the session may be used again.
func (s *session) IsValid() bool { return !s.broken }

// Close ends the session.
func (s *session) Close() error {
	if s.broken {
		return s.transport.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), cancelGrace)
	defer cancel()
	err := s.call(ctx, 0, func(ctx context.Context) error {
		response, err := s.client.CloseSession(ctx, &hiveserver.TCloseSessionReq{SessionHandle: s.handle})
		if err != nil {
			return err
		}
		return check(response.GetStatus())
	})
	return errors.Join(err, s.transport.Close())
}

// Ping asks the server for its name.
func (s *session) Ping(ctx context.Context) error {
	return s.call(ctx, 0, func(ctx context.Context) error {
		response, err := s.client.GetInfo(ctx, &hiveserver.TGetInfoReq{
			SessionHandle: s.handle, InfoType: hiveserver.TGetInfoType_CLI_DBMS_NAME,
		})
		if err != nil {
			return err
		}
		return check(response.GetStatus())
	})
}

// Begin refuses: the servers have no transactions.
func (s *session) Begin() (driver.Tx, error) {
	return nil, errors.New("hive: there are no transactions")
}

// Prepare keeps a statement; values are written into it when it runs.
func (s *session) Prepare(query string) (driver.Stmt, error) { return &prepared{s, query}, nil }

// ExecContext runs a statement to its end.
func (s *session) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	op, err := s.run(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return driver.ResultNoRows, s.closeOperation(ctx, op)
}

// QueryContext runs a statement and gives its rows.
func (s *session) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	op, err := s.run(ctx, query, args)
	if err != nil {
		return nil, err
	}
	r := &rows{session: s, ctx: ctx, operation: op}
	if op.HasResultSet {
		if err := r.describe(); err != nil {
			return nil, errors.Join(err, r.Close())
		}
	}
	return r, nil
}

// prepared is a statement of database/sql.
type prepared struct {
	session *session
	query   string
}

func (p *prepared) Close() error  { return nil }
func (p *prepared) NumInput() int { return -1 }

func (p *prepared) Exec(args []driver.Value) (driver.Result, error) {
	return p.session.ExecContext(context.Background(), p.query, ordinals(args))
}

func (p *prepared) Query(args []driver.Value) (driver.Rows, error) {
	return p.session.QueryContext(context.Background(), p.query, ordinals(args))
}

func (p *prepared) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return p.session.ExecContext(ctx, p.query, args)
}

func (p *prepared) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return p.session.QueryContext(ctx, p.query, args)
}

func ordinals(args []driver.Value) []driver.NamedValue {
	var out []driver.NamedValue
	for i, a := range args {
		out = append(out, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	return out
}
