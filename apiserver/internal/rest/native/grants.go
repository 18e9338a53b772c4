package native

import (
	"context"
	"net/http"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
)

// Grants are the users who were granted something.
type Grants struct {
	UserIDs []int64 `json:"userIds" nullable:"false" maxItems:"10000"`
}

// granting is a sort of things that owners let others use.
type granting struct {
	One, Path, Tag string // File, /files, Files
	// Read and Write are what the operations do, in words. Without Read there is
	// none that reads.
	Read, Write string
	Of          func(ctx context.Context, c usecase.Caller, id int64) ([]int64, error)
	Set         func(ctx context.Context, c usecase.Caller, id int64, userIDs []int64) error
}

// declare declares the operations.
func (g granting) declare(a *API) {
	path := g.Path + "/{id}/grants"
	if g.Read != "" {
		add(a, op{ID: "get" + g.One + "Grants", Method: http.MethodGet, Path: path, Tag: g.Tag, Access: SignedIn, Summary: g.Read}, g.get)
	}
	add(a, op{ID: "set" + g.One + "Grants", Method: http.MethodPut, Path: path, Tag: g.Tag, Access: SignedIn, Summary: g.Write}, g.set)
}

func (g granting) get(ctx context.Context, in *ByID) (*body[Grants], error) {
	ids, err := g.Of(ctx, callerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return answer(Grants{UserIDs: someIDs(ids)}), nil
}

func (g granting) set(ctx context.Context, in *struct {
	ByID
	Body Grants
}) (*body[Grants], error) {
	if err := g.Set(ctx, callerOf(ctx), in.ID, in.Body.UserIDs); err != nil {
		return nil, err
	}
	return g.get(ctx, &in.ByID)
}
