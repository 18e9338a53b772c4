package masters

import (
	"fmt"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

func report(id int64, s workerpb.AttemptState) *workerpb.Report {
	return &workerpb.Report{AttemptId: id, State: s}
}

// said writes messages down, in the order in which they are sent.
func said(list []*workerpb.FromWorker) string {
	var words []string
	for _, m := range list {
		switch m := m.GetMsg().(type) {
		case *workerpb.FromWorker_Inventory:
			words = append(words, "inventory")
		case *workerpb.FromWorker_Reports:
			for _, r := range m.Reports.GetReports() {
				words = append(words, fmt.Sprintf("%d=%d", r.GetAttemptId(), r.GetState()))
			}
		case *workerpb.FromWorker_Refused:
			words = append(words, fmt.Sprintf("refused %d", m.Refused.GetAttemptId()))
		case *workerpb.FromWorker_CreditWanted:
			words = append(words, fmt.Sprintf("wanted %d", m.CreditWanted.GetN()))
		case *workerpb.FromWorker_Credit:
			words = append(words, fmt.Sprintf("credit %d", m.Credit.GetN()))
		case *workerpb.FromWorker_Heartbeat:
			words = append(words, fmt.Sprintf("running %d", m.Heartbeat.GetRunning()))
		}
	}
	return strings.Join(words, ", ")
}

func TestWhatGathersIsSentOnce(t *testing.T) {
	c := &Conn{out: newOutbox()}
	c.Heartbeat(&workerpb.Heartbeat{Running: 1})
	c.Report(report(1, workerpb.AttemptState_ATTEMPT_STATE_RUNNING))
	c.Report(report(2, workerpb.AttemptState_ATTEMPT_STATE_RUNNING))
	c.Credit(1)
	c.Report(report(1, workerpb.AttemptState_ATTEMPT_STATE_FAILED))
	c.Credit(2)
	c.Refuse(&workerpb.Refused{AttemptId: 3})
	c.CreditWanted(1)
	c.Inventory(&workerpb.Inventory{})
	c.Heartbeat(&workerpb.Heartbeat{Running: 2})
	list, closed := c.out.take()
	if got, want := said(list), "inventory, 1=3, 2=1, refused 3, wanted 1, credit 3, running 2"; got != want || closed {
		t.Errorf("got %s (closed %v), want %s", got, closed, want)
	}
	if list, _ := c.out.take(); len(list) != 0 {
		t.Errorf("sent twice: %s", said(list))
	}
	c.Report(report(1, workerpb.AttemptState_ATTEMPT_STATE_FAILED))
	c.Close()
	if list, closed := c.out.take(); said(list) != "1=3" || !closed {
		t.Errorf("got %s, closed %v", said(list), closed)
	}
}

func TestReportsGoInBatches(t *testing.T) {
	c := &Conn{out: newOutbox()}
	for i := range 2*batch + 1 {
		c.Report(report(int64(i), workerpb.AttemptState_ATTEMPT_STATE_RUNNING))
	}
	list, _ := c.out.take()
	var sizes []int
	for _, m := range list {
		sizes = append(sizes, len(m.GetReports().GetReports()))
	}
	if fmt.Sprint(sizes) != fmt.Sprint([]int{batch, batch, 1}) {
		t.Errorf("sizes %v", sizes)
	}
}
