package workerpb

import (
	"maps"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// What is written by hand is what generated code writes and reads.
func TestValuesAreMessages(t *testing.T) {
	want := map[string]string{"a": "1", "empty": "", "": "nameless", "名": "值 🐬", "long": string(make([]byte, 300))}
	written := EncodeValues(want)
	got := map[string]string{}
	for _, raw := range written {
		var v Value
		if err := proto.Unmarshal(raw, &v); err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		got[v.Name] = v.Value
	}
	if !maps.Equal(got, want) {
		t.Errorf("generated code reads %q, want %q", got, want)
	}
	var generated [][]byte
	for name, value := range want {
		raw, err := proto.Marshal(&Value{Name: name, Value: value})
		if err != nil {
			t.Fatal(err)
		}
		// A field of a later version, of every wire type.
		raw = protowire.AppendVarint(protowire.AppendTag(raw, 3, protowire.VarintType), 7)
		raw = protowire.AppendFixed64(protowire.AppendTag(raw, 4, protowire.Fixed64Type), 7)
		raw = protowire.AppendString(protowire.AppendTag(raw, 5, protowire.BytesType), "later")
		raw = protowire.AppendFixed32(protowire.AppendTag(raw, 6, protowire.Fixed32Type), 7)
		generated = append(generated, raw)
	}
	for _, list := range [][][]byte{written, generated} {
		if got, err := DecodeValues(list); err != nil || !maps.Equal(got, want) {
			t.Errorf("read %q, %v, want %q", got, err, want)
		}
	}
}

func TestBrokenValues(t *testing.T) {
	whole := EncodeValues(map[string]string{"name": "value"})[0]
	for n := 1; n < len(whole); n++ {
		if n == len("name")+2 {
			continue // a name without a value
		}
		if got, err := DecodeValues([][]byte{whole[:n]}); err == nil {
			t.Errorf("%q was read as %q", whole[:n], got)
		}
	}
}
