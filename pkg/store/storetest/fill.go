package storetest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// filled gives a value whose fields are all different from zero, so that a
// field an adapter forgets is seen. Another seed gives other values.
func filled[T any](seed int) T {
	var v T
	f := filler{n: seed * 1000}
	f.fill(reflect.ValueOf(&v).Elem())
	return v
}

type filler struct{ n int }

func (f *filler) fill(v reflect.Value) {
	f.n++
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = instant(time.Duration(f.n) * 1001 * time.Millisecond)
		return
	case *time.Duration:
		*x = time.Duration(f.n) * time.Second
		return
	case *json.RawMessage:
		*x = json.RawMessage(fmt.Sprintf(`{"raw":%d}`, f.n))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("s%d", f.n))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(f.n))
	case reflect.Bool:
		v.SetBool(f.n%2000 > 1000 || f.n < 2000)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		f.fill(v.Index(0))
		f.fill(v.Index(1))
	case reflect.Map:
		key, val := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.fill(key)
		f.fill(val)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, val)
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(v.Field(i))
		}
	default:
		panic("storetest cannot fill a " + v.Type().String())
	}
}

// anInstance is an open instance of a shard.
func anInstance(seed, shard int, id int64) workflow.Instance {
	i := filled[workflow.Instance](seed)
	i.ID, i.Shard, i.State = id, shard, workflow.Running
	return i
}

// aCommand is a command that nobody read yet, about a workflow that is not there.
func aCommand(seed int) workflow.Command {
	c := filled[workflow.Command](seed)
	c.Current, c.Told = 0, nil // these are not of the row
	return c
}

// aTask is a current attempt of an instance.
func aTask(seed int, instanceID, id int64) workflow.TaskInstance {
	t := filled[workflow.TaskInstance](seed)
	t.ID, t.InstanceID, t.State, t.Current = id, instanceID, workflow.Dispatched, true
	return t
}
