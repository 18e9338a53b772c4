package client

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
)

// sendFile posts a form with a file that is small.
func (c *Client) sendFile(ctx context.Context, path, field, fileName string, content []byte, form url.Values) error {
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	for name, values := range form {
		for _, v := range values {
			if err := parts.WriteField(name, v); err != nil {
				return err
			}
		}
	}
	part, err := parts.CreateFormFile(field, fileName)
	if err != nil {
		return err
	}
	if _, err := part.Write(content); err != nil {
		return err
	}
	if err := parts.Close(); err != nil {
		return err
	}
	status, answer, err := c.sendBody(ctx, http.MethodPost, path, parts.FormDataContentType(), &body, "")
	if err != nil {
		return err
	}
	_, err = success("POST "+path, status, answer)
	return err
}

// Import saves the workflows of a file.
func (p Project) Import(ctx context.Context, file []byte) error {
	return p.sendFile(ctx, "/projects/import-definition", "file", "workflows.json", file, url.Values{"projectName": {p.Name}})
}

// Export gives a definition as a file.
func (p Project) Export(ctx context.Context, definition int) ([]byte, error) {
	status, body, err := p.Raw(ctx, p.path("/process/export"), url.Values{"processDefinitionIds": {strconv.Itoa(definition)}})
	if err == nil && (status != http.StatusOK || len(body) == 0) {
		err = fmt.Errorf("exporting %d: HTTP %d %s", definition, status, body)
	}
	return body, err
}

// Edit changes the workflow of an ended instance and, with sync, its definition.
func (p Project) Edit(ctx context.Context, instance int, f Flow, sync bool) error {
	form := url.Values{
		"processInstanceId": {strconv.Itoa(instance)}, "processInstanceJson": {f.JSON()}, "syncDefine": {strconv.FormatBool(sync)},
		"locations": {f.Locations()}, "connects": {f.Connects()},
	}
	return p.Post(ctx, p.path("/instance/update"), form, nil)
}

// Definitions lists the definitions whose names contain a text.
func (p Project) Definitions(ctx context.Context, search string) ([]Definition, error) {
	query := url.Values{"pageNo": {"1"}, "pageSize": {"100"}, "searchVal": {search}}
	page, err := read[Page[Definition]](ctx, p.Client, p.path("/process/list-paging"), query)
	return page.TotalList, err
}
