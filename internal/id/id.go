// Package id gives every kind of row its own integer type, so that a mix-up does not compile.
//
// All ids are Postgres bigint identities below 2^53: a browser can hold them in a number.
package id

import "strconv"

// Ids of the rows a tenant owns. The zero value means "none".
type (
	Tenant     int64
	User       int64
	Team       int64
	Token      int64
	Session    int64
	Account    int64 // a carrier account
	Number     int64 // a phone number of the tenant
	Queue      int64 // a menu node or a leaf queue
	EndUser    int64 // a consumer
	Thread     int64 // a pair (number, end user)
	Chat       int64
	Message    int64
	ChatEvent  int64
	Offer      int64
	Node       int64 // a running process of the cluster
	Shortcut   int64 // a text that agents send by a keyword
	Preset     int64 // a text that agents send by one press during a call
	LedgerLine int64 // a line of the consent ledger
	Block      int64 // an entry of the blocklist
	NoContact  int64 // an entry of the do-not-contact list
	Media      int64 // a picture or video
)

// ID is any of the types above.
type ID interface{ ~int64 }

// Parse reads a decimal id as it stands in a URL; it refuses zero, signs and anything past 2^53.
func Parse[T ID](s string) (T, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || n >= 1<<53 || s[0] == '+' || s[0] == '0' {
		return 0, false
	}
	return T(n), true
}

// Int64s returns the plain integers of a slice of ids, for a Postgres array parameter.
func Int64s[T ID](ids []T) []int64 {
	out := make([]int64, len(ids))
	for i, v := range ids {
		out[i] = int64(v)
	}
	return out
}
