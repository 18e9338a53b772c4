package sqlstore

import (
	"context"
	"fmt"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// tokens implements store.Tokens.
type tokens struct{ db *database }

type tokenRow struct {
	ID          int64 `gorm:"primaryKey;autoIncrement"`
	UserID      int64
	ValueHash   string
	ValueSealed string
	ExpireTime  moment
	CreateTime  moment
	UpdateTime  moment
}

func (tokenRow) TableName() string { return "access_token" }

// row seals the value, bound to its own hash.
func (s tokens) row(t *workflow.Token) (*tokenRow, error) {
	row := &tokenRow{ID: t.ID, UserID: t.UserID, ValueHash: hashed(t.Value), ExpireTime: moment{t.ExpireTime},
		CreateTime: moment{t.CreateTime}, UpdateTime: moment{t.UpdateTime}}
	if s.db.sealer == nil {
		return row, nil
	}
	sealed, err := s.db.sealer.Seal([]byte(t.Value), sealedTokens.aad(row.ValueHash))
	if err != nil {
		return nil, fmt.Errorf("sealing a token: %w", err)
	}
	row.ValueSealed = sealed
	return row, nil
}

func (s tokens) token(r tokenRow) (workflow.Token, error) {
	t := workflow.Token{ID: r.ID, UserID: r.UserID, ExpireTime: r.ExpireTime.Time, CreateTime: r.CreateTime.Time, UpdateTime: r.UpdateTime.Time}
	if s.db.sealer == nil || r.ValueSealed == "" {
		return t, nil
	}
	value, err := s.db.sealer.Open(r.ValueSealed, sealedTokens.aad(r.ValueHash))
	if err != nil {
		return t, fmt.Errorf("opening token %d: %w", r.ID, err)
	}
	t.Value = string(value)
	return t, nil
}

func (s tokens) Create(ctx context.Context, t *workflow.Token) error {
	t.CreateTime, t.UpdateTime = s.db.now(), s.db.now()
	row, err := s.row(t)
	if err != nil {
		return err
	}
	err = createRow(ctx, s.db, "token", row, &row.ID)
	t.ID = row.ID
	return err
}

func (s tokens) Update(ctx context.Context, t *workflow.Token) error {
	t.UpdateTime = s.db.now()
	row, err := s.row(t)
	if err != nil {
		return err
	}
	return updateRow(ctx, s.db, "token", t.ID, row, "create_time")
}

func (s tokens) Delete(ctx context.Context, id int64) error {
	return deleteRow[tokenRow](ctx, s.db, "token", id)
}

func (s tokens) Get(ctx context.Context, id int64) (workflow.Token, error) {
	row, err := getRow[tokenRow](ctx, s.db, "token", "id = ?", id)
	if err != nil {
		return workflow.Token{}, err
	}
	return s.token(row)
}

func (s tokens) ByValue(ctx context.Context, value string) (workflow.Token, error) {
	row, err := getRow[tokenRow](ctx, s.db, "token", "value_hash = ?", hashed(value))
	if err != nil {
		return workflow.Token{}, err
	}
	t, err := s.token(row)
	t.Value = value
	return t, err
}

func (s tokens) List(ctx context.Context, userID int64, search string, p store.Page) ([]workflow.Token, int, error) {
	q := s.db.gRead.WithContext(ctx).Table("access_token")
	if userID != 0 {
		q = q.Where("access_token.user_id = ?", userID)
	}
	if search != "" {
		q = q.Joins("JOIN user_account ON user_account.id = access_token.user_id").Where(s.db.like("user_account.name"), contains(search))
	}
	rows, total, err := pageRows[tokenRow](q, "token", "access_token.*", "access_token.id DESC", p)
	if err != nil {
		return nil, 0, err
	}
	list := make([]workflow.Token, len(rows))
	for i, r := range rows {
		if list[i], err = s.token(r); err != nil {
			return nil, 0, err
		}
	}
	return list, total, nil
}

func (s tokens) Reseal(ctx context.Context, limit int) (int, error) {
	return s.db.reseal(ctx, sealedTokens, limit)
}
