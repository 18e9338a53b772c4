package supervisor

import (
	"bytes"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/porpoise-scheduler/porpoise/proto/supervisorpb"
)

func TestLogOverItsLimitLosesTheMiddle(t *testing.T) {
	r := newRig(t, "")
	const limit = 1 << 20
	r.start(1, "i=0; while [ $i -lt 20 ]; do head -c 1000000 /dev/zero | tr '\\0' x; i=$((i+1)); done; echo; echo last",
		func(s *supervisorpb.Start) { s.LogLimit = limit })
	r.client.untilEnded(1)

	st, err := os.Stat(r.logPath(1))
	if err != nil {
		t.Fatal(err)
	}
	if st.Size() != 20_000_006 {
		t.Errorf("size %d: offsets moved", st.Size())
	}
	if used := st.Sys().(*syscall.Stat_t).Blocks * 512; used > limit+64<<10 {
		t.Errorf("%d bytes used, the limit is %d", used, limit)
	}
	b, _ := os.ReadFile(r.logPath(1))
	head := b[:limit/2]
	if len(bytes.Trim(head, "x")) > 0 || !strings.HasSuffix(string(b), "x\nlast\n") {
		t.Error("the beginning or the end is damaged")
	}
	// What the marker says and what is left make the whole.
	marker := string(b[limit/2 : limit/2+capPage])
	kept := int64(bytes.Count(b, []byte("x"))+len("\n\nlast")) + 0
	if want := capMarker(20_000_006 - kept); marker != string(want) {
		t.Errorf("marker %q, want %q", strings.TrimSpace(marker), strings.TrimSpace(string(want)))
	}
}
