package worker_test

import (
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/worker"
)

func TestContainment(t *testing.T) {
	found, _, err := worker.Containment("")
	if err != nil || found == "" {
		t.Fatalf("no containment was found: %v", err)
	}
	if again, missing, err := worker.Containment(found); again != found || missing != nil || err != nil {
		t.Errorf("asked for %s: found %q, missing %v, %v", found, again, missing, err)
	}
	if found, _, err := worker.Containment("chains"); err == nil || !strings.Contains(err.Error(), "chains") {
		t.Errorf("found %q, %v", found, err)
	}
}
