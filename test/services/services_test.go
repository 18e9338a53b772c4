package services_test

import (
	"bufio"
	"database/sql"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"

	"github.com/porpoise-scheduler/porpoise/test/services"
)

// childVariable turns the test binary into the program whose death
// TestNothingOutlivesTheStarter watches.
const childVariable = "PORPOISE_SERVICES_CHILD"

func open(t *testing.T, url string) *sql.DB {
	t.Helper()
	address, name, ok := strings.Cut(strings.TrimPrefix(url, "mysql://root@"), "/")
	if !ok {
		t.Fatalf("unexpected url %q", url)
	}
	config := mysql.NewConfig()
	config.Net, config.Addr, config.User, config.DBName = "tcp", address, "root", name
	connector, err := mysql.NewConnector(config)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { db.Close() })
	return db
}

func TestDatabasesAreFresh(t *testing.T) {
	first, second := services.MariaDB(t), services.MariaDB(t)
	if first == second {
		t.Fatalf("the same database twice: %s", first)
	}
	if _, err := open(t, first).Exec("CREATE TABLE t (id INT)"); err != nil {
		t.Fatal(err)
	}
	var n int
	err := open(t, second).QueryRow("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()").Scan(&n)
	if err != nil || n != 0 {
		t.Fatalf("fresh database has %d tables, error %v", n, err)
	}
}

func TestMariaDBKeepsCommittedRowsOverKill(t *testing.T) {
	server, err := services.StartMariaDB(t.TempDir())
	skipIfAbsent(t, err)
	t.Cleanup(func() { _ = server.Stop() })
	url, err := server.CreateDatabase(t.Context(), "kept")
	if err != nil {
		t.Fatal(err)
	}
	db := open(t, url)
	for _, statement := range []string{"CREATE TABLE t (id INT) ENGINE=InnoDB", "INSERT INTO t VALUES (7)"} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	before := server.Pid()
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	if server.Pid() == before {
		t.Fatal("the process was not replaced")
	}
	var id int
	if err := open(t, url).QueryRow("SELECT id FROM t").Scan(&id); err != nil || id != 7 {
		t.Fatalf("got %d, %v", id, err)
	}
}

func TestEtcdStopsAndStartsOnTheSameEndpoint(t *testing.T) {
	server, err := services.StartEtcd(t.TempDir())
	skipIfAbsent(t, err)
	t.Cleanup(func() { _ = server.Stop() })
	endpoint := server.Endpoint
	for range 2 {
		if err := server.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	if server.Endpoint != endpoint {
		t.Fatalf("moved from %s to %s", endpoint, server.Endpoint)
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	if server.Pid() != 0 {
		t.Fatal("a stopped process has a pid")
	}
}

// TestNothingOutlivesTheStarter kills a program that started MariaDB and looks
// for what it left.
func TestNothingOutlivesTheStarter(t *testing.T) {
	if os.Getenv(childVariable) != "" {
		runChild(t)
		return
	}
	services.MariaDB(t) // skips where there is none
	temp := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestNothingOutlivesTheStarter$")
	cmd.Env = append(os.Environ(), childVariable+"=1", "TMPDIR="+temp)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := readPid(t, bufio.NewScanner(out), temp)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	eventually(t, "mariadbd is gone", func() bool { return ended(pid) })
	eventually(t, "its directory is gone", func() bool {
		left, err := filepath.Glob(filepath.Join(temp, "porpoise-mariadb-*"))
		return err == nil && len(left) == 0
	})
}

// runChild starts the shared server and waits for its end.
func runChild(t *testing.T) {
	services.MariaDB(t)
	os.Stdout.WriteString("ready\n")
	select {}
}

func readPid(t *testing.T, lines *bufio.Scanner, temp string) int {
	t.Helper()
	for lines.Scan() {
		if lines.Text() != "ready" {
			continue
		}
		files, err := filepath.Glob(filepath.Join(temp, "porpoise-mariadb-*", "mariadbd.pid"))
		if err != nil || len(files) != 1 {
			t.Fatalf("pid files %v, error %v", files, err)
		}
		data, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
		if err != nil {
			t.Fatal(err)
		}
		return pid
	}
	t.Fatal("the child never became ready")
	return 0
}

// ended says that pid is gone, or dead and waiting for whoever inherited it.
func ended(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return true
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(rest, "Z")
}

func eventually(t *testing.T, what string, true func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(2 * time.Minute)
	for !true() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not in time: %s", what)
		}
	}
}

func skipIfAbsent(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestFreePortsAreGivenAwayOnce(t *testing.T) {
	seen := map[int]bool{}
	for range 100 {
		port, err := services.FreePort()
		if err != nil {
			t.Fatal(err)
		}
		if seen[port] {
			t.Fatalf("port %d was given away twice", port)
		}
		seen[port] = true
		l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPostgresRefusesAWrongPassword(t *testing.T) {
	db := services.Postgres(t)
	host, port, err := net.SplitHostPort(db.Addr)
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]bool{services.PostgresPassword: true, "another": false} {
		dsn := "sslmode=disable host=" + host + " port=" + port + " user=" + services.PostgresUser +
			" dbname=" + db.Name + " password='" + password + "'"
		conn, err := pgx.Connect(t.Context(), dsn)
		if (err == nil) != want {
			t.Errorf("password %q: %v", password, err)
		}
		if conn != nil {
			conn.Close(t.Context())
		}
	}
}
