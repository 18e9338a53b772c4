package workflow

import "time"

// AlertGroup is who and what hears of alerts: its users by mail, and channels.
type AlertGroup struct {
	ID          int64
	Name        string
	Type        string // EMAIL or SMS: a label of the first dialect
	Description string
	UserID      int64 // who made it
	CreateTime  time.Time
	UpdateTime  time.Time
}

// ChannelKind names a way to deliver alerts.
type ChannelKind string

// Channel kinds. Mail is also what users of a group and receivers of a
// definition get.
const (
	ChannelMail     ChannelKind = "MAIL"
	ChannelWebhook  ChannelKind = "WEBHOOK"
	ChannelDingTalk ChannelKind = "DINGTALK"
	ChannelWeCom    ChannelKind = "WECOM"
	ChannelFeishu   ChannelKind = "FEISHU"
	ChannelSlack    ChannelKind = "SLACK"
	ChannelTelegram ChannelKind = "TELEGRAM"
	ChannelScript   ChannelKind = "SCRIPT"
)

// AlertChannel is a configured way to deliver alerts.
type AlertChannel struct {
	ID          int64
	Name        string
	Kind        ChannelKind
	Description string
	Enabled     bool
	// Settings are checked by the channel's kind, and sealed at rest as a
	// whole: addresses of robots are secrets too.
	Settings   map[string]string
	GroupIDs   []int64
	CreateTime time.Time
	UpdateTime time.Time
}

// DeliveryState is where a delivery is.
type DeliveryState string

// Delivery states.
const (
	DeliveryPending DeliveryState = "PENDING"
	DeliverySent    DeliveryState = "SENT"
	DeliveryFailed  DeliveryState = "FAILED" // given up
)

// Delivery is one alert on its way to one target.
type Delivery struct {
	ID        int64
	AlertID   int64
	ChannelID int64       // 0: mail to Address
	Kind      ChannelKind // of the channel at the time
	Address   string      // mail addresses, comma separated; empty for channels
	Cc        string
	State     DeliveryState
	Attempts  int // begun, the one under way included
	NextTry   time.Time
	// Repeated counts attempts that began after one whose outcome nobody knows:
	// the alert may have arrived twice.
	Repeated   int
	LastError  string
	CreateTime time.Time
	EndTime    time.Time
}

// Retention says how long things are kept. ProjectID 0 holds for projects
// without a row of their own. 0 days keeps for ever; -1 in a project's row
// inherits.
type Retention struct {
	ProjectID    int64
	InstanceDays int // instances with their task instances, after their end
	LogDays      int // logs of attempts, after their end
	// CacheDays is how long resources that nobody used stay in the caches of
	// workers, which projects share: 0 in a project's row.
	CacheDays  int
	UpdateTime time.Time
}
