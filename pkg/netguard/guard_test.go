package netguard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// target is a server that counts the connections it gets.
type target struct {
	*httptest.Server
	port    string
	reached atomic.Int64
}

func newTarget(t *testing.T, network, address string, handler http.HandlerFunc) *target {
	t.Helper()
	listener, err := net.Listen(network, address)
	if err != nil {
		t.Skipf("cannot listen on %s: %v", address, err)
	}
	s := &target{Server: httptest.NewUnstartedServer(handler)}
	_ = s.Listener.Close()
	s.Listener = listener
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.reached.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	_, s.port, _ = net.SplitHostPort(listener.Addr().String())
	return s
}

func ok(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "inside") }

// names is a name server: each lookup of a name gives the next of its answers,
// the last one for ever.
type names struct {
	mu      sync.Mutex
	answers map[string][]string
}

func (n *names) next(name string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := n.answers[strings.TrimSuffix(name, ".")]
	if len(list) == 0 {
		return ""
	}
	if len(list) > 1 {
		n.answers[strings.TrimSuffix(name, ".")] = list[1:]
	}
	return list[0]
}

// resolver starts the name server and gives a resolver that asks it.
func (n *names) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.serve(conn)
	}()
	t.Cleanup(func() { _ = conn.Close(); <-done })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func (n *names) serve(conn net.PacketConn) {
	buf := make([]byte, 1500)
	for {
		size, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buf[:size]) != nil || len(m.Questions) != 1 {
			continue
		}
		q := m.Questions[0]
		m.Response, m.Additionals = true, nil
		m.Answers = n.answer(q)
		if packed, err := m.Pack(); err == nil {
			_, _ = conn.WriteTo(packed, from)
		}
	}
}

// answer uses up an answer on the question for IPv4 only, unless it is IPv6.
func (n *names) answer(q dnsmessage.Question) []dnsmessage.Resource {
	name := q.Name.String()
	six := strings.HasPrefix(name, "six")
	if (q.Type == dnsmessage.TypeAAAA) != six || (q.Type != dnsmessage.TypeA && q.Type != dnsmessage.TypeAAAA) {
		return nil
	}
	addr, err := netip.ParseAddr(n.next(name))
	if err != nil {
		return nil
	}
	header := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
	if six {
		return []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AAAAResource{AAAA: addr.As16()}}}
	}
	return []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AResource{A: addr.As4()}}}
}

