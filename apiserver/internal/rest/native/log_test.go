package native_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// words is a text whose characters have every length.
const words = "a§€𝄞 hello – wörld\n数据\n"

func TestLogByBytes(t *testing.T) {
	p := newPlant(t)
	running := p.attempt(1, 1, "extract", workflow.Running)
	p.write(store.Batch{Instances: []workflow.Instance{p.instance(1, workflow.Running, noon)}, Tasks: []workflow.TaskInstance{running}})
	read := func(offset, limit int64) (l native.LogRange) {
		t.Helper()
		p.call(p.viewer, "GET", fmt.Sprintf("/projects/plant/tasks/1/log?offset=%d&limit=%d", offset, limit), nil).want(http.StatusOK).into(&l)
		return l
	}
	if l := read(0, 100); l.Text != "" || l.Ended || l.Next != 0 {
		t.Errorf("a log that is not there yet: %+v", l)
	}
	whole := bytes.Repeat([]byte(words), 20)
	p.logs.add(1, string(whole))
	for limit := int64(16); limit < 40; limit++ { // cuts characters everywhere
		var got []byte
		for offset := int64(0); ; {
			l := read(offset, limit)
			if l.Offset != offset || l.Next-offset != int64(len(l.Text)) || l.Next-offset > limit || l.Size != int64(len(whole)) || l.Ended {
				t.Fatalf("from %d: %+v", offset, l)
			}
			if got = append(got, l.Text...); l.Next == offset {
				break
			}
			offset = l.Next
		}
		if !bytes.Equal(got, whole) {
			t.Fatalf("pieces of %d make something else", limit)
		}
	}
	p.logs.add(1, "cut \xe2\x82") // and there it ends
	end := int64(len(whole))
	if l := read(end, 100); l.Text != "cut " || l.Next != end+4 || l.Ended {
		t.Errorf("half a character that may go on: %+v", l)
	}
	running.State, running.UpdateTime = workflow.Failed, noon
	p.write(store.Batch{Tasks: []workflow.TaskInstance{running}})
	if l := read(end, 100); l.Text != "cut \uFFFD" || l.Next != end+6 || !l.Ended {
		t.Errorf("half a character at the end: %+v", l)
	}

	raw := p.call(p.viewer, "GET", "/projects/plant/tasks/1/log/raw", nil).want(http.StatusOK)
	if string(raw.Body) != string(whole)+"cut \xe2\x82" || raw.Header.Get("Content-Disposition") != `attachment; filename="1.log"` {
		t.Errorf("raw log: %v, %d bytes", raw.Header, len(raw.Body))
	}
	for _, path := range []string{"/log", "/log/raw", "/log/events"} {
		p.call(p.viewer, "GET", "/projects/plant/tasks/9"+path, nil).problem(http.StatusNotFound, "task.not_found")
		p.call(p.stranger, "GET", "/projects/plant/tasks/1"+path, nil).problem(http.StatusForbidden, "project.forbidden")
	}
	p.call(p.viewer, "GET", "/projects/plant/tasks/1/log?offset=-1", nil).want(http.StatusUnprocessableEntity)
}

// TestLogOfAnAttemptWithoutOne shows why it never began.
func TestLogOfAnAttemptWithoutOne(t *testing.T) {
	p := newPlant(t)
	dead, logic := p.attempt(1, 1, "extract", workflow.Failed), p.attempt(2, 1, "load", workflow.Succeeded)
	dead.LogPath, dead.Reason, dead.EndTime = "", "there is no tenant x", noon
	logic.LogPath, logic.Host = "", ""
	p.write(store.Batch{Instances: []workflow.Instance{p.instance(1, workflow.Failed, noon)}, Tasks: []workflow.TaskInstance{dead, logic}})
	var l native.LogRange
	p.call(p.viewer, "GET", "/projects/plant/tasks/1/log", nil).want(http.StatusOK).into(&l)
	if !bytes.Contains([]byte(l.Text), []byte("there is no tenant x")) || !l.Ended || l.Next != l.Size {
		t.Errorf("log is %+v", l)
	}
	p.call(p.viewer, "GET", "/projects/plant/tasks/2/log", nil).want(http.StatusOK).into(&l)
	if l.Text != "" || !l.Ended {
		t.Errorf("log of a task without one: %+v", l)
	}
	if list := p.listen(p.viewer, "/projects/plant/tasks/2/log/events").until("end"); len(list) != 1 {
		t.Errorf("it is followed as %+v", list)
	}
}

// TestLogIsFollowed comes and goes while a log grows and its worker is cut off
// now and then: no byte is missing and none comes twice.
func TestLogIsFollowed(t *testing.T) {
	p := newPlant(t)
	running := p.attempt(1, 1, "extract", workflow.Dispatched)
	running.Host = ""
	p.write(store.Batch{Instances: []workflow.Instance{p.instance(1, workflow.Running, noon)}, Tasks: []workflow.TaskInstance{running}})
	p.logs.broken = 3 // before anybody reads
	l := p.listen(p.viewer, "/projects/plant/tasks/1/log/events")
	running.Host, running.State = "w1:1234", workflow.Running
	p.write(store.Batch{Tasks: []workflow.TaskInstance{running}})

	var whole, got []byte
	last := "0"
	hear := func(list []event) {
		t.Helper()
		for _, e := range list {
			if e.name != "chunk" {
				continue
			}
			var c native.LogChunk
			e.into(t, &c)
			if c.Offset != int64(len(got)) || e.id != strconv.FormatInt(c.Next, 10) || c.Next-c.Offset != int64(len(c.Text)) {
				t.Fatalf("after %d bytes comes %+v with id %s", len(got), c, e.id)
			}
			got, last = append(got, c.Text...), e.id
		}
	}
	for range 10 {
		for _, piece := range []string{words[:2], words[2:7], words[7:]} { // between the bytes of characters
			p.logs.add(1, piece)
			whole = append(whole, piece...)
		}
		for len(got) < len(whole) {
			hear(l.until("chunk"))
		}
		l.close()
		p.logs.add(1, words)
		whole = append(whole, words...)
		l = p.listen(p.viewer, "/projects/plant/tasks/1/log/events?offset=3", "Last-Event-ID", last)
	}
	p.logs.add(1, "bye \xff")
	p.logs.end()
	running.State = workflow.Succeeded // a worker tells an end when the log has it all
	p.write(store.Batch{Tasks: []workflow.TaskInstance{running}})
	list := l.until("end")
	tail := list[len(list)-2]
	hear(list[:len(list)-2])
	var c native.LogChunk
	tail.into(t, &c)
	if string(append(got, c.Text...)) != string(whole)+"bye \uFFFD" {
		t.Errorf("followed %q, want %q", append(got, c.Text...), whole)
	}
	p.call(p.viewer, "GET", "/projects/plant/tasks/1/log/events", nil, "Last-Event-ID", "x").problem(http.StatusUnprocessableEntity, "offset.invalid")
}
