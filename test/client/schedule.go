package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// CreateSchedule stores a cron rule, offline, and gives its id.
func (p Project) CreateSchedule(ctx context.Context, definition int, crontab string, from, to time.Time) (int, error) {
	rule, err := json.Marshal(map[string]string{"startTime": Date(from), "endTime": Date(to), "crontab": crontab})
	if err != nil {
		return 0, err
	}
	form := url.Values{
		"processDefinitionId": {strconv.Itoa(definition)}, "schedule": {string(rule)},
		"warningType": {"NONE"}, "warningGroupId": {"0"}, "failureStrategy": {"CONTINUE"},
	}
	if err := p.Post(ctx, p.path("/schedule/create"), form, nil); err != nil {
		return 0, err
	}
	schedules, err := p.Schedules(ctx, definition)
	if err != nil {
		return 0, err
	}
	if len(schedules) == 0 {
		return 0, fmt.Errorf("definition %d has no schedule after one was created", definition)
	}
	return schedules[0].ID, nil
}

// Schedules lists the rules of a definition.
func (p Project) Schedules(ctx context.Context, definition int) ([]Schedule, error) {
	query := url.Values{"processDefinitionId": {strconv.Itoa(definition)}, "pageNo": {"1"}, "pageSize": {"10"}}
	page, err := read[Page[Schedule]](ctx, p.Client, p.path("/schedule/list-paging"), query)
	return page.TotalList, err
}

// SetSchedule puts a rule online, or takes it offline.
func (p Project) SetSchedule(ctx context.Context, id int, online bool) error {
	action := "offline"
	if online {
		action = "online"
	}
	return p.Post(ctx, p.path("/schedule/"+action), url.Values{"id": {strconv.Itoa(id)}}, nil)
}
