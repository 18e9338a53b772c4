// Package yarntest is a stand-in for a YARN cluster, for tests: the part of the
// ResourceManager's REST interface that package yarn uses.
package yarntest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Cluster holds applications. Each of its managers answers for all of them.
type Cluster struct {
	t testing.TB

	mu      sync.Mutex
	change  chan struct{}
	apps    map[string]*app
	asked   map[string]int
	kills   []string
	users   map[string]bool
	denying bool
}

type app struct {
	ID          string `json:"id"`
	State       string `json:"state"`
	FinalStatus string `json:"finalStatus"`
	Diagnostics string `json:"diagnostics"`
	StartedTime int64  `json:"startedTime"`
}

// New makes a cluster without applications.
func New(t testing.TB) *Cluster {
	return &Cluster{t: t, change: make(chan struct{}), apps: map[string]*app{}, asked: map[string]int{}, users: map[string]bool{}}
}

// Manager starts a ResourceManager of the cluster; active says whether it is
// the active one, at each request.
func (c *Cluster) Manager(active func() bool) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if active != nil && !active() {
			w.Header().Set("Location", "http://the-active-one.example/"+r.URL.Path)
			w.WriteHeader(http.StatusTemporaryRedirect)
			fmt.Fprintln(w, "This is standby RM. The redirect url is: /")
			return
		}
		c.serve(w, r)
	}))
	c.t.Cleanup(s.Close)
	return s
}

func (c *Cluster) serve(w http.ResponseWriter, r *http.Request) {
	id, tail, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/ws/v1/cluster/apps/"), "/")
	c.update(func() {
		c.users[r.URL.Query().Get("user.name")] = true
		c.asked[id]++
		a := c.apps[id]
		w.Header().Set("Content-Type", "application/json")
		switch {
		case c.denying:
			w.WriteHeader(http.StatusForbidden)
		case a == nil:
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprintf(w, `{"RemoteException":{"exception":"NotFoundException","message":"app with id: %s not found"}}`, id)
		case r.Method == http.MethodGet && tail == "":
			json.NewEncoder(w).Encode(map[string]any{"app": a})
		case r.Method == http.MethodPut && tail == "state":
			c.killed(w, r, a)
		default:
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
	})
}

func (c *Cluster) killed(w http.ResponseWriter, r *http.Request, a *app) {
	var wanted struct{ State string }
	if json.NewDecoder(r.Body).Decode(&wanted) != nil || wanted.State != "KILLED" || r.Header.Get("Content-Type") != "application/json" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.kills = append(c.kills, a.ID)
	if a.FinalStatus == "UNDEFINED" {
		a.State, a.FinalStatus, a.Diagnostics = "KILLED", "KILLED", "killed by a user"
	}
	w.WriteHeader(http.StatusAccepted)
	json.NewEncoder(w).Encode(map[string]string{"state": a.State})
}

func (c *Cluster) update(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
	close(c.change)
	c.change = make(chan struct{})
}

// Run adds a running application.
func (c *Cluster) Run(id string, started time.Time) {
	c.update(func() {
		c.apps[id] = &app{ID: id, State: "RUNNING", FinalStatus: "UNDEFINED", StartedTime: started.UnixMilli()}
	})
}

// End lets an application end: FINISHED SUCCEEDED, FINISHED FAILED, FAILED
// FAILED, KILLED KILLED.
func (c *Cluster) End(id, state, final, diagnostics string) {
	c.update(func() {
		a := c.apps[id]
		a.State, a.FinalStatus, a.Diagnostics = state, final, diagnostics
	})
}

// Forget drops an application, as a manager does in time.
func (c *Cluster) Forget(id string) { c.update(func() { delete(c.apps, id) }) }

// Deny answers everything with 403 from now on, or no more.
func (c *Cluster) Deny(denying bool) { c.update(func() { c.denying = denying }) }

// Killed lists the applications that somebody asked to kill, in order.
func (c *Cluster) Killed() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.kills...)
}

// AskedBy reports whether a user made a request.
func (c *Cluster) AskedBy(user string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.users[user]
}

// AwaitAsked waits until an application was asked about n more times.
func (c *Cluster) AwaitAsked(id string, n int) {
	c.t.Helper()
	c.mu.Lock()
	wanted := c.asked[id] + n
	c.mu.Unlock()
	c.await("requests about "+id, func() bool { return c.asked[id] >= wanted })
}

// AwaitKill waits until somebody asked to kill an application.
func (c *Cluster) AwaitKill(id string) {
	c.t.Helper()
	c.await("a kill of "+id, func() bool {
		for _, k := range c.kills {
			if k == id {
				return true
			}
		}
		return false
	})
}

func (c *Cluster) await(what string, cond func() bool) {
	c.t.Helper()
	limit := time.After(2 * time.Minute)
	for {
		c.mu.Lock()
		ok, change := cond(), c.change
		c.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-change:
		case <-limit:
			c.t.Fatalf("waited in vain for %s", what)
		}
	}
}
