package apiserver_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver"
)

// TestConsoleIsOfThisAPI compares the document that the console's types were
// made from with what is served. Versions of the product do not count.
func TestConsoleIsOfThisAPI(t *testing.T) {
	kept, err := os.ReadFile("console/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := apiserver.OpenAPI("dev")
	if err != nil {
		t.Fatal(err)
	}
	served, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(canonical(t, kept), canonical(t, served)) {
		t.Error("the API has changed: run `make console` and commit openapi.json, schema.d.ts and dist")
	}
}

func canonical(t *testing.T, text []byte) []byte {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	delete(v["info"].(map[string]any), "version")
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
