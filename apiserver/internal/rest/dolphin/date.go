package dolphin

import "time"

// zoneName is the zone of 1.3.9 by the name the core knows it under.
const zoneName = "Asia/Shanghai"

// gmt8 is the zone in which 1.3.9 writes every date, and in which it reads
// those without a zone.
var gmt8 = time.FixedZone("GMT+8", 8*60*60)

// Date is a time as answers of 1.3.9 write it: 2021-10-18T19:55:08.000+0800,
// null when zero.
type Date time.Time

// MarshalJSON writes the date.
func (d Date) MarshalJSON() ([]byte, error) {
	return quotedTime(time.Time(d), "2006-01-02T15:04:05.000-0700"), nil
}

// PlainDate is a time in the few places that write 2021-10-18 19:55:08.
type PlainDate time.Time

// MarshalJSON writes the date.
func (d PlainDate) MarshalJSON() ([]byte, error) {
	return quotedTime(time.Time(d), time.DateTime), nil
}

func quotedTime(t time.Time, layout string) []byte {
	if t.IsZero() {
		return []byte("null")
	}
	b := make([]byte, 0, len(layout)+2)
	b = append(b, '"')
	b = t.In(gmt8).AppendFormat(b, layout)
	return append(b, '"')
}
