package seal

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var home = Place{Tenant: 1, Table: "carrier_accounts", Column: "secret", Row: "7"}

func boxOf(t require.TestingT, fill ...byte) *Box {
	var keys [][]byte
	for _, b := range fill {
		keys = append(keys, bytes.Repeat([]byte{b}, KeySize))
	}
	box, err := NewBox(keys...)
	require.NoError(t, err)
	return box
}

func TestWhatWasSealedOpensAtItsPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		box := boxOf(t, 1)
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		got, err := box.Open(home, box.Seal(home, plain))
		require.NoError(t, err)
		require.True(t, bytes.Equal(plain, got))
	})
}

func TestARowCopiedElsewhereDoesNotOpen(t *testing.T) {
	box := boxOf(t, 1)
	sealed := box.Seal(home, []byte("auth token"))
	for name, place := range map[string]Place{
		"another tenant": {Tenant: 2, Table: home.Table, Column: home.Column, Row: home.Row},
		"another table":  {Tenant: 1, Table: "crm_accounts", Column: home.Column, Row: home.Row},
		"another column": {Tenant: 1, Table: home.Table, Column: "sid", Row: home.Row},
		"another row":    {Tenant: 1, Table: home.Table, Column: home.Column, Row: "8"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := box.Open(place, sealed)
			require.ErrorIs(t, err, ErrNotOpened)
		})
	}
}

func TestAChangedValueDoesNotOpen(t *testing.T) {
	box := boxOf(t, 1)
	sealed := box.Seal(home, []byte("auth token"))
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		_, err := box.Open(home, changed)
		require.Error(t, err, "byte %d", i)
	}
	for n := range sealed {
		_, err := box.Open(home, sealed[:n])
		require.Error(t, err, "the first %d bytes", n)
	}
}

func TestTheSameSecretNeverLooksTheSame(t *testing.T) {
	box := boxOf(t, 1)
	require.NotEqual(t, box.Seal(home, []byte("x")), box.Seal(home, []byte("x")))
}

func TestAnOldKeyOpensAndTheNewOneSeals(t *testing.T) {
	before, after := boxOf(t, 1), boxOf(t, 2, 1)
	old := before.Seal(home, []byte("auth token"))
	got, err := after.Open(home, old)
	require.NoError(t, err)
	require.Equal(t, "auth token", string(got))
	require.True(t, after.Stale(old))

	fresh := after.Seal(home, got)
	require.False(t, after.Stale(fresh))
	_, err = before.Open(home, fresh)
	require.ErrorIs(t, err, ErrUnknownKey)
}

func TestAKeyIsNeverQuotedInAnError(t *testing.T) {
	_, err := Parse("c2VjcmV0IGtleQ==,not base64 at all")
	require.Error(t, err)
	require.NotContains(t, err.Error(), "base64 at all")
	_, err = Parse("c2VjcmV0IGtleQ==")
	require.EqualError(t, err, "sealing key 1 has 10 bytes, not 32")
}

func TestTheConfiguredKeyWinsOverTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seal.key")
	box, err := Load(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1}, KeySize)), path)
	require.NoError(t, err)
	require.NoFileExists(t, path)
	_, err = box.Open(home, boxOf(t, 1).Seal(home, nil))
	require.NoError(t, err)
}

func TestTheFirstRunsAgreeOnOneKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "seal.key")
	boxes := make([]*Box, 8)
	var all sync.WaitGroup
	for i := range boxes {
		all.Go(func() {
			box, err := Load("", path)
			if err == nil {
				boxes[i] = box
			}
		})
	}
	all.Wait()
	for _, box := range boxes {
		require.NotNil(t, box)
		_, err := box.Open(home, boxes[0].Seal(home, []byte("x")))
		require.NoError(t, err)
	}
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, left, 1, "nothing is left aside")
}

func TestAKeyFileThatOthersMayReadIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seal.key")
	_, err := Load("", path)
	require.NoError(t, err)
	require.NoError(t, os.Chmod(path, 0o644))
	_, err = Load("", path)
	require.ErrorContains(t, err, "chmod 600")
}

func TestASumIsKnownAgainForItsPurposeAlone(t *testing.T) {
	old, err := NewBox(bytes.Repeat([]byte{1}, KeySize))
	require.NoError(t, err)
	sum := old.Sum("links", []byte("7"))
	require.True(t, old.Verify("links", []byte("7"), sum))
	require.False(t, old.Verify("links", []byte("8"), sum))
	require.False(t, old.Verify("link", []byte("s7"), sum))
	require.False(t, old.Verify("links", []byte("7"), sum[:15]))
	require.False(t, old.Verify("links", []byte("7"), nil))
	both, err := NewBox(bytes.Repeat([]byte{2}, KeySize), bytes.Repeat([]byte{1}, KeySize))
	require.NoError(t, err)
	require.True(t, both.Verify("links", []byte("7"), sum))
	require.NotEqual(t, sum, both.Sum("links", []byte("7")))
	other, err := NewBox(bytes.Repeat([]byte{3}, KeySize))
	require.NoError(t, err)
	require.False(t, other.Verify("links", []byte("7"), sum))
}
