package native

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Access says who may call an operation. It is checked before the handler
// runs; an operation that declares none does not start.
type Access int

// Accesses. Those of a project concern the one that {project} of the path
// names, by id or by name.
const (
	undeclared Access = iota
	Public
	SignedIn
	AdminOnly
	Viewer
	Operator
	Developer
	ProjectAdmin
)

// String names the access for tests and documents.
func (a Access) String() string {
	return [...]string{"undeclared", "public", "signed in", "admin", "viewer", "operator", "developer", "project admin"}[a]
}

// AccessOf gives what an operation of the document declares.
func AccessOf(o *huma.Operation) Access {
	d, _ := o.Metadata[declaration].(op)
	return d.Access
}

func (a Access) ofProject() bool { return a >= Viewer }

func namesProject(path string) bool { return strings.Contains(path, "{project}") }

// want is what a role lets its holder do.
func (a Access) want() usecase.Want {
	switch a {
	case Operator:
		return usecase.ToRun
	case Developer:
		return usecase.ToWrite
	case ProjectAdmin:
		return usecase.ToAdminister
	}
	return usecase.ToRead
}

// Names of the login's cookie and of the header that proves that a page of
// ours sent a request.
const (
	sessionCookie = "porpoise_session"
	csrfHeader    = "X-CSRF-Token"
)

type (
	callerKey  struct{}
	projectKey struct{}
	sessionKey struct{}
	secureKey  struct{}
)

// encrypted reports whether the browser's connection is: to us, or to the proxy
// that says so. A cookie for it alone hurts nobody who lies.
func encrypted(ctx context.Context) bool {
	yes, _ := ctx.Value(secureKey{}).(bool)
	return yes
}

// callerOf gives who asks.
func callerOf(ctx context.Context) usecase.Caller {
	c, _ := ctx.Value(callerKey{}).(usecase.Caller)
	return c
}

// projectOf gives the project of an operation whose access concerns one.
func projectOf(ctx context.Context) workflow.Project {
	p, _ := ctx.Value(projectKey{}).(workflow.Project)
	return p
}

// admit finds out who asks and carries out the operation's declared access.
func (a *API) admit(ctx huma.Context, next func(huma.Context)) {
	o := declared(ctx)
	ctx = huma.WithValue(ctx, secureKey{}, ctx.TLS() != nil || ctx.Header("X-Forwarded-Proto") == "https")
	if o.Access == Public {
		next(huma.WithValue(ctx, callerKey{}, usecase.Caller{IP: peer(ctx)}))
		return
	}
	caller, session, err := a.authenticate(ctx)
	if err == nil && session != "" && unsafe(ctx.Method()) && !validCSRF(session, ctx.Header(csrfHeader)) {
		err = workflow.Errorf(workflow.Forbidden, "csrf.wrong",
			"a request with a session that changes something needs the header %s with the value that the login answered", csrfHeader)
	}
	if err == nil && o.Access == AdminOnly {
		err = usecase.RequireAdmin(caller)
	}
	if err != nil {
		a.refuse(ctx, err)
		return
	}
	ctx = huma.WithContext(ctx, caller.Acting(ctx.Context(), caller.IP))
	ctx = huma.WithValue(huma.WithValue(ctx, callerKey{}, caller), sessionKey{}, session)
	if o.Access.ofProject() {
		p, err := a.findProject(ctx.Context(), caller, ctx.Param("project"), o.Access.want())
		if err != nil {
			a.refuse(ctx, err)
			return
		}
		ctx = huma.WithValue(ctx, projectKey{}, p)
	}
	next(ctx)
}

// authenticate takes a bearer token, else the login's cookie. session is empty
// unless the cookie decided.
func (a *API) authenticate(ctx huma.Context) (c usecase.Caller, session string, err error) {
	token, bearer := strings.CutPrefix(ctx.Header("Authorization"), "Bearer ")
	if !bearer {
		if cookie, err := huma.ReadCookie(ctx, sessionCookie); err == nil {
			session = cookie.Value
		}
	}
	c, err = a.uc.Authenticate(ctx.Context(), strings.TrimSpace(token), session, peer(ctx))
	return c, session, err
}

// findProject finds a project by id, or by name when the text is no number.
func (a *API) findProject(ctx context.Context, c usecase.Caller, text string, w usecase.Want) (workflow.Project, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return a.uc.ProjectNamed(ctx, c, text, w)
	}
	p, err := a.uc.ProjectByID(ctx, id)
	if err != nil {
		return p, err
	}
	return p, a.uc.MayUse(ctx, c, p, w)
}

func unsafe(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

// csrfToken is bound to a session without being stored.
func csrfToken(session string) string {
	m := hmac.New(sha256.New, []byte(session))
	m.Write([]byte("csrf"))
	return hex.EncodeToString(m.Sum(nil))
}

func validCSRF(session, given string) bool {
	return subtle.ConstantTimeCompare([]byte(csrfToken(session)), []byte(given)) == 1
}

// peer gives the address the connection comes from, which cannot be made up.
func peer(ctx huma.Context) string {
	host, _, err := net.SplitHostPort(ctx.RemoteAddr())
	if err != nil {
		return ctx.RemoteAddr()
	}
	return host
}
