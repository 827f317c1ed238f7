// Package seal keeps secrets that must be read back (a carrier's auth token, a CRM's password) unreadable in the
// database and in its backups.
//
// A sealed value is bound to its place: copied to another row, column or tenant it does not open. The package owns the
// format and the key file; which columns are sealed is said beside their tables (migrations).
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"sidetone/internal/id"
)

// KeySize is AES-256's.
const KeySize = 32

const keyIDSize = 4

// version is the first byte of a sealed value: AES-256-GCM (NIST SP 800-38D) with a 96-bit random nonce.
const version = 1

// ErrNotOpened says that a value was sealed for another place, was changed, or is no sealed value.
var ErrNotOpened = errors.New("the sealed value does not open here")

// ErrUnknownKey says that a value was sealed with a key this box does not hold.
var ErrUnknownKey = errors.New("the value was sealed with a key that is not configured")

// Place is where a sealed value stands. Row is the row's id or another unique column that never changes.
type Place struct {
	Tenant             id.Tenant
	Table, Column, Row string
}

func (p Place) aad() []byte {
	return fmt.Appendf(nil, "%d|%s|%s|%s", p.Tenant, p.Table, p.Column, p.Row)
}

// Box seals with its first key and opens with any of them.
type Box struct {
	keys []key
}

type key struct {
	id   [keyIDSize]byte
	aead cipher.AEAD
	sums []byte // the key of sums, derived
}

// NewBox takes the key that seals, then those that were used before.
func NewBox(keys ...[]byte) (*Box, error) {
	if len(keys) == 0 {
		return nil, errors.New("no sealing key")
	}
	box := &Box{}
	for i, k := range keys {
		if len(k) != KeySize {
			return nil, fmt.Errorf("sealing key %d has %d bytes, not %d", i+1, len(k), KeySize)
		}
		block, err := aes.NewCipher(k)
		if err != nil {
			return nil, fmt.Errorf("make the cipher of sealing key %d: %w", i+1, err)
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return nil, fmt.Errorf("make the mode of sealing key %d: %w", i+1, err)
		}
		sum := sha256.Sum256(append([]byte("sidetone key id "), k...))
		box.keys = append(box.keys, key{id: [keyIDSize]byte(sum[:keyIDSize]), aead: aead, sums: mac(k, "sidetone sums", nil)})
	}
	return box, nil
}

// Parse reads keys as SIDETONE_SEAL_KEY and the key file hold them: base64, the sealing one first, separated by commas.
func Parse(text string) (*Box, error) {
	var keys [][]byte
	for i, part := range strings.Split(strings.TrimSpace(text), ",") {
		k, err := base64.StdEncoding.DecodeString(strings.TrimSpace(part))
		if err != nil {
			return nil, fmt.Errorf("sealing key %d is not base64", i+1) // without the cause: it would quote the key
		}
		keys = append(keys, k)
	}
	return NewBox(keys...)
}

// Seal makes a value that only Open with the same place reads.
func (b *Box) Seal(p Place, plain []byte) []byte {
	k := b.keys[0]
	head := make([]byte, 1+keyIDSize+k.aead.NonceSize(), 1+keyIDSize+k.aead.NonceSize()+len(plain)+k.aead.Overhead())
	head[0] = version
	copy(head[1:], k.id[:])
	nonce := head[1+keyIDSize:]
	_, _ = rand.Read(nonce) // never fails (crypto/rand)
	return k.aead.Seal(head, nonce, plain, p.aad())
}

// Open reads a sealed value at its place.
func (b *Box) Open(p Place, sealed []byte) ([]byte, error) {
	nonceSize := b.keys[0].aead.NonceSize()
	if len(sealed) < 1+keyIDSize+nonceSize || sealed[0] != version {
		return nil, fmt.Errorf("open %s.%s: %w", p.Table, p.Column, ErrNotOpened)
	}
	keyID, rest := sealed[1:1+keyIDSize], sealed[1+keyIDSize:]
	for _, k := range b.keys {
		if string(k.id[:]) != string(keyID) {
			continue
		}
		plain, err := k.aead.Open(nil, rest[:nonceSize], rest[nonceSize:], p.aad())
		if err != nil {
			return nil, fmt.Errorf("open %s.%s: %w", p.Table, p.Column, ErrNotOpened)
		}
		return plain, nil
	}
	return nil, fmt.Errorf("open %s.%s: %w", p.Table, p.Column, ErrUnknownKey)
}

// Sum signs a message for a purpose, so that we know our own word again when it comes back in a link.
func (b *Box) Sum(purpose string, message []byte) []byte {
	return mac(b.keys[0].sums, purpose, message)[:SumSize]
}

// SumSize is that of a sum: 128 bits of HMAC-SHA-256 are plenty for a link (NIST SP 800-107, 5.3.3).
const SumSize = 16

// Verify tells whether a sum is that of a message, by the present key or an earlier one.
func (b *Box) Verify(purpose string, message, sum []byte) bool {
	for _, k := range b.keys {
		if hmac.Equal(mac(k.sums, purpose, message)[:SumSize], sum) {
			return true
		}
	}
	return false
}

func mac(key []byte, purpose string, message []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(purpose))
	h.Write([]byte{0}) // no purpose holds it, so purpose and message can't be shifted
	h.Write(message)
	return h.Sum(nil)
}

// Stale says whether a value should be sealed again, because the key it was sealed with is on its way out.
func (b *Box) Stale(sealed []byte) bool {
	return len(sealed) < 1+keyIDSize || string(sealed[1:1+keyIDSize]) != string(b.keys[0].id[:])
}
