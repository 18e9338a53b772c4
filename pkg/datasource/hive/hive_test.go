package hive_test

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/beltran/gohive/hiveserver"
	"go.uber.org/goleak"

	"github.com/porpoise-scheduler/porpoise/pkg/datasource/hive"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is a HiveServer2 over its real protocol that knows two statements:
// one that never ends and one that gives rows.
type server struct {
	hiveserver.TCLIService // what is not used below

	mu         sync.Mutex
	open       *hiveserver.TOpenSessionReq
	statements []string
	cancelled  int
	closed     int
	sessions   int
	fetched    bool
	started    chan struct{}
}

func success() *hiveserver.TStatus {
	return &hiveserver.TStatus{StatusCode: hiveserver.TStatusCode_SUCCESS_STATUS}
}

func identifier() *hiveserver.THandleIdentifier {
	return &hiveserver.THandleIdentifier{GUID: make([]byte, 16), Secret: make([]byte, 16)}
}

func (s *server) OpenSession(_ context.Context, r *hiveserver.TOpenSessionReq) (*hiveserver.TOpenSessionResp, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = r
	s.sessions++
	return &hiveserver.TOpenSessionResp{
		Status: success(), ServerProtocolVersion: r.ClientProtocol,
		SessionHandle: &hiveserver.TSessionHandle{SessionId: identifier()},
	}, nil
}

func (s *server) CloseSession(context.Context, *hiveserver.TCloseSessionReq) (*hiveserver.TCloseSessionResp, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions--
	return &hiveserver.TCloseSessionResp{Status: success()}, nil
}

func (s *server) GetInfo(context.Context, *hiveserver.TGetInfoReq) (*hiveserver.TGetInfoResp, error) {
	name := "stand-in"
	return &hiveserver.TGetInfoResp{Status: success(), InfoValue: &hiveserver.TGetInfoValue{StringValue: &name}}, nil
}

func (s *server) ExecuteStatement(_ context.Context, r *hiveserver.TExecuteStatementReq) (*hiveserver.TExecuteStatementResp, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.statements = append(s.statements, r.Statement)
	s.fetched = false
	if strings.HasPrefix(r.Statement, "WRONG") {
		message, state, code := "ParseException line 1", "42000", int32(40000)
		return &hiveserver.TExecuteStatementResp{Status: &hiveserver.TStatus{
			StatusCode: hiveserver.TStatusCode_ERROR_STATUS, ErrorMessage: &message, SqlState: &state, ErrorCode: &code,
		}}, nil
	}
	return &hiveserver.TExecuteStatementResp{Status: success(), OperationHandle: &hiveserver.TOperationHandle{
		OperationId: identifier(), HasResultSet: !strings.HasPrefix(r.Statement, "INSERT"),
	}}, nil
}

func (s *server) GetOperationStatus(context.Context, *hiveserver.TGetOperationStatusReq) (*hiveserver.TGetOperationStatusResp, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := hiveserver.TOperationState_FINISHED_STATE
	response := &hiveserver.TGetOperationStatusResp{Status: success(), OperationState: &state}
	switch last := s.statements[len(s.statements)-1]; {
	case strings.HasPrefix(last, "FOREVER"):
		state = hiveserver.TOperationState_RUNNING_STATE
		select {
		case s.started <- struct{}{}:
		default:
		}
	case strings.HasPrefix(last, "FAIL"):
		state = hiveserver.TOperationState_ERROR_STATE
		message := "division by zero"
		response.ErrorMessage = &message
	}
	return response, nil
}

func (s *server) CancelOperation(context.Context, *hiveserver.TCancelOperationReq) (*hiveserver.TCancelOperationResp, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cancelled++
	return &hiveserver.TCancelOperationResp{Status: success()}, nil
}

func (s *server) CloseOperation(context.Context, *hiveserver.TCloseOperationReq) (*hiveserver.TCloseOperationResp, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed++
	return &hiveserver.TCloseOperationResp{Status: success()}, nil
}

func column(name string, id hiveserver.TTypeId) *hiveserver.TColumnDesc {
	return &hiveserver.TColumnDesc{ColumnName: name, TypeDesc: &hiveserver.TTypeDesc{Types: []*hiveserver.TTypeEntry{
		{PrimitiveEntry: &hiveserver.TPrimitiveTypeEntry{Type: id}},
	}}}
}

