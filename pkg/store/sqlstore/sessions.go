package sqlstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// sessions implements store.Sessions. Only the hash of a session's id is
// kept: who reads the database cannot log in with it. So lists cannot give the
// id back; they give a handle instead, which Save and Delete take for the id
// and Get does not.
type sessions struct{ db *database }

// handlePrefix begins the handle of a session in a list.
const handlePrefix = "sha256:"

type sessionRow struct {
	IDHash    string `gorm:"primaryKey"`
	UserID    int64
	IP        string
	LastLogin moment
}

func (sessionRow) TableName() string { return "session" }

// hashed is how secrets are looked up. They are random and long, so that a
// plain hash cannot be guessed back.
func hashed(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// hashOf is the hash of an id, or the one in a handle.
func hashOf(id string) string {
	if hash, ok := strings.CutPrefix(id, handlePrefix); ok {
		return hash
	}
	return hashed(id)
}

func (r sessionRow) session() workflow.Session {
	return workflow.Session{ID: handlePrefix + r.IDHash, UserID: r.UserID, IP: r.IP, LastLogin: r.LastLogin.Time}
}

func (s sessions) Save(ctx context.Context, v *workflow.Session) error {
	row := &sessionRow{IDHash: hashOf(v.ID), UserID: v.UserID, IP: v.IP, LastLogin: moment{v.LastLogin}}
	return mapError(s.db.saveOne(ctx, new(int64), func(tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(row).Error
	}), "session")
}

func (s sessions) Get(ctx context.Context, id string) (workflow.Session, error) {
	row, err := getRow[sessionRow](ctx, s.db, "session", "id_hash = ?", hashed(id))
	v := row.session()
	v.ID = id
	return v, err
}

func (s sessions) ByUser(ctx context.Context, userID int64) ([]workflow.Session, error) {
	var rows []sessionRow
	err := s.db.gRead.WithContext(ctx).Where("user_id = ?", userID).Order("last_login DESC, id_hash").Find(&rows).Error
	return each(rows, sessionRow.session), mapError(err, "session")
}

func (s sessions) Delete(ctx context.Context, id string) error {
	return mapError(s.db.change(ctx, missing("session"), "DELETE FROM session WHERE id_hash = ?", hashOf(id)), "session")
}

func (s sessions) DeleteByUser(ctx context.Context, userID int64) error {
	return mapError(s.db.change(ctx, nil, "DELETE FROM session WHERE user_id = ?", userID), "session")
}
