package client

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
)

// Page is the largest page that is asked for.
const Page = 500

// list is a page of the API.
type list struct {
	Items []json.RawMessage `json:"items"`
	Total int               `json:"total"`
	Next  string            `json:"next"`
}

// List gives rows of a list, over its pages, at most most of them (0: all),
// and how many there are.
func (c *Client) List(ctx context.Context, path string, query url.Values, most int) (rows []json.RawMessage, total int, err error) {
	asked := url.Values{}
	for name, values := range query {
		asked[name] = values
	}
	asked.Set("limit", strconv.Itoa(pageSize(most)))
	for {
		var page list
		if err := c.Get(ctx, path, asked, &page); err != nil {
			return nil, 0, err
		}
		rows = append(rows, page.Items...)
		if most > 0 && len(rows) >= most {
			rows = rows[:most]
			return rows, max(page.Total, len(rows)), nil
		}
		if page.Next == "" || len(page.Items) == 0 {
			return rows, max(page.Total, len(rows)), nil
		}
		asked.Set("cursor", page.Next)
	}
}

func pageSize(most int) int {
	if most > 0 && most < Page {
		return most
	}
	return Page
}

// Rows is List with every row read into T.
func Rows[T any](ctx context.Context, c *Client, path string, query url.Values, most int) ([]T, error) {
	raw, _, err := c.List(ctx, path, query, most)
	if err != nil {
		return nil, err
	}
	out := make([]T, len(raw))
	for i, r := range raw {
		if err := json.Unmarshal(r, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}