func (s *server) GetResultSetMetadata(context.Context, *hiveserver.TGetResultSetMetadataReq) (*hiveserver.TGetResultSetMetadataResp, error) {
	return &hiveserver.TGetResultSetMetadataResp{Status: success(), Schema: &hiveserver.TTableSchema{Columns: []*hiveserver.TColumnDesc{
		column("id", hiveserver.TTypeId_BIGINT_TYPE), column("name", hiveserver.TTypeId_STRING_TYPE), column("ok", hiveserver.TTypeId_BOOLEAN_TYPE),
	}}}, nil
}

func (s *server) FetchResults(context.Context, *hiveserver.TFetchResultsReq) (*hiveserver.TFetchResultsResp, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids, names, oks := []int64{1, 2, 3}, []string{"a", "", "c"}, []bool{true, false, true}
	if s.fetched {
		ids, names, oks = nil, nil, nil
	}
	s.fetched = true
	return &hiveserver.TFetchResultsResp{Status: success(), Results: &hiveserver.TRowSet{Columns: []*hiveserver.TColumn{
		{I64Val: &hiveserver.TI64Column{Values: ids, Nulls: []byte{}}},
		{StringVal: &hiveserver.TStringColumn{Values: names, Nulls: []byte{2}}},
		{BoolVal: &hiveserver.TBoolColumn{Values: oks, Nulls: []byte{}}},
	}}}, nil
}

// start serves until the test ends and gives the server with its address.
func start(t *testing.T) (*server, string) {
	t.Helper()
	s := &server{started: make(chan struct{}, 1)}
	socket, err := thrift.NewTServerSocket("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := socket.Listen(); err != nil {
		t.Fatal(err)
	}
	simple := thrift.NewTSimpleServer4(hiveserver.NewTCLIServiceProcessor(s), socket,
		thrift.NewTBufferedTransportFactory(4096), thrift.NewTBinaryProtocolFactoryConf(nil))
	var done sync.WaitGroup
	done.Go(func() { _ = simple.Serve() })
	t.Cleanup(func() {
		_ = simple.Stop()
		done.Wait()
	})
	return s, socket.Addr().String()
}

func connect(t *testing.T, address string) *sql.DB {
	t.Helper()
	db := sql.OpenDB(hive.NewConnector(hive.Config{
		Address: address, Dial: (&net.Dialer{}).DialContext, Auth: hive.Plain, User: "u", Password: "p",
		Database: "sales; DROP", Settings: map[string]string{"hive.execution.engine": "tez"},
	}))
	t.Cleanup(func() { db.Close() })
	return db
}

