package services

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// PostgresUser and PostgresPassword log in as the superuser of every server.
const (
	PostgresUser     = "postgres"
	PostgresPassword = "a secret of tests"
)

// PostgresServer is a running PostgreSQL. It asks for passwords.
type PostgresServer struct {
	*Process
	Addr string // host:port
}

// StartPostgres starts a server with its data in dir, which it fills when it
// is empty. The server refuses to be root: then it runs as another user, who
// has to be able to reach dir.
func StartPostgres(dir string) (*PostgresServer, error) {
	daemon, err := findPostgres("postgres")
	if err != nil {
		return nil, err
	}
	as, err := unprivileged()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	if err := initPostgres(dir, data, as); err != nil {
		return nil, err
	}
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	s := &PostgresServer{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}
	s.Process = &Process{command: command{
		path: daemon,
		args: []string{
			"-D", data, "-p", strconv.Itoa(port), "-h", "127.0.0.1", "-F",
			"-c", "unix_socket_directories=", "-c", "shared_buffers=16MB", "-c", "max_connections=100",
		},
		log:        filepath.Join(dir, "postgres.log"),
		ready:      func(ctx context.Context) error { return s.Exec(ctx, "SELECT 1") },
		credential: as,
	}}
	return s, s.Start()
}

// Stop ends the server in good order. It does not wait for its clients.
func (s *PostgresServer) Stop() error { return s.end(syscall.SIGINT) }

// Exec runs one statement as the superuser, in the database postgres.
func (s *PostgresServer) Exec(ctx context.Context, statement string) error {
	config, err := pgx.ParseConfig("sslmode=disable")
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return err
	}
	config.Host, config.Port, config.Fallbacks = host, uint16(number), nil
	config.User, config.Password, config.Database = PostgresUser, PostgresPassword, "postgres"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, statement)
	return err
}

// initPostgres fills an empty data directory.
func initPostgres(dir, data string, as *syscall.Credential) error {
	if _, err := os.Stat(filepath.Join(data, "PG_VERSION")); err == nil {
		return nil
	}
	path, err := findPostgres("initdb")
	if err != nil {
		return err
	}
	secret := filepath.Join(dir, "password")
	if err := os.WriteFile(secret, []byte(PostgresPassword+"\n"), 0o600); err != nil {
		return err
	}
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	if as != nil {
		for _, path := range []string{dir, secret, data} {
			if err := os.Chown(path, int(as.Uid), int(as.Gid)); err != nil {
				return err
			}
		}
	}
	cmd := exec.Command(path, "-D", data, "-U", PostgresUser, "--pwfile", secret,
		"--auth", "scram-sha-256", "-E", "UTF8", "--locale", "C", "--no-sync")
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as, Pdeathsig: syscall.SIGKILL}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

// unprivileged gives whom a server runs as that refuses to be root; nil where
// this program is not root either.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		if account, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// findPostgres looks where Debian keeps every version, the newest first.
func findPostgres(name string) (string, error) {
	found, err := filepath.Glob(filepath.Join("/usr/lib/postgresql", "*", "bin", name))
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return find(name)
	}
	slices.Sort(found)
	return found[len(found)-1], nil
}
