package dolphin

import (
	"fmt"
	"io"
	"net/http"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
)

// envelope is the body of nearly every answer.
type envelope struct {
	Code int    `json:"code"`
	Msg  string `json:"msg"`
	Data any    `json:"data"`
}

// Reply is a success that says more than its data.
type Reply struct {
	Data    any
	Message status.Constant // whose text replaces "success"; the code stays 0
	Cookies []*http.Cookie
}

// Attachment is an answer outside the envelope: a file to download. Write is
// called once; when it fails before the first byte the caller gets the
// endpoint's error instead.
type Attachment struct {
	Name  string
	Type  string // "": just bytes
	Size  int64  // 0: not known beforehand
	Write func(w io.Writer) error
}

// Nothing is an answer without a body.
type Nothing struct{}

// Plain is a refusal outside the envelope: a status of HTTP and a constant's
// text.
type Plain struct {
	HTTP     int
	Constant status.Constant
}

// Error gives the English text.
func (p *Plain) Error() string { return p.Constant.Message(status.English) }

// Failure is a refusal by constant. Its arguments fill the text; Detail, when
// not empty, follows it.
type Failure struct {
	Constant status.Constant
	Args     []any
	Detail   string
}

// Fail refuses with a constant of the status list.
func Fail(c status.Constant, args ...any) error { return &Failure{Constant: c, Args: args} }

// Error gives the English text.
func (f *Failure) Error() string {
	return fmt.Sprintf("%d %s", f.Constant.Code(), f.message(status.English))
}

// message gives the text in a language.
func (f *Failure) message(l status.Language) string {
	text := f.Constant.Message(l, f.Args...)
	if f.Detail != "" {
		text += ": " + f.Detail
	}
	return text
}

// Paging is a page of a list as 1.3.9 writes it.
type Paging[T any] struct {
	TotalList   []T `json:"totalList"`
	CurrentPage int `json:"currentPage"`
	TotalPage   int `json:"totalPage"`
	Total       int `json:"total"`
}

// PageOf makes a page of rows out of a list of total rows, each encoded by
// encode.
func PageOf[R, T any](p store.Page, rows []R, total int, encode func(R) T) Paging[T] {
	return Paging[T]{
		TotalList:   ListOf(rows, encode),
		CurrentPage: p.Number,
		TotalPage:   (total + p.Size - 1) / p.Size,
		Total:       total,
	}
}

// ListOf encodes rows; the result is never null.
func ListOf[R, T any](rows []R, encode func(R) T) []T {
	list := make([]T, 0, len(rows))
	for _, row := range rows {
		list = append(list, encode(row))
	}
	return list
}
