package ctl

import (
	"encoding/json"
	"fmt"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
)

// decode reads what a record is made of.
func decode(r client.Record, into any) error {
	data, err := json.Marshal(r)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	return nil
}
