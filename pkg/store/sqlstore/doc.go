// Package sqlstore keeps the scheduler's nouns in MySQL, MariaDB or SQLite.
//
// Administrative nouns go through gorm and private row types. What masters
// write a thousand times a second (instances, task instances, commands) is
// written by hand-made multi-row statements: see rowset.go for why.
//
// SQLite has one writer connection, on which every transaction begins
// IMMEDIATE, and a pool of readers. MySQL has a pool for everything, a few
// connections for fenced commits which a new owner can find and end
// (fence.go), and one for take-overs.
package sqlstore
