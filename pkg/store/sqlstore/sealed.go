package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
)

// sealedColumn is a column of sealed values. Each is bound to its own row by
// another column, which stays as it is.
type sealedColumn struct{ table, column, bind string }

var (
	sealedTokens    = sealedColumn{"access_token", "value_sealed", "value_hash"}
	sealedPasswords = sealedColumn{"data_source", "password_sealed", "id"}
	sealedSettings  = sealedColumn{"alert_channel", "settings_sealed", "id"}
	sealedVariables = sealedColumn{"environment", "variables_sealed", "id"}
)

// aad names a row's place.
func (c sealedColumn) aad(bind string) string {
	if c == sealedTokens {
		return "token:" + bind
	}
	return c.table + ":" + bind
}

// sealID seals a secret of the row with an id; the empty one stays empty.
func (db *database) sealID(c sealedColumn, id int64, plain string) (string, error) {
	if plain == "" {
		return "", nil
	}
	if db.sealer == nil {
		return "", errors.New("sealing a secret: this process has no key")
	}
	sealed, err := db.sealer.Seal([]byte(plain), c.aad(strconv.FormatInt(id, 10)))
	if err != nil {
		return "", fmt.Errorf("sealing %s of %s %d: %w", c.column, c.table, id, err)
	}
	return sealed, nil
}

// openID opens what sealID sealed.
func (db *database) openID(c sealedColumn, id int64, sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	if db.sealer == nil {
		return "", errors.New("opening a secret: this process has no key")
	}
	plain, err := db.sealer.Open(sealed, c.aad(strconv.FormatInt(id, 10)))
	if err != nil {
		return "", fmt.Errorf("opening %s of %s %d: %w", c.column, c.table, id, err)
	}
	return string(plain), nil
}

// sealedValue is a row of a sealed column.
type sealedValue struct {
	id           int64
	bind, sealed string
}

func scanSealed(row scanner) (v sealedValue, err error) {
	err = row.Scan(&v.id, &v.bind, &v.sealed)
	return v, err
}

// reseal seals again up to limit values that were sealed with an older key. A
// value that changes meanwhile is left alone: it is current then.
func (db *database) reseal(ctx context.Context, c sealedColumn, limit int) (int, error) {
	if db.sealer == nil {
		return 0, errors.New("sealing again: this process has no key")
	}
	changed := 0
	for after := int64(0); changed < limit; {
		page, err := query(ctx, db.read, scanSealed, "SELECT id, "+c.bind+", "+c.column+" FROM "+c.table+
			" WHERE id > ? AND "+c.column+" <> '' ORDER BY id LIMIT ?", after, maxInIDs)
		if err != nil || len(page) == 0 {
			return changed, mapError(err, c.table)
		}
		for _, v := range page {
			after = v.id
			if changed == limit || db.sealer.Current(v.sealed) {
				continue
			}
			if err := db.resealOne(ctx, c, v); err != nil {
				return changed, err
			}
			changed++
		}
	}
	return changed, nil
}

func (db *database) resealOne(ctx context.Context, c sealedColumn, v sealedValue) error {
	plain, err := db.sealer.Open(v.sealed, c.aad(v.bind))
	if err != nil {
		return fmt.Errorf("opening %s of %s %d: %w", c.column, c.table, v.id, err)
	}
	again, err := db.sealer.Seal(plain, c.aad(v.bind))
	if err != nil {
		return fmt.Errorf("sealing %s of %s %d: %w", c.column, c.table, v.id, err)
	}
	_, err = db.exec(ctx, "UPDATE "+c.table+" SET "+c.column+" = ? WHERE id = ? AND "+c.column+" = ?", again, v.id, v.sealed)
	return mapError(err, c.table)
}
