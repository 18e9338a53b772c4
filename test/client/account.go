package client

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// dateForm is how dates are sent.
const dateForm = "2006-01-02 15:04:05"

// shanghai is the zone dates without one are in.
var shanghai = time.FixedZone("GMT+8", 8*3600)

// Date writes a moment as requests want it.
func Date(t time.Time) string { return t.In(shanghai).Format(dateForm) }

// Login signs in and gives a client with the session.
func (c *Client) Login(ctx context.Context, user, password string) (*Client, error) {
	var out struct {
		SessionID string `json:"sessionId"`
	}
	form := url.Values{"userName": {user}, "userPassword": {password}}
	if err := c.Post(ctx, "/login", form, &out); err != nil {
		return nil, err
	}
	if out.SessionID == "" {
		return nil, fmt.Errorf("login of %s gave no session", user)
	}
	return c.WithSession(out.SessionID), nil
}

// CreateQueue makes a queue and gives its id.
func (c *Client) CreateQueue(ctx context.Context, name string) (int, error) {
	if err := c.Post(ctx, "/queue/create", url.Values{"queue": {name}, "queueName": {name}}, nil); err != nil {
		return 0, err
	}
	return c.find(ctx, "/queue/list-paging", name, func(n Named) string { return n.QueueName })
}

// CreateTenant makes a tenant for an OS user and gives its id.
func (c *Client) CreateTenant(ctx context.Context, code string, queue int) (int, error) {
	form := url.Values{"tenantCode": {code}, "tenantName": {code}, "queueId": {strconv.Itoa(queue)}}
	if err := c.Post(ctx, "/tenant/create", form, nil); err != nil {
		return 0, err
	}
	return c.find(ctx, "/tenant/list-paging", code, func(n Named) string { return n.TenantCode })
}

// CreateUser makes an ordinary user and gives its id.
func (c *Client) CreateUser(ctx context.Context, name, password string, tenant int) (int, error) {
	form := url.Values{
		"userName": {name}, "userPassword": {password}, "tenantId": {strconv.Itoa(tenant)},
		"email": {name + "@example.org"},
	}
	if err := c.Post(ctx, "/users/create", form, nil); err != nil {
		return 0, err
	}
	return c.find(ctx, "/users/list-paging", name, func(n Named) string { return n.UserName })
}

// CreateToken generates and stores a token of a user.
func (c *Client) CreateToken(ctx context.Context, user int, expires time.Time) (string, error) {
	form := url.Values{"userId": {strconv.Itoa(user)}, "expireTime": {Date(expires)}}
	var token string
	if err := c.Post(ctx, "/access-token/generate", form, &token); err != nil {
		return "", err
	}
	form.Set("token", token)
	return token, c.Post(ctx, "/access-token/create", form, nil)
}

// CreateProject makes a project.
func (c *Client) CreateProject(ctx context.Context, name string) error {
	return c.Post(ctx, "/projects/create", url.Values{"projectName": {name}}, nil)
}

// ProjectID looks a project up.
func (c *Client) ProjectID(ctx context.Context, name string) (int, error) {
	return c.find(ctx, "/projects/list-paging", name, func(n Named) string { return n.Name })
}

func (c *Client) find(ctx context.Context, path, name string, field func(Named) string) (int, error) {
	query := url.Values{"pageNo": {"1"}, "pageSize": {"100"}, "searchVal": {name}}
	page, err := read[Page[Named]](ctx, c, path, query)
	if err != nil {
		return 0, err
	}
	for _, n := range page.TotalList {
		if field(n) == name {
			return n.ID, nil
		}
	}
	return 0, fmt.Errorf("%s does not list %q", path, name)
}