func get(t *testing.T, g *Guard, url string) (string, error) {
	t.Helper()
	client := g.Client(Timeouts{Connect: 5 * time.Second, Idle: 5 * time.Second, Total: 10 * time.Second})
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

// refusedHosts are spellings of addresses inside. %s is the port that both
// listeners of the test may answer on.
func refusedHosts() []string {
	return []string{
		"127.0.0.1", "127.0.0.2", "127.1", "127.0.1", "127.255.255.254", "localhost", "localhost.", "LOCALHOST",
		"2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.0.0.01", "0127.0.0.1",
		"0", "0.0.0.0", "0.0.0.1", "[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
		"[::127.0.0.1]", "[0:0:0:0:0:ffff:7f00:0001]", "[64:ff9b::7f00:1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::a00:1]",
		"[2002:7f00:1::]", "[2002:a00:1::1]", "[2001::1]", "[64:ff9b:1::1]",
		"10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255",
		"167772161", "0xa000001", "012.0.0.1", "[::ffff:10.0.0.1]", "[::ffff:c0a8:1]", "[fc00::1]", "[fd12:3456::1]",
		"169.254.169.254", "169.254.0.1", "169.254.170.2", "2852039166", "0xa9fea9fe", "[::ffff:169.254.169.254]",
		"[fe80::1]", "[fe80::1%25lo]", "[fec0::1]", "[fd00:ec2::254]", "100.100.100.200", "168.63.129.16", "192.0.0.192",
		"100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
		"224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "[ff02::1]", "[ff0e::1]", "[2001:db8::1]", "[100::1]",
		"ten.test", "loop.test", "meta.test", "six-loop.test", "six-mapped.test", "six-unique.test", "six-link.test",
		"user:password@127.0.0.1", "127.0.0.1%2f@localhost",
	}
}

func TestRefusedAddressesAreNotReached(t *testing.T) {
	four := newTarget(t, "tcp4", "127.0.0.1:0", ok)
	all := newTarget(t, "tcp", "[::]:0", ok)
	zone := &names{answers: map[string][]string{
		"ten.test": {"10.0.0.1"}, "loop.test": {"127.0.0.1"}, "meta.test": {"169.254.169.254"}, "six-loop.test": {"::1"},
		"six-mapped.test": {"::ffff:127.0.0.1"}, "six-unique.test": {"fd00::1"}, "six-link.test": {"fe80::1"},
	}}
	resolvers := map[string]*net.Resolver{"own resolver": zone.resolver(t), "system resolver": nil}
	cases := 0
	for name, resolver := range resolvers {
		guard := New(Config{Resolver: resolver})
		for _, host := range refusedHosts() {
			if resolver == nil && strings.HasSuffix(host, ".test") {
				continue
			}
			cases++
			for _, port := range []string{four.port, all.port} {
				if body, err := get(t, guard, "http://"+host+":"+port+"/"); err == nil {
					t.Errorf("%s: %s answered %q", name, host, body)
				}
			}
		}
	}
	if cases < 60 {
		t.Errorf("only %d cases", cases)
	}
	if n := four.reached.Load() + all.reached.Load(); n != 0 {
		t.Errorf("reached %d times in %d cases", n, cases)
	}
}

func TestRefusalsAreNamed(t *testing.T) {
	guard := New(Config{})
	for _, host := range []string{"127.0.0.1", "[::1]", "10.1.2.3", "[::ffff:10.1.2.3]", "169.254.169.254", "0.0.0.0"} {
		_, err := get(t, guard, "http://"+host+":1/")
		if _, refused := Refused(err); !refused {
			t.Errorf("%s: %v", host, err)
		}
	}
	if _, refused := Refused(errors.New("other")); refused {
		t.Error("any error counts as a refusal")
	}
}

func TestRebinding(t *testing.T) {
	inside := newTarget(t, "tcp4", "127.0.0.1:0", ok)
	zone := &names{answers: map[string][]string{"rebind.test": {"8.8.8.8", "127.0.0.1"}}}
	resolver := zone.resolver(t)
	guard := New(Config{Resolver: resolver})
	first, err := resolver.LookupNetIP(t.Context(), "ip4", "rebind.test")
	if err != nil || len(first) != 1 || guard.Check(first[0]) != nil {
		t.Fatalf("the first answer should look harmless: %v %v", first, err)
	}
	_, err = get(t, guard, "http://rebind.test:"+inside.port)
	if addr, refused := Refused(err); !refused || !addr.IsLoopback() {
		t.Errorf("got %v", err)
	}
	if inside.reached.Load() != 0 {
		t.Error("reached")
	}
}

func TestRedirects(t *testing.T) {
	inside := newTarget(t, "tcp4", "127.0.0.2:0", ok)
	var location atomic.Value
	outside := newTarget(t, "tcp4", "127.0.0.1:0", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, location.Load().(string), http.StatusTemporaryRedirect)
	})
	guard := New(Config{AllowCIDRs: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	for _, to := range []string{
		"http://127.0.0.2:" + inside.port, "http://[::ffff:127.0.0.2]:" + inside.port, "//127.0.0.2:" + inside.port,
		"file:///etc/passwd", "ftp://127.0.0.2/", "gopher://127.0.0.2:" + inside.port, outside.URL,
	} {
		location.Store(to)
		if body, err := get(t, guard, outside.URL); err == nil {
			t.Errorf("%s: answered %q", to, body)
		}
	}
	if inside.reached.Load() != 0 {
		t.Error("reached")
	}
}

func TestRedirectsAreCounted(t *testing.T) {
	var hits atomic.Int64
	server := newTarget(t, "tcp4", "127.0.0.1:0", func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		http.Redirect(w, r, "/again", http.StatusFound)
	})
	for limit, want := range map[int]int64{-1: 1, 0: 6, 2: 3} {
		hits.Store(0)
		if _, err := get(t, New(Config{AllowLoopback: true, MaxRedirects: limit}), server.URL); err == nil {
			t.Error("no end of redirects, and no error")
		}
		if hits.Load() != want {
			t.Errorf("limit %d: %d requests, want %d", limit, hits.Load(), want)
		}
	}
}

func TestHeadersStayWithTheirHost(t *testing.T) {
	seen := make(chan http.Header, 1)
	other := newTarget(t, "tcp4", "127.0.0.1:0", func(_ http.ResponseWriter, r *http.Request) { seen <- r.Header })
	first := newTarget(t, "tcp4", "127.0.0.1:0", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusFound)
	})
	client := New(Config{AllowLoopback: true}).Client(Timeouts{})
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, first.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Token", "canary")
	req.Header.Set("Accept", "text/plain")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if h := <-seen; h.Get("X-Token") != "" || h.Get("Accept") != "text/plain" {
		t.Errorf("the other host saw %v", h)
	}
}

