package workerpb

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// Fields of a Value.
const (
	valueName  protowire.Number = 1
	valueValue protowire.Number = 2
)

// EncodeValues writes parameters for Assignment.Values. Every attempt has a
// dozen: generated code, which makes a message of each, would take a tenth of a
// master's time and a fifth of a worker's for attempts that start no process.
func EncodeValues(values map[string]string) [][]byte {
	size := 0
	for name, value := range values {
		size += sizeOf(name) + sizeOf(value)
	}
	buffer, list := make([]byte, 0, size), make([][]byte, 0, len(values))
	for name, value := range values {
		begin := len(buffer)
		buffer = appendText(buffer, valueName, name)
		buffer = appendText(buffer, valueValue, value)
		list = append(list, buffer[begin:len(buffer):len(buffer)])
	}
	return list
}

func sizeOf(text string) int { return protowire.SizeTag(valueName) + protowire.SizeBytes(len(text)) }

func appendText(b []byte, field protowire.Number, text string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), text)
}

// DecodeValues reads what EncodeValues wrote. Fields that it does not know are
// passed over.
func DecodeValues(list [][]byte) (map[string]string, error) {
	values := make(map[string]string, len(list))
	for _, raw := range list {
		name, value, err := decodeValue(raw)
		if err != nil {
			return nil, fmt.Errorf("reading the values of parameters: %w", err)
		}
		values[name] = value
	}
	return values, nil
}

// decodeValue gives parts of raw.
func decodeValue(raw []byte) (name, value string, err error) {
	for len(raw) > 0 {
		field, kind, n := protowire.ConsumeTag(raw)
		if n < 0 {
			return "", "", protowire.ParseError(n)
		}
		raw = raw[n:]
		if n = protowire.ConsumeFieldValue(field, kind, raw); n < 0 {
			return "", "", protowire.ParseError(n)
		}
		text, m := protowire.ConsumeString(raw)
		if kind == protowire.BytesType && m == n {
			switch field {
			case valueName:
				name = text
			case valueValue:
				value = text
			}
		}
		raw = raw[n:]
	}
	return name, value, nil
}
