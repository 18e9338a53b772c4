package client

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"context"

	"github.com/google/go-cmp/cmp"
)

func serve(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return New(s.URL)
}

func TestRefusalsCarryTheirCode(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"code":10013,"msg":"user name or password error","data":null}`))
	})
	_, err := c.Login(t.Context(), "a", "b")
	if CodeOf(err) != 10013 {
		t.Fatalf("got %v", err)
	}
}

func TestAnswersWithoutAnEnvelopeAreErrors(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) })
	if err := c.Get(t.Context(), "/x", nil, nil); err == nil {
		t.Fatal("no error")
	}
}

func TestRetriesKeepTheirKeyAndChangeTheServer(t *testing.T) {
	var keys []string
	var calls int
	answer := func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get("Idempotency-Key"))
		if calls++; calls < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte(`{"code":0,"msg":"success","data":7}`))
	}
	a, b := httptest.NewServer(http.HandlerFunc(answer)), httptest.NewServer(http.HandlerFunc(answer))
	defer a.Close()
	defer b.Close()
	var id int
	if err := New(a.URL, b.URL).Retrying().Post(t.Context(), "/x", nil, &id); err != nil || id != 7 {
		t.Fatal(id, err)
	}
	if len(keys) != 3 || keys[0] == "" || keys[0] != keys[1] || keys[1] != keys[2] {
		t.Fatalf("keys %q", keys)
	}
	if err := New(a.URL).Retrying().Post(t.Context(), "/x", nil, nil); err != nil {
		t.Fatal(err)
	}
	if keys[3] == keys[0] {
		t.Fatal("two writes share a key")
	}
}

func TestRefusalsAreNotRetried(t *testing.T) {
	calls := 0
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		calls++
		_, _ = w.Write([]byte(`{"code":50004,"msg":"not online"}`))
	}).Retrying()
	if err := c.Post(t.Context(), "/x", nil, nil); CodeOf(err) != 50004 || calls != 1 {
		t.Fatal(err, calls)
	}
}

func TestTimes(t *testing.T) {
	var i Instance
	err := json.Unmarshal([]byte(`{"startTime":"2021-10-18T19:55:08.123+0800","endTime":null}`), &i)
	want := time.Date(2021, 10, 18, 11, 55, 8, 123e6, time.UTC)
	if err != nil || !i.StartTime.Equal(want) || !i.EndTime.IsZero() {
		t.Fatal(i, err)
	}
	if got := Date(want); got != "2021-10-18 19:55:08" {
		t.Fatal(got)
	}
}

func TestPollGivesUpWithoutProgress(t *testing.T) {
	err := Poll(t.Context(), 50*time.Millisecond, func(context.Context) (string, bool, error) {
		return "stuck", false, nil
	})
	if err == nil || !errors.Is(t.Context().Err(), nil) {
		t.Fatal("no error")
	}
}

func TestFlowJSON(t *testing.T) {
	f := Flow{Global: []Property{In("g", "1")}, Tasks: []Node{
		Shell("a", "true"),
		Conditions("gate", "b", "c", "a"),
		{Type: "SHELL", Name: "b", Pre: []string{"gate"}, Params: map[string]any{"rawScript": "x"}, Timeout: 1, Strategy: "FAILED", Retries: 2},
		Shell("c", "false", "gate"),
	}}
	var got struct {
		GlobalParams []Property
		TenantID     int
		Tasks        []struct {
			Type, Name, ID, MaxRetryTimes string
			PreTasks                      []string
			Params                        struct{ RawScript string }
			Timeout                       struct {
				Strategy string
				Interval *int
				Enable   bool
			}
			ConditionResult struct{ SuccessNode, FailedNode []string }
			Dependence      struct {
				Relation       string
				DependTaskList []struct {
					DependItemList []struct{ DepTasks, Status string }
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(f.JSON()), &got); err != nil {
		t.Fatal(err)
	}
	gate, b := got.Tasks[1], got.Tasks[2]
	if diff := cmp.Diff([]string{"a"}, gate.PreTasks); diff != "" {
		t.Error(diff)
	}
	if item := gate.Dependence.DependTaskList[0].DependItemList[0]; item.DepTasks != "a" || item.Status != "SUCCESS" {
		t.Errorf("condition %+v", item)
	}
	if gate.ConditionResult.SuccessNode[0] != "b" || gate.ConditionResult.FailedNode[0] != "c" {
		t.Errorf("branches %+v", gate.ConditionResult)
	}
	if !b.Timeout.Enable || *b.Timeout.Interval != 1 || b.MaxRetryTimes != "2" || b.Params.RawScript != "x" {
		t.Errorf("node %+v", b)
	}
	if got.Tasks[0].PreTasks == nil || got.TenantID != -1 || got.GlobalParams[0].Prop != "g" {
		t.Errorf("flow %+v", got)
	}
}

func TestLargeFlowsFitAForm(t *testing.T) {
	f := Flow{Lean: true, Tasks: []Node{Noop("start")}}
	names := []string{}
	for range 10000 {
		names = append(names, "task"+time.Duration(len(names)).String())
		f.Tasks = append(f.Tasks, Shell(names[len(names)-1], "true", "start"))
	}
	f.Tasks = append(f.Tasks, Noop("join", names...))
	if n := len(f.JSON()); n > 2_000_000 {
		t.Errorf("%d bytes", n)
	}
}
