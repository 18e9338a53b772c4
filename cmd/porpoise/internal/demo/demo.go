// Package demo shows a newcomer a workflow: through the REST API, as any
// client could, it makes a project with a workflow of several kinds, runs it
// once and prints its log. What is there already is kept.
package demo

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"time"
)

const (
	project  = "demo"
	pollTime = 100 * time.Millisecond
	patience = 2 * time.Minute
)

// Config says where to show it.
type Config struct {
	Site     string // http://host:port of the server
	Password string // of admin
	Tenant   string // OS user that the tasks run as
	Python   bool   // python3 is there
	Out      io.Writer
}

// Run makes what is missing and, unless the workflow ran before, runs it and
// prints its log. It gives an access token to try the API with.
func Run(ctx context.Context, cfg Config) (token string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	d := &demo{cfg: cfg, api: newClient(cfg.Site)}
	if err := d.signIn(ctx); err != nil {
		return "", fmt.Errorf("signing in as admin: %w", err)
	}
	ran, err := d.ranBefore(ctx)
	if err != nil {
		return "", fmt.Errorf("looking for the demo: %w", err)
	}
	if ran {
		fmt.Fprintf(cfg.Out, "Project %s is there and has run; nothing was changed.\n", project)
		return d.api.token, nil
	}
	if err := d.create(ctx); err != nil {
		return "", fmt.Errorf("making the demo: %w", err)
	}
	if err := d.show(ctx); err != nil {
		return "", fmt.Errorf("running the demo: %w", err)
	}
	return d.api.token, nil
}

type demo struct {
	cfg Config
	api *client
}

// signIn opens a session and goes on with an access token.
func (d *demo) signIn(ctx context.Context) error {
	var session struct{ SessionID string }
	login := url.Values{"userName": {"admin"}, "userPassword": {d.cfg.Password}}
	if err := d.api.post(ctx, "/login", login, &session); err != nil {
		return err
	}
	d.api.session = session.SessionID
	var self struct{ ID int }
	if err := d.api.get(ctx, "/users/get-user-info", nil, &self); err != nil {
		return err
	}
	if token, err := d.presentToken(ctx, self.ID); token != "" || err != nil {
		d.api.token = token
		return err
	}
	expires := time.Now().AddDate(0, 1, 0).Format(time.DateTime)
	want := url.Values{"userId": {strconv.Itoa(self.ID)}, "expireTime": {expires}}
	var token string
	if err := d.api.post(ctx, "/access-token/generate", want, &token); err != nil {
		return err
	}
	want.Set("token", token)
	if err := d.api.post(ctx, "/access-token/create", want, nil); err != nil {
		return err
	}
	d.api.token = token
	return nil
}

// presentToken gives a token that lives for another day at least.
func (d *demo) presentToken(ctx context.Context, userID int) (string, error) {
	type token struct {
		UserID            int
		Token, ExpireTime string
	}
	rows, err := list[token](ctx, d.api, "/access-token/list-paging", "")
	if err != nil {
		return "", err
	}
	for _, t := range rows {
		until, err := time.Parse("2006-01-02T15:04:05.000-0700", t.ExpireTime)
		if err == nil && t.UserID == userID && time.Until(until) > 24*time.Hour {
			return t.Token, nil
		}
	}
	return "", nil
}

// named is what is read of projects, tenants, queues, workflows and instances.
type named struct {
	ID                                    int
	Name, TenantCode, ReleaseState, State string
}

// ranBefore says that the workflow has an instance.
func (d *demo) ranBefore(ctx context.Context) (bool, error) {
	projects, err := list[named](ctx, d.api, "/projects/list-paging", project)
	if err != nil || !slices.ContainsFunc(projects, func(p named) bool { return p.Name == project }) {
		return false, err
	}
	instances, err := list[named](ctx, d.api, "/projects/"+project+"/instance/list-paging", "")
	return len(instances) > 0, err
}

// create makes tenant, project and workflow, as far as they are missing.
func (d *demo) create(ctx context.Context) error {
	tenant, err := d.ensureTenant(ctx)
	if err != nil {
		return fmt.Errorf("tenant %s: %w", d.cfg.Tenant, err)
	}
	if _, err := d.ensure(ctx, "/projects/list-paging", project, "/projects/create", url.Values{
		"projectName": {project}, "description": {"what a workflow looks like"},
	}); err != nil {
		return fmt.Errorf("project %s: %w", project, err)
	}
	form, err := definition(d.cfg, tenant)
	if err != nil {
		return err
	}
	base := "/projects/" + project + "/process"
	workflow, err := d.ensure(ctx, base+"/list-paging", name, base+"/save", form)
	if err != nil {
		return fmt.Errorf("workflow %s: %w", name, err)
	}
	if workflow.ReleaseState == "ONLINE" {
		return nil
	}
	return d.api.post(ctx, base+"/release", url.Values{
		"processId": {strconv.Itoa(workflow.ID)}, "releaseState": {"1"},
	}, nil)
}

func (d *demo) ensureTenant(ctx context.Context) (int, error) {
	is := func(t named) bool { return t.TenantCode == d.cfg.Tenant }
	found, err := first(ctx, d.api, "/tenant/list-paging", d.cfg.Tenant, is)
	if err != nil || found.ID != 0 {
		return found.ID, err
	}
	queue, err := first(ctx, d.api, "/queue/list-paging", "", func(named) bool { return true })
	if err != nil {
		return 0, err
	}
	if err := d.api.post(ctx, "/tenant/create", url.Values{
		"tenantCode": {d.cfg.Tenant}, "tenantName": {d.cfg.Tenant},
		"queueId": {strconv.Itoa(queue.ID)}, "description": {"runs the demo"},
	}, nil); err != nil {
		return 0, err
	}
	found, err = first(ctx, d.api, "/tenant/list-paging", d.cfg.Tenant, is)
	return found.ID, err
}

// ensure gives the row of that name, made if need be.
func (d *demo) ensure(ctx context.Context, listPath, name, createPath string, form url.Values) (named, error) {
	is := func(n named) bool { return n.Name == name }
	found, err := first(ctx, d.api, listPath, name, is)
	if err != nil || found.ID != 0 {
		return found, err
	}
	if err := d.api.post(ctx, createPath, form, nil); err != nil {
		return named{}, err
	}
	return first(ctx, d.api, listPath, name, is)
}
