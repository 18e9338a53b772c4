package ldap_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jimlambrt/gldap"

	"github.com/porpoise-scheduler/porpoise/pkg/signin/ldap"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/test/services"
)

const (
	base   = "ou=people,dc=example,dc=org"
	reader = "cn=reader,dc=example,dc=org"
	admins = "cn=admins,ou=groups,dc=example,dc=org"
)

// passwords are those of the directory's people.
func passwords() map[string]string {
	return map[string]string{reader: "look", "uid=ada," + base: "ada's", "uid=bob," + base: "bob's", "uid=twin," + base: "t", "uid=twin,ou=x," + base: "t"}
}

// directory is a directory in this process. It gives its address.
func directory(t *testing.T) string {
	t.Helper()
	server, err := gldap.NewServer()
	must(t, err)
	mux, err := gldap.NewMux()
	must(t, err)
	must(t, mux.Bind(bind))
	must(t, mux.Search(search))
	must(t, server.Router(mux))
	port, err := services.FreePort() // the server takes a port by number only
	must(t, err)
	address := fmt.Sprintf("127.0.0.1:%d", port)
	done := make(chan error, 1)
	go func() { done <- server.Run(address) }()
	t.Cleanup(func() {
		must(t, server.Stop())
		<-done
	})
	for { // it does not say when it listens
		c, err := net.Dial("tcp", address)
		if err == nil {
			must(t, c.Close())
			return "ldap://" + address
		}
		select {
		case err := <-done:
			t.Fatal(err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func bind(w *gldap.ResponseWriter, r *gldap.Request) {
	res := r.NewBindResponse(gldap.WithResponseCode(gldap.ResultInvalidCredentials))
	defer func() { _ = w.Write(res) }()
	m, err := r.GetSimpleBindMessage()
	if err != nil {
		return
	}
	if want, known := passwords()[m.UserName]; known && want == string(m.Password) || m.Password == "" {
		res.SetResultCode(gldap.ResultSuccess) // without a password anybody is nobody
	}
}

func search(w *gldap.ResponseWriter, r *gldap.Request) {
	done := r.NewSearchDoneResponse(gldap.WithResponseCode(gldap.ResultSuccess))
	defer func() { _ = w.Write(done) }()
	m, err := r.GetSearchMessage()
	if err != nil || m.BaseDN != base {
		return
	}
	for dn := range passwords() {
		uid := strings.TrimPrefix(strings.Split(dn, ",")[0], "uid=")
		if m.Filter != fmt.Sprintf("(uid=%s)", uid) {
			continue
		}
		e := r.NewSearchResponseEntry(dn)
		e.AddAttribute("uid", []string{uid})
		e.AddAttribute("mail", []string{uid + "@example.org"})
		if uid == "ada" {
			e.AddAttribute("memberOf", []string{"cn=users,dc=example,dc=org", strings.ToUpper(admins)})
		}
		_ = w.Write(e)
	}
}

func TestPeople(t *testing.T) {
	url := directory(t)
	d, err := ldap.New(ldap.Config{URL: url, BindDN: reader, BindPassword: "look", BaseDN: base, AdminGroup: admins})
	must(t, err)
	yes, no := true, false
	for name, admin := range map[string]*bool{"ada": &yes, "bob": &no} {
		got, err := d.Person(t.Context(), name, name+"'s")
		must(t, err)
		want := workflow.Person{Identity: workflow.Identity{Provider: ldap.Provider, Subject: "uid=" + name + "," + base}, Name: name,
			Email: name + "@example.org", Admin: admin}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	for _, pair := range [][2]string{{"ada", "wrong"}, {"ada", ""}, {"nobody", "x"}, {"*", "ada's"}, {"ada)(uid=*", "ada's"}, {"twin", "t"}, {"", "x"}} {
		if _, err := d.Person(t.Context(), pair[0], pair[1]); workflow.ErrorCode(err) != workflow.Unauthenticated {
			t.Errorf("%q: %v", pair, err)
		}
	}
}

func TestTrouble(t *testing.T) {
	url := directory(t)
	for name, cfg := range map[string]ldap.Config{
		"a reader it does not know": {URL: url, BindDN: reader, BindPassword: "wrong", BaseDN: base},
		"nobody listens":            {URL: "ldap://127.0.0.1:1", BaseDN: base},
		"no TLS there":              {URL: url, StartTLS: true, BaseDN: base, Timeout: 5 * time.Second},
	} {
		d, err := ldap.New(cfg)
		must(t, err)
		if _, err := d.Person(t.Context(), "ada", "ada's"); workflow.ErrorCode(err) != workflow.Unavailable || strings.Contains(err.Error(), "ada's") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, cfg := range []ldap.Config{{}, {URL: "http://x", BaseDN: base}, {URL: url}, {URL: url, BaseDN: base, Filter: "(uid=x)"},
		{URL: url, BaseDN: base, Filter: "uid=%s)"}, {URL: url, BaseDN: base, CA: []byte("none")}} {
		if _, err := ldap.New(cfg); err == nil {
			t.Errorf("%+v is taken", cfg)
		}
	}
}
