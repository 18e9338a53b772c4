package client

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
)

// CreateFolder makes a folder of files below another one (-1: the root) and
// gives its id.
func (c *Client) CreateFolder(ctx context.Context, parent int, dir, name string) (int, error) {
	form := url.Values{"type": {"FILE"}, "name": {name}, "pid": {strconv.Itoa(parent)}, "currentDir": {dir}}
	return c.created(ctx, "/resources/directory/create", form)
}

// CreateText makes a file with a content of text and gives its id. The suffix
// has no dot.
func (c *Client) CreateText(ctx context.Context, parent int, dir, name, suffix, content string) (int, error) {
	return c.created(ctx, "/resources/online-create", url.Values{
		"type": {"FILE"}, "fileName": {name}, "suffix": {suffix}, "content": {content},
		"pid": {strconv.Itoa(parent)}, "currentDir": {dir},
	})
}

// UpdateText replaces the content of a file.
func (c *Client) UpdateText(ctx context.Context, id int, content string) error {
	return c.Post(ctx, "/resources/update-content", url.Values{"id": {strconv.Itoa(id)}, "content": {content}}, nil)
}

func (c *Client) created(ctx context.Context, path string, form url.Values) (int, error) {
	var out struct{ ID int }
	err := c.Post(ctx, path, form, &out)
	if err == nil && out.ID == 0 {
		err = fmt.Errorf("%s gave no id", path)
	}
	return out.ID, err
}

// Upload sends a file of that many bytes, as it is read, and gives its id. It
// is sent once, also by a client that retries.
func (c *Client) Upload(ctx context.Context, parent int, dir, name string, content io.Reader, size int64) (int, error) {
	var head, tail bytes.Buffer
	form := multipart.NewWriter(&head)
	for field, value := range map[string]string{
		"type": "FILE", "name": name, "pid": strconv.Itoa(parent), "currentDir": dir, "description": "",
	} {
		if err := form.WriteField(field, value); err != nil {
			return 0, err
		}
	}
	if _, err := form.CreateFormFile("file", name); err != nil {
		return 0, err
	}
	fmt.Fprintf(&tail, "\r\n--%s--\r\n", form.Boundary())
	const path = "/resources/create"
	server := c.servers[c.turn.Add(1)%uint64(len(c.servers))]
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server+"/dolphinscheduler"+path, io.MultiReader(&head, content, &tail))
	if err != nil {
		return 0, err
	}
	req.ContentLength = int64(head.Len()) + size + int64(tail.Len())
	for name, values := range c.header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	unlimited := *c.http
	unlimited.Timeout = 0 // as long as ctx
	res, err := unlimited.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return 0, err
	}
	if code := envelopeCode(body); code != 0 || res.StatusCode >= 300 {
		return 0, &Error{Request: "POST " + path, Status: res.StatusCode, Code: code, Msg: string(body)}
	}
	var out struct{ ID int }
	return out.ID, decode("POST "+path, body, &out)
}
