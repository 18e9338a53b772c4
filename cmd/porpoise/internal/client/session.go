package client

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// session is a login: what a browser would keep.
type session struct{ cookies, csrf string }

func (s *session) sign(r *http.Request) {
	r.Header.Set("Cookie", s.cookies)
	r.Header.Set("X-CSRF-Token", s.csrf)
}

// Session is who asks.
type Session struct {
	User struct {
		ID    int64  `json:"id"`
		Name  string `json:"name"`
		Email string `json:"email"`
		Admin bool   `json:"admin"`
	} `json:"user"`
	CSRFToken string `json:"csrfToken"`
}

// Login signs in with a password; requests after it are this user's. It is
// ended by Logout.
func (c *Client) Login(ctx context.Context, user, password string) (Session, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	var s Session
	response, err := c.Open(ctx, Request{Method: http.MethodPost, Path: "/session",
		Body: map[string]string{"user": user, "password": password}})
	if err != nil {
		return s, err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return s, &Unreachable{Server: c.Server(), Err: err}
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return s, errors.New("the answer to the login is not this API's")
	}
	login := &session{csrf: s.CSRFToken}
	for _, cookie := range response.Cookies() {
		if login.cookies != "" {
			login.cookies += "; "
		}
		login.cookies += cookie.Name + "=" + cookie.Value
	}
	c.session = login
	return s, nil
}

// Logout ends what Login began; without that it does nothing.
func (c *Client) Logout(ctx context.Context) error {
	if c.session == nil {
		return nil
	}
	err := c.Delete(ctx, "/session")
	c.session = nil
	return err
}

// Whoami asks who the token or the login belongs to.
func (c *Client) Whoami(ctx context.Context) (Session, error) {
	var s Session
	return s, c.Get(ctx, "/session", nil, &s)
}
