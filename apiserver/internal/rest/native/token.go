package native

import (
	"context"
	"net/http"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Token is an access token without its value.
type Token struct {
	ID      int64      `json:"id"`
	UserID  int64      `json:"userId"`
	User    string     `json:"user"`
	Expires *time.Time `json:"expires"`
	Created *time.Time `json:"created"`
}

// NewToken is a token with its value, which is shown this once.
type NewToken struct {
	Token
	Value string `json:"value" doc:"shown this once"`
}

// TokenInput is what a caller says of a token.
type TokenInput struct {
	UserID  int64     `json:"userId,omitempty" doc:"the caller, if missing; it stays the same"`
	Expires time.Time `json:"expires"`
}

func token(t usecase.TokenView) Token {
	return Token{ID: t.ID, UserID: t.UserID, User: t.UserName, Expires: moment(t.ExpireTime), Created: moment(t.CreateTime)}
}

func (a *API) declareTokens() {
	const tag = "Tokens"
	add(a, op{ID: "listTokens", Method: http.MethodGet, Path: "/tokens", Tag: tag, Access: SignedIn,
		Summary: "The caller's tokens; everybody's for admins"}, a.listTokens)
	add(a, op{ID: "createToken", Method: http.MethodPost, Path: "/tokens", Tag: tag, Access: SignedIn, Status: http.StatusCreated,
		Secret: true, Summary: "Make a token; its value is shown this once"}, a.createToken)
	add(a, op{ID: "getToken", Method: http.MethodGet, Path: "/tokens/{id}", Tag: tag, Access: SignedIn, Summary: "A token"}, a.getToken)
	add(a, op{ID: "updateToken", Method: http.MethodPut, Path: "/tokens/{id}", Tag: tag, Access: SignedIn,
		Summary: "Say when a token ends"}, a.updateToken)
	add(a, op{ID: "deleteToken", Method: http.MethodDelete, Path: "/tokens/{id}", Tag: tag, Access: SignedIn,
		Summary: "Delete a token"}, a.deleteToken)
}

func (a *API) listTokens(ctx context.Context, in *Paging) (*listed[Token], error) {
	return paged(in, func(search string, p store.Page) ([]usecase.TokenView, int, error) {
		return a.uc.ListTokens(ctx, callerOf(ctx), search, p)
	}, token)
}

func (a *API) createToken(ctx context.Context, in *struct{ Body TokenInput }) (*body[NewToken], error) {
	c := callerOf(ctx)
	if in.Body.UserID == 0 {
		in.Body.UserID = c.User.ID
	}
	if err := a.checkExpiry(in.Body.Expires); err != nil {
		return nil, err
	}
	value, err := a.uc.GenerateToken(ctx, c, in.Body.UserID)
	if err != nil {
		return nil, err
	}
	id, err := a.uc.CreateToken(ctx, c, in.Body.UserID, value, in.Body.Expires)
	if err != nil {
		return nil, err
	}
	made, err := a.uc.Token(ctx, c, id)
	if err != nil {
		return nil, err
	}
	return answer(NewToken{Token: token(made), Value: value}), nil
}

// checkExpiry refuses a token that would never work.
func (a *API) checkExpiry(t time.Time) error {
	if t.After(a.uc.Now()) {
		return nil
	}
	return workflow.Errorf(workflow.Invalid, "token.expired", "the token would have ended already").At("expires")
}

func (a *API) getToken(ctx context.Context, in *ByID) (*body[Token], error) {
	t, err := a.uc.Token(ctx, callerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return answer(token(t)), nil
}

func (a *API) updateToken(ctx context.Context, in *struct {
	ByID
	Body TokenInput
}) (*body[Token], error) {
	if err := a.checkExpiry(in.Body.Expires); err != nil {
		return nil, err
	}
	if err := a.uc.ProlongToken(ctx, callerOf(ctx), in.ID, workflow.Token{ExpireTime: in.Body.Expires}); err != nil {
		return nil, err
	}
	return a.getToken(ctx, &in.ByID)
}

func (a *API) deleteToken(ctx context.Context, in *ByID) (*struct{}, error) {
	return nil, a.uc.DeleteToken(ctx, callerOf(ctx), in.ID)
}