func TestAllowed(t *testing.T) {
	server := newTarget(t, "tcp4", "127.0.0.1:0", ok)
	for name, config := range map[string]Config{
		"loopback": {AllowLoopback: true},
		"range":    {AllowCIDRs: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/24")}},
	} {
		body, err := get(t, New(config), server.URL)
		if err != nil || body != "inside" {
			t.Errorf("%s: %q %v", name, body, err)
		}
	}
	if body, err := get(t, New(Config{AllowPrivate: true}), server.URL); err == nil {
		t.Errorf("private addresses allowed, loopback answered %q", body)
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		config Config
		addr   string
		ok     bool
	}{
		{Config{}, "8.8.8.8", true}, {Config{}, "2606:4700::1111", true}, {Config{}, "64:ff9b::808:808", true},
		{Config{}, "172.32.0.1", true}, {Config{}, "100.128.0.1", true}, {Config{}, "169.255.0.1", true},
		{Config{AllowPrivate: true}, "10.0.0.1", true}, {Config{AllowPrivate: true}, "100.64.1.1", true},
		{Config{AllowPrivate: true}, "fd00::1", true}, {Config{AllowPrivate: true}, "::ffff:192.168.1.1", true},
		{Config{AllowPrivate: true}, "169.254.169.254", false}, {Config{AllowPrivate: true}, "100.100.100.200", false},
		{Config{AllowPrivate: true}, "fd00:ec2::254", false}, {Config{AllowPrivate: true}, "127.0.0.1", false},
		{Config{AllowLoopback: true}, "::1", true}, {Config{AllowLoopback: true}, "0.0.0.0", false},
		{Config{AllowLoopback: true}, "10.0.0.1", false},
		{Config{AllowCIDRs: prefixes("169.254.169.254/32")}, "169.254.169.254", true},
		{Config{AllowCIDRs: prefixes("10.1.0.0/16")}, "10.1.2.3", true}, {Config{AllowCIDRs: prefixes("10.1.0.0/16")}, "10.2.0.1", false},
		{Config{AllowCIDRs: prefixes("10.1.0.0/16")}, "::ffff:10.1.2.3", true},
	} {
		if err := New(c.config).Check(netip.MustParseAddr(c.addr)); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.addr, err)
		}
	}
	if New(Config{}).Check(netip.Addr{}) == nil {
		t.Error("no address at all is allowed")
	}
}

func TestParsePrefixes(t *testing.T) {
	got, err := ParsePrefixes([]string{"10.1.2.3/16", "192.168.0.1", "::1"})
	if err != nil || fmt.Sprint(got) != "[10.1.0.0/16 192.168.0.1/32 ::1/128]" {
		t.Errorf("%v %v", got, err)
	}
	if _, err := ParsePrefixes([]string{"ten"}); err == nil {
		t.Error("a word is a range")
	}
}

func TestBodyIsCapped(t *testing.T) {
	server := newTarget(t, "tcp4", "127.0.0.1:0", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", 1000))
	})
	for limit, want := range map[int64]bool{999: false, 1000: true, 1: false} {
		body, err := get(t, New(Config{AllowLoopback: true, MaxBody: limit}), server.URL)
		if (err == nil) != want || int64(len(body)) != min(limit, 1000) {
			t.Errorf("limit %d: %d bytes, %v", limit, len(body), err)
		}
		if !want && !errors.Is(err, ErrBodyTooLarge) {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
}

func TestTLSIsVerifiedAndProxiesAreIgnored(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	secure := httptest.NewTLSServer(http.HandlerFunc(ok))
	t.Cleanup(secure.Close)
	if _, err := get(t, New(Config{AllowLoopback: true}), secure.URL); err == nil {
		t.Error("an unknown certificate was accepted")
	}
	trusting := New(Config{AllowLoopback: true, RootCAs: secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs})
	if body, err := get(t, trusting, secure.URL); err != nil || body != "inside" {
		t.Errorf("%q %v", body, err)
	}
}

func TestIdleConnectionsFail(t *testing.T) {
	release := make(chan struct{})
	server := newTarget(t, "tcp4", "127.0.0.1:0", func(http.ResponseWriter, *http.Request) { <-release })
	t.Cleanup(func() { close(release) })
	client := New(Config{AllowLoopback: true}).Client(Timeouts{Idle: 50 * time.Millisecond})
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err == nil {
		_ = resp.Body.Close()
		t.Fatal("a silent server was waited for")
	}
}

// TestTheTargetsAreReachable shows that the matrix above would notice a guard
// that lets everything through.
func TestTheTargetsAreReachable(t *testing.T) {
	four := newTarget(t, "tcp4", "127.0.0.1:0", ok)
	all := newTarget(t, "tcp", "[::]:0", ok)
	zone := &names{answers: map[string][]string{"loop.test": {"127.0.0.1"}}}
	open := New(Config{Resolver: zone.resolver(t), AllowCIDRs: prefixes("0.0.0.0/0", "::/0")})
	for _, url := range []string{
		"http://127.0.0.1:" + four.port, "http://0.0.0.0:" + four.port, "http://loop.test:" + four.port,
		"http://[::ffff:127.0.0.1]:" + four.port, "http://[::1]:" + all.port, "http://[::]:" + all.port,
	} {
		if body, err := get(t, open, url); err != nil || body != "inside" {
			t.Errorf("%s: %q %v", url, body, err)
		}
	}
}
