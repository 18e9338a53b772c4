package services

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/go-sql-driver/mysql"
)

// MariaDBServer is a running mariadbd.
type MariaDBServer struct {
	*Process
	Addr string // host:port; user root has no password
}

// StartMariaDB starts a server with its data in dir, which it fills when it is
// empty. Durability is what the server does by default; only memory is small.
// Settings are extra options such as "--max-connections=50".
func StartMariaDB(dir string, settings ...string) (*MariaDBServer, error) {
	daemon, err := find("mariadbd")
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	if _, err := os.Stat(data); errors.Is(err, os.ErrNotExist) {
		if err := install(data); err != nil {
			return nil, err
		}
	}
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	s := &MariaDBServer{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}
	s.Process = &Process{command: command{
		path:  daemon,
		args:  append(options(dir, data, port), settings...),
		log:   filepath.Join(dir, "mariadbd.log"),
		ready: s.ping,
	}}
	return s, s.Start()
}

// URL is the address of a database of that name, in the form of --database.
func (s *MariaDBServer) URL(name string) string {
	return fmt.Sprintf("mysql://root@%s/%s", s.Addr, name)
}

// CreateDatabase makes an empty database and gives its URL.
func (s *MariaDBServer) CreateDatabase(ctx context.Context, name string) (string, error) {
	if err := s.Exec(ctx, "CREATE DATABASE `"+name+"`"); err != nil {
		return "", fmt.Errorf("creating database %s: %w", name, err)
	}
	return s.URL(name), nil
}

// DropDatabase removes a database.
func (s *MariaDBServer) DropDatabase(ctx context.Context, name string) error {
	return s.Exec(ctx, "DROP DATABASE IF EXISTS `"+name+"`")
}

// Exec runs one statement as root.
func (s *MariaDBServer) Exec(ctx context.Context, statement string) error {
	db, err := s.open()
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, statement)
	return err
}

func (s *MariaDBServer) ping(ctx context.Context) error {
	db, err := s.open()
	if err != nil {
		return err
	}
	defer db.Close()
	return db.PingContext(ctx)
}

// open connects quietly: the driver would log every refused connection of a
// server that is still starting.
func (s *MariaDBServer) open() (*sql.DB, error) {
	config := mysql.NewConfig()
	config.Net, config.Addr, config.User = "tcp", s.Addr, "root"
	config.Logger = log.New(io.Discard, "", 0)
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// install fills an empty data directory.
func install(data string) error {
	path, err := find("mariadb-install-db")
	if err != nil {
		return err
	}
	args := append([]string{
		"--no-defaults", "--datadir=" + data, "--auth-root-authentication-method=normal",
		"--skip-test-db", "--innodb-log-file-size=16M",
	}, asRoot()...)
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), "TMPDIR="+data) // its files are named by pids, which namespaces share
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("mariadb-install-db: %w\n%s", err, out)
	}
	return nil
}

func options(dir, data string, port int) []string {
	return append([]string{
		"--no-defaults",
		"--datadir=" + data,
		"--bind-address=127.0.0.1",
		"--port=" + strconv.Itoa(port),
		"--socket=" + filepath.Join(data, "s.sock"),
		"--pid-file=" + filepath.Join(dir, "mariadbd.pid"),
		"--skip-name-resolve",
		"--character-set-server=utf8mb4",
		"--innodb-buffer-pool-size=64M",
		"--innodb-log-file-size=16M",
		"--max-connections=400",
		"--key-buffer-size=1M",
	}, asRoot()...)
}

// asRoot is what the programs want to hear before they run as root.
func asRoot() []string {
	if os.Geteuid() == 0 {
		return []string{"--user=root"}
	}
	return nil
}
