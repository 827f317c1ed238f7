package tenant

import (
	"crypto/rand"
	"crypto/sha256"
	"math/big"
	"strings"
)

const secretLength = 43 // 256 bits in base 62

// newSecret returns 256 random bits in letters and digits, so that a double click selects the whole of it.
func newSecret() string {
	var b [32]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	s := new(big.Int).SetBytes(b[:]).Text(62)
	return strings.Repeat("0", secretLength-len(s)) + s
}

// digest is what is stored of a secret. 256 random bits need no slow hash (spec 2.1).
func digest(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
