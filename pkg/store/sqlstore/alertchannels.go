package sqlstore

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// alertChannels implements store.AlertChannels. Settings are sealed for the id
// of their row, so that a copy in another row does not open.
type alertChannels struct{ db *database }

type alertChannelRow struct {
	ID             int64 `gorm:"primaryKey;autoIncrement"`
	Name           string
	Kind           workflow.ChannelKind
	Description    string
	Enabled        bool
	SettingsSealed string // JSON
	CreateTime     moment
	UpdateTime     moment
}

func (alertChannelRow) TableName() string { return "alert_channel" }

type channelGroup struct {
	ChannelID int64 `gorm:"primaryKey;autoIncrement:false"`
	GroupID   int64 `gorm:"primaryKey;autoIncrement:false"`
}

func (channelGroup) TableName() string { return "alert_channel_group" }

func (s alertChannels) channel(ctx context.Context, r alertChannelRow) (workflow.AlertChannel, error) {
	c := workflow.AlertChannel{ID: r.ID, Name: r.Name, Kind: r.Kind, Description: r.Description, Enabled: r.Enabled,
		CreateTime: r.CreateTime.Time, UpdateTime: r.UpdateTime.Time}
	settings, err := s.db.openID(sealedSettings, r.ID, r.SettingsSealed)
	if err != nil {
		return c, err
	}
	if err := decodeJSON(settings, &c.Settings); err != nil {
		return c, fmt.Errorf("settings of alert channel %d: %w", r.ID, err)
	}
	c.GroupIDs, err = query(ctx, s.db.read, scanID, "SELECT group_id FROM alert_channel_group WHERE channel_id = ? ORDER BY group_id", r.ID)
	return c, mapError(err, "alert_channel")
}

func (s alertChannels) Save(ctx context.Context, c *workflow.AlertChannel) error {
	next := *c
	next.UpdateTime = s.db.now()
	err := s.db.saveNew(ctx, &next.ID, func(tx *gorm.DB) error {
		row := &alertChannelRow{ID: next.ID, Name: c.Name, Kind: c.Kind, Description: c.Description, Enabled: c.Enabled, UpdateTime: moment{next.UpdateTime}}
		if next.ID == 0 {
			next.CreateTime = next.UpdateTime
			row.CreateTime = moment{next.CreateTime}
			if err := tx.Create(row).Error; err != nil {
				return err
			}
			next.ID = row.ID
		}
		return s.write(tx, row, &next)
	})
	if err == nil {
		*c = next
	}
	return mapError(err, "alert_channel")
}

// write updates a row with an id, and the channel's groups.
func (s alertChannels) write(tx *gorm.DB, row *alertChannelRow, c *workflow.AlertChannel) (err error) {
	if len(c.Settings) > 0 {
		if row.SettingsSealed, err = s.db.sealID(sealedSettings, row.ID, encodeJSON(c.Settings)); err != nil {
			return err
		}
	}
	if err := updateIn(tx, "alert_channel", row.ID, row, "create_time"); err != nil {
		return err
	}
	if err := tx.Where("channel_id = ?", row.ID).Delete(&channelGroup{}).Error; err != nil {
		return err
	}
	var groups []channelGroup
	for _, id := range distinct(c.GroupIDs) {
		groups = append(groups, channelGroup{row.ID, id})
	}
	if len(groups) == 0 {
		return nil
	}
	return tx.CreateInBatches(groups, maxRows).Error
}

func (s alertChannels) Delete(ctx context.Context, id int64) error {
	return mapError(s.db.save(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("channel_id = ?", id).Delete(&channelGroup{}).Error; err != nil {
			return err
		}
		return deleteIn[alertChannelRow](tx, "alert_channel", id)
	}), "alert_channel")
}

func (s alertChannels) Get(ctx context.Context, id int64) (workflow.AlertChannel, error) {
	row, err := getRow[alertChannelRow](ctx, s.db, "alert_channel", "id = ?", id)
	if err != nil {
		return workflow.AlertChannel{}, err
	}
	return s.channel(ctx, row)
}

func (s alertChannels) find(ctx context.Context, q *gorm.DB) ([]workflow.AlertChannel, error) {
	var rows []alertChannelRow
	if err := q.Order("id").Find(&rows).Error; err != nil {
		return nil, mapError(err, "alert_channel")
	}
	list := make([]workflow.AlertChannel, len(rows))
	for i, r := range rows {
		var err error
		if list[i], err = s.channel(ctx, r); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (s alertChannels) All(ctx context.Context) ([]workflow.AlertChannel, error) {
	return s.find(ctx, s.db.gRead.WithContext(ctx))
}

func (s alertChannels) OfGroup(ctx context.Context, groupID int64) ([]workflow.AlertChannel, error) {
	return s.find(ctx, s.db.gRead.WithContext(ctx).Where("enabled = ? AND id IN (SELECT channel_id FROM alert_channel_group WHERE group_id = ?)", true, groupID))
}

func (s alertChannels) Reseal(ctx context.Context, limit int) (int, error) {
	return s.db.reseal(ctx, sealedSettings, limit)
}
