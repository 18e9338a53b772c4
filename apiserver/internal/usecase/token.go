package usecase

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// maxToken bounds a token's text.
const maxToken = 64

// TokenView is a token with its user's name.
type TokenView struct {
	workflow.Token
	UserName string
}

// GenerateToken makes a token text for a user without storing it.
func (s *Service) GenerateToken(_ context.Context, c Caller, userID int64) (string, error) {
	if err := requireSelf(c, userID); err != nil {
		return "", err
	}
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b), nil
}

// CreateToken stores a token of a user. Reasons: "user.forbidden",
// "user.not_found", "token.invalid", "token.exists".
func (s *Service) CreateToken(ctx context.Context, c Caller, userID int64, value string, expires time.Time) (id int64, err error) {
	if err := s.checkToken(ctx, c, userID, value); err != nil {
		return 0, err
	}
	t := workflow.Token{UserID: userID, Value: value, ExpireTime: expires}
	err = s.Store.Tokens.Create(ctx, &t)
	return t.ID, takenAs(err, tokenExists())
}

// UpdateToken changes a token of a user; the caller must have a right to both
// the user it has and the one it gets. Reasons as of CreateToken, and
// "token.not_found".
func (s *Service) UpdateToken(ctx context.Context, c Caller, id, userID int64, value string, expires time.Time) error {
	if err := requireSelf(c, userID); err != nil {
		return err
	}
	t, err := s.ownToken(ctx, c, id)
	if err != nil {
		return err
	}
	if err := s.checkToken(ctx, c, userID, value); err != nil {
		return err
	}
	before := t.UserID
	t.UserID, t.Value, t.ExpireTime = userID, value, expires
	err = s.Store.Tokens.Update(ctx, &t)
	s.Auth.Forget(before)
	s.Auth.Forget(userID)
	return takenAs(err, tokenExists())
}

// DeleteToken removes a token. Reasons: "user.forbidden", "token.not_found".
func (s *Service) DeleteToken(ctx context.Context, c Caller, id int64) error {
	t, err := s.ownToken(ctx, c, id)
	if err != nil {
		return err
	}
	err = s.Store.Tokens.Delete(ctx, id)
	s.Auth.Forget(t.UserID)
	return err
}

// ListTokens gives a page of the caller's tokens; admins see everybody's.
func (s *Service) ListTokens(ctx context.Context, c Caller, search string, p store.Page) ([]TokenView, int, error) {
	userID := c.User.ID
	if c.Admin() {
		userID = 0
	}
	rows, total, err := s.Store.Tokens.List(ctx, userID, search, s.bound(p))
	if err != nil {
		return nil, 0, err
	}
	views := make([]TokenView, 0, len(rows))
	names := map[int64]string{}
	for _, t := range rows {
		name, known := names[t.UserID]
		if !known {
			u, err := s.Store.Users.Get(ctx, t.UserID)
			if _, err = found(err); err != nil {
				return nil, 0, err
			}
			name = u.Name
			names[t.UserID] = name
		}
		views = append(views, TokenView{Token: t, UserName: name})
	}
	return views, total, nil
}

func (s *Service) ownToken(ctx context.Context, c Caller, id int64) (workflow.Token, error) {
	t, err := s.Store.Tokens.Get(ctx, id)
	if err != nil {
		return t, missingAs(err, workflow.Errorf(workflow.NotFound, "token.not_found", "token %d does not exist", id))
	}
	return t, requireSelf(c, t.UserID)
}

func (s *Service) checkToken(ctx context.Context, c Caller, userID int64, value string) error {
	if err := requireSelf(c, userID); err != nil {
		return err
	}
	if value == "" || len(value) > maxToken {
		return workflow.Errorf(workflow.Invalid, "token.invalid", "a token has 1 to %d characters", maxToken).At("token")
	}
	_, err := s.Store.Users.Get(ctx, userID)
	return missingAs(err, userNotFound(userID))
}

func tokenExists() error {
	return workflow.Errorf(workflow.Exists, "token.exists", "the token exists already").At("token")
}
