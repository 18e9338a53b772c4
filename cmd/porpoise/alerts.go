package main

import (
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/porpoise-scheduler/porpoise/master"
	"github.com/porpoise-scheduler/porpoise/pkg/netguard"
	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/notify/robot"
	"github.com/porpoise-scheduler/porpoise/pkg/notify/script"
	"github.com/porpoise-scheduler/porpoise/pkg/notify/wording"
)

// alertOptions say in which words and by which ways alerts leave.
type alertOptions struct {
	externalURL   string
	language      string
	zone          string
	allowPrivate  bool
	allowLoopback bool
	scriptDir     string
	scriptUser    string
	timeout       time.Duration
	giveUp        time.Duration
	noStartAfter  time.Duration
}

func (o *alertOptions) add(f *pflag.FlagSet, allowLoopback bool) {
	o.addWays(f, allowLoopback)
	f.DurationVar(&o.giveUp, "alert-give-up", 24*time.Hour, "how long sending one alert is tried")
	f.DurationVar(&o.noStartAfter, "no-start-after", 15*time.Minute, "alert when an instance has begun no task for so long; 0 never does")
}

// addWays adds what sending one alert needs.
func (o *alertOptions) addWays(f *pflag.FlagSet, allowLoopback bool) {
	f.StringVar(&o.externalURL, "external-url", "", "where people reach this installation, such as https://porpoise.example.com; alerts then link to the instance ({instance} and {project} in it stand for ids)")
	f.StringVar(&o.language, "alert-language", "en", "language of alerts: en or zh")
	f.StringVar(&o.zone, "alert-time-zone", "Asia/Shanghai", "zone of times in alerts")
	f.BoolVar(&o.allowPrivate, "alert-allow-private", false, "let alerts go to addresses of private networks")
	f.BoolVar(&o.allowLoopback, "alert-allow-loopback", allowLoopback, "let alerts go to this machine")
	f.StringVar(&o.scriptDir, "alert-script-dir", "", "folder of the programs that SCRIPT channels may run (default none)")
	f.StringVar(&o.scriptUser, "alert-script-user", "nobody", "OS user they run as, on a master that is root")
	f.DurationVar(&o.timeout, "alert-timeout", 30*time.Second, "how long sending one alert may take; a master that dies while sending is made up for after twice that")
}

// ways makes what alerts leave by.
func (o *alertOptions) ways(mailer notify.Mailer) (*master.Alerts, error) {
	zone, err := time.LoadLocation(o.zone)
	if err != nil {
		return nil, fmt.Errorf("setting alert-time-zone: %w", err)
	}
	words, err := wording.New(wording.Config{Language: o.language, Zone: zone, ExternalURL: o.externalURL})
	if err != nil {
		return nil, fmt.Errorf("setting %w", err)
	}
	if o.timeout < time.Second {
		return nil, fmt.Errorf("setting alert-timeout: %v is shorter than a second", o.timeout)
	}
	scripts, err := script.New(script.Config{Dir: o.scriptDir, User: o.scriptUser, Timeout: o.timeout})
	if err != nil {
		return nil, fmt.Errorf("setting %w", err)
	}
	robots := robot.Kinds(robot.Config{
		Guard:   netguard.Config{AllowPrivate: o.allowPrivate, AllowLoopback: o.allowLoopback},
		Timeout: o.timeout,
	})
	kinds := append(robots, notify.NewMailKind(mailer), scripts)
	return &master.Alerts{Kinds: notify.NewKinds(kinds...), Mailer: mailer, Writer: words}, nil
}
