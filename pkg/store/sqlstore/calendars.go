package sqlstore

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// calendars implements store.Calendars.
type calendars struct{ db *database }

type calendarRow struct {
	ID          int64 `gorm:"primaryKey;autoIncrement"`
	Name        string
	Description string
	Weekend     string // JSON
	Days        string // JSON
	CreateTime  moment
	UpdateTime  moment
}

func (calendarRow) TableName() string { return "calendar" }

func (r calendarRow) calendar() (workflow.Calendar, error) {
	c := workflow.Calendar{ID: r.ID, Name: r.Name, Description: r.Description, CreateTime: r.CreateTime.Time, UpdateTime: r.UpdateTime.Time}
	if err := decodeJSON(r.Weekend, &c.Weekend); err != nil {
		return c, fmt.Errorf("weekend of calendar %d: %w", r.ID, err)
	}
	if err := decodeJSON(r.Days, &c.Days); err != nil {
		return c, fmt.Errorf("days of calendar %d: %w", r.ID, err)
	}
	return c, nil
}

func (s calendars) Save(ctx context.Context, c *workflow.Calendar) error {
	now := s.db.now()
	row := &calendarRow{ID: c.ID, Name: c.Name, Description: c.Description, Weekend: encodeJSON(c.Weekend), Days: encodeJSON(c.Days), UpdateTime: moment{now}}
	if c.ID != 0 {
		err := updateRow(ctx, s.db, "calendar", c.ID, row, "create_time")
		if err == nil {
			c.UpdateTime = now
		}
		return err
	}
	row.CreateTime = moment{now}
	err := createRow(ctx, s.db, "calendar", row, &row.ID)
	if err == nil {
		c.ID, c.CreateTime, c.UpdateTime = row.ID, now, now
	}
	return err
}

func (s calendars) Delete(ctx context.Context, id int64) error {
	return mapError(s.db.save(ctx, func(tx *gorm.DB) error {
		var users int64
		if err := tx.Table("schedule").Where("calendar_id = ?", id).Count(&users).Error; err != nil {
			return err
		}
		if users > 0 {
			return workflow.Errorf(workflow.Conflict, "calendar.used", "%d schedules use the calendar", users)
		}
		return deleteIn[calendarRow](tx, "calendar", id)
	}), "calendar")
}

func (s calendars) Get(ctx context.Context, id int64) (workflow.Calendar, error) {
	row, err := getRow[calendarRow](ctx, s.db, "calendar", "id = ?", id)
	if err != nil {
		return workflow.Calendar{}, err
	}
	return row.calendar()
}

func (s calendars) All(ctx context.Context) ([]workflow.Calendar, error) {
	rows, err := allRows[calendarRow](ctx, s.db, "calendar", "name")
	if err != nil {
		return nil, err
	}
	list := make([]workflow.Calendar, len(rows))
	for i, r := range rows {
		if list[i], err = r.calendar(); err != nil {
			return nil, err
		}
	}
	return list, nil
}
