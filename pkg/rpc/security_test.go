package rpc_test

import (
	"context"
	"crypto/tls"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/rpc"
	"github.com/porpoise-scheduler/porpoise/pkg/rpc/rpctest"
	"github.com/porpoise-scheduler/porpoise/proto/masterpb"
)

func TestPlainConnectionsStayOnThisMachine(t *testing.T) {
	s := plain(t)
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:4000", "host.example:4000"} {
		if l, err := s.Listen(addr); err == nil {
			l.Close()
			t.Errorf("listens on %s", addr)
		}
		if conn, err := s.Dial(addr); err == nil {
			conn.Close()
			t.Errorf("dials %s", addr)
		} else if !strings.Contains(err.Error(), "--insecure-rpc") {
			t.Errorf("the error names no way out: %v", err)
		}
	}
	for _, addr := range []string{"127.0.0.1:4000", "127.9.9.9:4000", "[::1]:4000", "localhost:4000", "unix:/tmp/s"} {
		conn, err := s.Dial(addr)
		if err != nil {
			t.Errorf("refused %s: %v", addr, err)
			continue
		}
		conn.Close()
	}
	trusting, err := rpc.NewSecurity(rpc.TLSFiles{}, true)
	if err != nil {
		t.Fatal(err)
	}
	l, err := trusting.Listen("0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}

func TestIncompleteTLS(t *testing.T) {
	files := rpctest.NewAuthority(t).Issue(t, 1)
	for _, broken := range []rpc.TLSFiles{
		{Cert: files.Cert, Key: files.Key},
		{CA: files.CA},
		{Cert: files.Cert, Key: files.Key, CA: files.Key},
		{Cert: files.Cert, Key: files.CA, CA: files.CA},
		{Cert: "absent", Key: files.Key, CA: files.CA},
	} {
		if _, err := rpc.NewSecurity(broken, true); err == nil {
			t.Errorf("accepted %+v", broken)
		}
	}
}

func TestBothEndsShowCertificates(t *testing.T) {
	ours, theirs := rpctest.NewAuthority(t), rpctest.NewAuthority(t)
	server, friend := secure(t, ours.Issue(t, 1)), secure(t, ours.Issue(t, 2))
	stranger := secure(t, theirs.Issue(t, 3))
	for name, test := range map[string]struct {
		client *rpc.Security
		want   bool
	}{
		"of the same CA":    {friend, true},
		"of another CA":     {stranger, false},
		"without any (TLS)": {plain(t), false},
	} {
		conn, _ := serve(t, server, test.client, &master{nudge: func(context.Context) error { return nil }})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		_, err := masterpb.NewMasterClient(conn).Nudge(ctx, &masterpb.NudgeRequest{})
		cancel()
		if got := err == nil; got != test.want {
			t.Errorf("a client %s: %v", name, err)
		}
	}
}

func TestRenewedCertificateIsUsed(t *testing.T) {
	ours := rpctest.NewAuthority(t)
	files := ours.Issue(t, 1)
	server := secure(t, files)
	renewed := ours.Issue(t, 77)
	later := time.Now().Add(time.Hour)
	for from, to := range map[string]string{renewed.Key: files.Key, renewed.Cert: files.Cert} {
		data, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(to, later, later); err != nil {
			t.Fatal(err)
		}
	}
	// A plain look at what the server shows: gRPC hides it.
	conn, _ := serve(t, server, secure(t, ours.Issue(t, 2)), &master{nudge: func(context.Context) error { return nil }})
	if _, err := masterpb.NewMasterClient(conn).Nudge(t.Context(), &masterpb.NudgeRequest{}); err != nil {
		t.Fatal(err)
	}
	if got := shown(t, conn.Target(), ours.Issue(t, 4)); got != 77 {
		t.Fatalf("the server shows certificate %d", got)
	}
}

func secure(t *testing.T, files rpc.TLSFiles) *rpc.Security {
	t.Helper()
	s, err := rpc.NewSecurity(files, false)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// shown gives the serial number of the certificate at addr.
func shown(t *testing.T, addr string, files rpc.TLSFiles) int64 {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(files.Cert, files.Key)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := tls.Dial("tcp", addr, &tls.Config{
		InsecureSkipVerify: true, Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}
