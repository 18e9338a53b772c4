package hive

import (
	"context"
	"database/sql/driver"
	"io"
	"strings"

	"github.com/beltran/gohive/hiveserver"
)

// fetchRows is how many rows are asked for at once.
const fetchRows = 1000

// rows are the answer of a statement.
type rows struct {
	session   *session
	ctx       context.Context
	operation *operation
	names     []string
	types     []string
	batch     []*hiveserver.TColumn
	next, end int // of the batch
	closed    bool
}

var (
	_ driver.Rows                           = (*rows)(nil)
	_ driver.RowsColumnTypeDatabaseTypeName = (*rows)(nil)
)

// describe asks for names and types of the columns.
func (r *rows) describe() error {
	var response *hiveserver.TGetResultSetMetadataResp
	err := r.session.call(r.ctx, cancelGrace, func(ctx context.Context) (err error) {
		response, err = r.session.client.GetResultSetMetadata(ctx, &hiveserver.TGetResultSetMetadataReq{OperationHandle: r.operation})
		return err
	})
	if err != nil {
		return err
	}
	if err := check(response.GetStatus()); err != nil {
		return err
	}
	for _, c := range response.GetSchema().GetColumns() {
		r.names = append(r.names, c.ColumnName)
		r.types = append(r.types, typeName(c.TypeDesc))
	}
	return nil
}

func typeName(d *hiveserver.TTypeDesc) string {
	for _, entry := range d.GetTypes() {
		if p := entry.GetPrimitiveEntry(); p != nil {
			return strings.TrimSuffix(p.Type.String(), "_TYPE")
		}
	}
	return ""
}

func (r *rows) Columns() []string { return r.names }

// ColumnTypeDatabaseTypeName gives a type such as BIGINT.
func (r *rows) ColumnTypeDatabaseTypeName(i int) string { return r.types[i] }

// Close lets the server forget the statement, and so ends it.
func (r *rows) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	return r.session.closeOperation(r.ctx, r.operation)
}

func (r *rows) Next(dest []driver.Value) error {
	if len(r.names) == 0 {
		return io.EOF
	}
	if r.next == r.end {
		if err := r.fetch(); err != nil {
			return err
		}
	}
	for i := range dest {
		dest[i] = nil
		if i < len(r.batch) {
			dest[i] = cell(r.batch[i], r.next)
		}
	}
	r.next++
	return nil
}

// fetch gets the next batch; an empty one is the end.
func (r *rows) fetch() error {
	var response *hiveserver.TFetchResultsResp
	err := r.session.call(r.ctx, cancelGrace, func(ctx context.Context) (err error) {
		response, err = r.session.client.FetchResults(ctx, &hiveserver.TFetchResultsReq{
			OperationHandle: r.operation, Orientation: hiveserver.TFetchOrientation_FETCH_NEXT, MaxRows: fetchRows,
		})
		return err
	})
	if err != nil {
		return err
	}
	if err := check(response.GetStatus()); err != nil {
		return err
	}
	r.batch, r.next, r.end = response.GetResults().GetColumns(), 0, 0
	if len(r.batch) > 0 {
		r.end = length(r.batch[0])
	}
	if r.end == 0 {
		return io.EOF
	}
	return nil
}

func length(c *hiveserver.TColumn) int {
	switch {
	case c.BoolVal != nil:
		return len(c.BoolVal.Values)
	case c.ByteVal != nil:
		return len(c.ByteVal.Values)
	case c.I16Val != nil:
		return len(c.I16Val.Values)
	case c.I32Val != nil:
		return len(c.I32Val.Values)
	case c.I64Val != nil:
		return len(c.I64Val.Values)
	case c.DoubleVal != nil:
		return len(c.DoubleVal.Values)
	case c.StringVal != nil:
		return len(c.StringVal.Values)
	case c.BinaryVal != nil:
		return len(c.BinaryVal.Values)
	}
	return 0
}

// cell gives a value of a column, nil for NULL.
func cell(c *hiveserver.TColumn, i int) driver.Value {
	switch {
	case c.BoolVal != nil:
		return pick(c.BoolVal.Values, c.BoolVal.Nulls, i, func(v bool) driver.Value { return v })
	case c.ByteVal != nil:
		return pick(c.ByteVal.Values, c.ByteVal.Nulls, i, func(v int8) driver.Value { return int64(v) })
	case c.I16Val != nil:
		return pick(c.I16Val.Values, c.I16Val.Nulls, i, func(v int16) driver.Value { return int64(v) })
	case c.I32Val != nil:
		return pick(c.I32Val.Values, c.I32Val.Nulls, i, func(v int32) driver.Value { return int64(v) })
	case c.I64Val != nil:
		return pick(c.I64Val.Values, c.I64Val.Nulls, i, func(v int64) driver.Value { return v })
	case c.DoubleVal != nil:
		return pick(c.DoubleVal.Values, c.DoubleVal.Nulls, i, func(v float64) driver.Value { return v })
	case c.StringVal != nil:
		return pick(c.StringVal.Values, c.StringVal.Nulls, i, func(v string) driver.Value { return v })
	case c.BinaryVal != nil:
		return pick(c.BinaryVal.Values, c.BinaryVal.Nulls, i, func(v []byte) driver.Value { return v })
	}
	return nil
}

// pick looks at the bit that says NULL first. A column may be shorter than its
// bits are long: those that are missing say that there is a value.
func pick[T any](values []T, nulls []byte, i int, convert func(T) driver.Value) driver.Value {
	if i >= len(values) || i/8 < len(nulls) && nulls[i/8]&(1<<(i%8)) != 0 {
		return nil
	}
	return convert(values[i])
}
