package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// client calls the API; token is used once it is there, else the session.
type client struct {
	base           string
	http           *http.Client
	session, token string
}

func newClient(site string) *client {
	return &client{
		base: site + "/dolphinscheduler",
		// It talks to its own server: no proxy is between them.
		http: &http.Client{Transport: &http.Transport{}, Timeout: 30 * time.Second},
	}
}

func (c *client) get(ctx context.Context, path string, query url.Values, data any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return c.call(ctx, http.MethodGet, path, nil, data)
}

func (c *client) post(ctx context.Context, path string, form url.Values, data any) error {
	return c.call(ctx, http.MethodPost, path, form, data)
}

// call reads the answer's data into data, unless that is nil.
func (c *client) call(ctx context.Context, method, path string, form url.Values, data any) error {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if c.token != "" {
		request.Header.Set("token", c.token)
	} else if c.session != "" {
		request.Header.Set("sessionId", c.session)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %s", method, path, response.Status)
	}
	answer := struct {
		Code int
		Msg  string
		Data json.RawMessage
	}{}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if answer.Code != 0 {
		return fmt.Errorf("%s (%d)", answer.Msg, answer.Code)
	}
	if data == nil {
		return nil
	}
	return json.Unmarshal(answer.Data, data)
}

// list reads the first rows of a paged list.
func list[T any](ctx context.Context, c *client, path, search string) ([]T, error) {
	var page struct{ TotalList []T }
	query := url.Values{"pageNo": {"1"}, "pageSize": {"100"}, "searchVal": {search}}
	err := c.get(ctx, path, query, &page)
	return page.TotalList, err
}

// first gives the row that is wanted; its ID is 0 when there is none.
func first(ctx context.Context, c *client, path, search string, wanted func(named) bool) (named, error) {
	rows, err := list[named](ctx, c, path, search)
	if i := slices.IndexFunc(rows, wanted); err == nil && i >= 0 {
		return rows[i], nil
	}
	return named{}, err
}
