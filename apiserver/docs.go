package apiserver

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/porpoise-scheduler/porpoise/apiserver/console"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/swaggerui"
)

// docsBase is where all APIs can be read and tried.
const docsBase = "/docs"

// docs is the page of the APIs and its files.
type docs struct{ page, assets http.Handler }

func makeDocs() (d docs, err error) {
	document := native.Base + "/openapi.json"
	page := swaggerui.Page{
		Title: "API - Porpoise", Document: document, Assets: docsBase + "/assets", Product: "Porpoise", Back: console.Base + "api",
		Choices: []swaggerui.Choice{
			{Key: "native", Name: "Porpoise /api/v1", Document: document, Session: native.Base + "/session"},
			{Key: "dolphinscheduler", Name: "DolphinScheduler 1.3.9", Document: dolphin.Base + "/v2/api-docs"},
		},
	}
	if d.page, err = page.Handler(); err != nil {
		return d, err
	}
	d.assets, err = swaggerui.Assets()
	return d, err
}

func (d docs) route(r chi.Router) {
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		r.Method(method, docsBase, d.page)
		r.Method(method, docsBase+"/assets/*", d.assets)
	}
	r.Handle(docsBase+"/", http.RedirectHandler(docsBase, http.StatusFound))
}
