package apiserver

import (
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
)

// OpenAPI is the native API's document, which needs no server.
func OpenAPI(version string) (any, error) {
	api, err := native.New(&usecase.Service{}, native.Config{Version: version})
	if err != nil {
		return nil, err
	}
	return api.Document(), nil
}