func TestRows(t *testing.T) {
	s, address := start(t)
	db := connect(t, address)
	if err := db.PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows, err := db.QueryContext(t.Context(), "SELECT * FROM t WHERE a = ?", "o'x")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []string
	for rows.Next() {
		var id int64
		var name sql.NullString
		var ok bool
		if err := rows.Scan(&id, &name, &ok); err != nil {
			t.Fatal(err)
		}
		got = append(got, name.String)
		if id == 2 && (name.Valid || ok) {
			t.Errorf("row 2: %v %v", name, ok)
		}
	}
	if err := rows.Err(); err != nil || !slices.Equal(got, []string{"a", "", "c"}) {
		t.Errorf("got %q, %v", got, err)
	}
	types, err := rows.ColumnTypes()
	if err == nil && types[0].DatabaseTypeName() != "BIGINT" {
		t.Errorf("type %s", types[0].DatabaseTypeName())
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.statements[0] != "SELECT * FROM t WHERE a = decode(unhex('6f2778'), 'UTF-8')" {
		t.Errorf("sent %q", s.statements)
	}
	if s.open.Configuration["use:database"] != "sales; DROP" || s.open.Configuration["set:hiveconf:hive.execution.engine"] != "tez" {
		t.Errorf("session %v", s.open.Configuration)
	}
	if s.closed != 1 || s.sessions != 0 {
		t.Errorf("%d operations closed, %d sessions left", s.closed, s.sessions)
	}
}

func TestStatementsWithoutRows(t *testing.T) {
	s, address := start(t)
	db := connect(t, address)
	if _, err := db.ExecContext(t.Context(), "INSERT INTO t VALUES (?)", int64(-1)); err != nil {
		t.Fatal(err)
	}
	for statement, want := range map[string]string{"WRONG": "ParseException line 1", "FAIL": "division by zero"} {
		_, err := db.ExecContext(t.Context(), statement)
		var e *hive.Error
		if !errors.As(err, &e) || e.Message != want {
			t.Errorf("%s: %v", statement, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.statements[0] != "INSERT INTO t VALUES ((-1))" {
		t.Errorf("sent %q", s.statements[0])
	}
}

func TestCancelReachesTheServer(t *testing.T) {
	s, address := start(t)
	db := connect(t, address)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		<-s.started
		cancel()
	}()
	if _, err := db.ExecContext(ctx, "FOREVER"); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancelled != 1 || s.closed != 1 {
		t.Errorf("%d cancelled, %d closed", s.cancelled, s.closed)
	}
}

func TestAServerThatSaysNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, auth := range []hive.Auth{hive.Plain, hive.SASL} {
		db := sql.OpenDB(hive.NewConnector(hive.Config{
			Address: l.Addr().String(), Dial: (&net.Dialer{}).DialContext, Auth: auth, User: "u", Password: "p",
		}))
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		if err := db.PingContext(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", auth, err)
		}
		cancel()
		db.Close()
	}
}

func TestFill(t *testing.T) {
	for _, test := range []struct {
		query  string
		values []any
		want   string
	}{
		{"SELECT ?", []any{"plain text, ü"}, "SELECT 'plain text, ü'"},
		{"SELECT ?, ?", []any{nil, true}, "SELECT NULL, TRUE"},
		{"a = 5-?", []any{int64(-3)}, "a = 5-(-3)"},
		{"?", []any{2.5}, "CAST('2.5' AS DOUBLE)"},
		{"?", []any{`\`}, "decode(unhex('5c'), 'UTF-8')"},
		{"?", []any{"'"}, "decode(unhex('27'), 'UTF-8')"},
		{"?", []any{"${env:HOME}"}, "decode(unhex('247b656e763a484f4d457d'), 'UTF-8')"},
		{"?", []any{"a\nb"}, "decode(unhex('610a62'), 'UTF-8')"},
		{"?", []any{[]byte{1, 255}}, "unhex('01ff')"},
		{"?", []any{time.Date(2024, 2, 29, 1, 2, 3, 0, time.UTC)}, "CAST('2024-02-29 01:02:03' AS TIMESTAMP)"},
		{`SELECT '?', "?", ` + "`?`" + ` -- ?
 /* ? */ , 'a\'?', ?`, []any{int64(1)}, `SELECT '?', "?", ` + "`?`" + ` -- ?
 /* ? */ , 'a\'?', 1`},
		{"SELECT '", nil, "SELECT '"},
	} {
		got, err := hive.Fill(test.query, test.values)
		if err != nil || got != test.want {
			t.Errorf("%q: got %q, %v, want %q", test.query, got, err, test.want)
		}
	}
	for _, test := range []struct {
		query  string
		values []any
	}{{"?", nil}, {"SELECT 1", []any{"x"}}, {"?", []any{struct{}{}}}, {"'?'", []any{"x"}}} {
		if got, err := hive.Fill(test.query, test.values); err == nil {
			t.Errorf("%q with %v gave %q", test.query, test.values, got)
		}
	}
}

// FuzzLiteral looks for texts whose literal could end early or be expanded.
func FuzzLiteral(f *testing.F) {
	for _, s := range []string{"", "a", "'", `\`, `\'`, "${x}", "\x00", "\xff", "a';--", "`", "ü"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := hive.Literal(s)
		if err != nil {
			t.Fatal(err)
		}
		if inner, ok := strings.CutPrefix(got, "decode(unhex('"); ok {
			digits, end, _ := strings.Cut(inner, "'")
			if end != "), 'UTF-8')" || strings.Trim(digits, "0123456789abcdef") != "" {
				t.Fatalf("%q became %q", s, got)
			}
			return
		}
		if got != "'"+s+"'" || strings.ContainsAny(s, "'\\$\"`;\n\x00") {
			t.Fatalf("%q became %q", s, got)
		}
	})
}
