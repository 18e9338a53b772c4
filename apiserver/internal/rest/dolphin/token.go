package dolphin

import (
	"context"
	"net/http"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
)

func (d *Dialect) tokenRoutes() []Route {
	const group = "AccessToken"
	return []Route{
		{Group: group, Operation: "createToken", Method: http.MethodPost, Path: "/access-token/create",
			Params:        []Param{Int("userId").Must(), Text("expireTime").Must(), Text("token").Must()},
			SuccessStatus: http.StatusCreated, ErrorConstant: status.CreateAccessTokenError,
			Access: SignedIn, Handler: d.createToken},
		{Group: group, Operation: "generateToken", Method: http.MethodPost, Path: "/access-token/generate",
			Params:        []Param{Int("userId").Must(), Text("expireTime").Must()},
			SuccessStatus: http.StatusCreated, ErrorConstant: status.GenerateTokenError,
			Access: SignedIn, Secret: true, Handler: d.generateToken},
		{Group: group, Operation: "queryAccessTokenList", Method: http.MethodGet, Path: "/access-token/list-paging",
			Params: pageParams(), ErrorConstant: status.QueryAccesstokenListPagingError,
			Access: SignedIn, Handler: d.listTokens},
		{Group: group, Operation: "delAccessTokenById", Method: http.MethodPost, Path: "/access-token/delete",
			Params: []Param{Int("id").Must()}, ErrorConstant: status.DeleteAccessTokenError,
			Access: SignedIn, Handler: d.deleteToken},
		{Group: group, Operation: "updateToken", Method: http.MethodPost, Path: "/access-token/update",
			Params:        []Param{Int("id").Must(), Int("userId").Must(), Text("expireTime").Must(), Text("token").Must()},
			ErrorConstant: status.UpdateAccessTokenError, Access: SignedIn, Handler: d.updateToken},
	}
}

// tokenJSON is an AccessToken.
type tokenJSON struct {
	ID         int64  `json:"id"`
	UserID     int64  `json:"userId"`
	Token      string `json:"token"`
	ExpireTime Date   `json:"expireTime"`
	CreateTime Date   `json:"createTime"`
	UpdateTime Date   `json:"updateTime"`
	UserName   string `json:"userName"`
}

func encodeToken(t usecase.TokenView) tokenJSON {
	return tokenJSON{
		ID: t.ID, UserID: t.UserID, Token: t.Value, UserName: t.UserName,
		ExpireTime: Date(t.ExpireTime), CreateTime: Date(t.CreateTime), UpdateTime: Date(t.UpdateTime),
	}
}

// expiry reads expireTime; what is no date gets the endpoint's own constant.
func expiry(r *Request) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateTime, r.String("expireTime"), r.zone)
	if err != nil {
		return t, &paramError{err}
	}
	return t, nil
}

func (d *Dialect) createToken(ctx context.Context, r *Request) (any, error) {
	expires, err := expiry(r)
	if err != nil {
		return nil, err
	}
	_, err = d.uc.CreateToken(ctx, r.Caller, r.ID("userId"), r.String("token"), expires)
	return nil, err
}

func (d *Dialect) generateToken(ctx context.Context, r *Request) (any, error) {
	if _, err := expiry(r); err != nil {
		return nil, err
	}
	return d.uc.GenerateToken(ctx, r.Caller, r.ID("userId"))
}

func (d *Dialect) listTokens(ctx context.Context, r *Request) (any, error) {
	rows, total, err := d.uc.ListTokens(ctx, r.Caller, r.Search(), r.Page())
	if err != nil {
		return nil, err
	}
	return PageOf(r.Page(), rows, total, encodeToken), nil
}

func (d *Dialect) deleteToken(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.DeleteToken(ctx, r.Caller, r.ID("id"))
}

func (d *Dialect) updateToken(ctx context.Context, r *Request) (any, error) {
	expires, err := expiry(r)
	if err != nil {
		return nil, err
	}
	return nil, d.uc.UpdateToken(ctx, r.Caller, r.ID("id"), r.ID("userId"), r.String("token"), expires)
}
