// Package script delivers alerts by running a program that the operator put
// into one folder. Who configures a channel chooses among these programs and
// cannot bring one along: there is no shell, no path, and no environment of the
// master.
package script

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Config says what may run.
type Config struct {
	Dir     string        // of the programs; empty: there are none
	User    string        // whom they run as when this process is root; nobody when empty
	Timeout time.Duration // 30 s when 0
}

// maxOutput is how much of a program's output is kept to explain a failure.
const maxOutput = 4 << 10

// Kind makes script channels. Settings: script, the name of a file in the
// folder; argument, handed to it last (optional).
type Kind struct {
	cfg Config
	as  *syscall.Credential // nil: as this process
}

var _ notify.Kind = (*Kind)(nil)

// New checks the folder and the user.
func New(cfg Config) (*Kind, error) {
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	k := &Kind{cfg: cfg}
	if cfg.Dir == "" {
		return k, nil
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("alert-script-dir: %w", err)
	}
	k.cfg.Dir = dir
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return nil, fmt.Errorf("alert-script-dir: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("alert-script-dir: %s is no folder", dir)
	case info.Mode().Perm()&0o022 != 0:
		return nil, fmt.Errorf("alert-script-dir: %s can be written by others than its owner", dir)
	}
	if os.Geteuid() == 0 {
		if cfg.User == "" {
			cfg.User = "nobody"
		}
		if k.as, err = credential(cfg.User); err != nil {
			return nil, fmt.Errorf("alert-script-user: %w", err)
		}
	}
	return k, nil
}

// credential finds a user who is not root.
func credential(name string) (*syscall.Credential, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	if uid == 0 {
		return nil, fmt.Errorf("%s is root", name)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// Name is SCRIPT.
func (k *Kind) Name() workflow.ChannelKind { return workflow.ChannelScript }

// New makes a channel. The program must be there already.
func (k *Kind) New(settings map[string]string) (notify.Channel, error) {
	s := notify.ReadSettings(settings)
	c := &channel{kind: k, script: s.Must("script"), argument: s.Text("argument")}
	if c.script != "" {
		if _, err := k.find(c.script); err != nil {
			s.Fail("script", "%s", err)
		}
	}
	if err := s.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

// find gives the path of a program. It is a plain file right in the folder
// which only its owner can change; a link could lead out.
func (k *Kind) find(name string) (string, error) {
	if k.cfg.Dir == "" {
		return "", errors.New("cannot run: alert-script-dir is not set")
	}
	if name != filepath.Base(name) || strings.HasPrefix(name, ".") || strings.ContainsAny(name, `/\`) {
		return "", errors.New("is not the name of a file in the folder of alert scripts")
	}
	root, err := os.OpenRoot(k.cfg.Dir)
	if err != nil {
		return "", errors.New("cannot be looked up: the folder of alert scripts cannot be opened")
	}
	defer root.Close()
	info, err := root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", errors.New("does not exist in the folder of alert scripts")
	case err != nil:
		return "", errors.New("cannot be looked up")
	case !info.Mode().IsRegular():
		return "", errors.New("is no plain file")
	case info.Mode().Perm()&0o022 != 0:
		return "", errors.New("can be written by others than its owner")
	case info.Mode().Perm()&0o111 == 0:
		return "", errors.New("is not executable")
	}
	return filepath.Join(k.cfg.Dir, name), nil
}

type channel struct {
	kind             *Kind
	script, argument string
}

// Close does nothing: programs end with Send.
func (c *channel) Close() {}

// input is what a program reads.
type input struct {
	DeliveryID string             `json:"deliveryId"` // the same when a delivery is repeated
	AlertID    int64              `json:"alertId"`
	Event      workflow.AlertKind `json:"event"`
	Title      string             `json:"title"`
	Text       string             `json:"text"`
	Link       string             `json:"link,omitempty"`
	Time       time.Time          `json:"time"`
	Facts      json.RawMessage    `json:"facts"`
}

// Send runs the program: the alert is on its standard input, and event,
// delivery id, title and the channel's argument are its arguments. It succeeds
// when the program exits with 0.
func (c *channel) Send(ctx context.Context, m notify.Message) error {
	path, err := c.kind.find(c.script)
	if err != nil {
		return fmt.Errorf("script %s: %w", c.script, err)
	}
	facts := m.Facts
	if len(facts) == 0 {
		facts = json.RawMessage("{}")
	}
	in, err := json.Marshal(input{
		DeliveryID: m.ID, AlertID: m.AlertID, Event: m.Event, Title: m.Title, Text: m.Text,
		Link: m.Link, Time: m.Time.UTC(), Facts: facts,
	})
	if err != nil {
		return notify.Hopeless(fmt.Errorf("encoding the message: %w", err))
	}
	args := []string{string(m.Event), m.ID, strings.ReplaceAll(m.Title, "\x00", "")}
	if c.argument != "" {
		args = append(args, c.argument)
	}
	return c.run(ctx, path, args, in)
}

func (c *channel) run(ctx context.Context, path string, args []string, in []byte) error {
	ctx, cancel := context.WithTimeout(ctx, c.kind.cfg.Timeout)
	defer cancel()
	out := &head{limit: maxOutput}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir, cmd.Env = "/", []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "HOME=/"}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), out, out
	// A group of its own, so that what the program started ends with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: c.kind.as}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 2 * time.Second
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("script %s cannot be run: %w", c.script, err)
	}
	err := cmd.Wait()
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what is left of the group
	switch {
	case cmd.ProcessState.Success():
		return nil // whether it read all of its input is its own affair
	case ctx.Err() != nil:
		return notify.Unknown(fmt.Errorf("script %s was ended after %v: %s", c.script, c.kind.cfg.Timeout, out))
	case errors.As(err, new(*exec.ExitError)):
		return fmt.Errorf("script %s: %w: %s", c.script, err, out)
	}
	return notify.Unknown(fmt.Errorf("script %s: %w: %s", c.script, err, out))
}

// head keeps the beginning of what is written.
type head struct {
	buf   bytes.Buffer
	limit int
}

var _ io.Writer = (*head)(nil)

func (h *head) Write(p []byte) (int, error) {
	if room := h.limit - h.buf.Len(); room > 0 {
		h.buf.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// String gives it on one line, as far as it is text.
func (h *head) String() string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(h.buf.String(), "?")), " ")
}
