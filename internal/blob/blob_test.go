package blob_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"sidetone/internal/blob"
)

// bucket is what of S3's protocol a store needs, served over HTTP. It refuses what is not signed.
type bucket struct {
	mu    sync.Mutex
	files map[string][]byte
}

func (b *bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=ann/") {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	name, inside := strings.CutPrefix(r.URL.Path, "/pictures")
	name = strings.TrimPrefix(name, "/")
	switch {
	case !inside:
		w.WriteHeader(http.StatusNotFound)
	case name == "":
	case r.Method == http.MethodPut:
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if r.Header.Get("X-Amz-Content-Sha256") == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" {
			body = unchunk(body)
		}
		b.files[name] = body
		w.Header().Set("ETag", `"1"`)
	case r.Method == http.MethodDelete:
		delete(b.files, name)
		w.WriteHeader(http.StatusNoContent)
	default:
		body, there := b.files[name]
		if !there {
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(http.StatusNotFound)
			if r.Method == http.MethodGet {
				fmt.Fprint(w, "<Error><Code>NoSuchKey</Code></Error>")
			}
			return
		}
		w.Header().Set("ETag", `"1"`)
		http.ServeContent(w, r, "", time.Unix(1_800_000_000, 0), bytes.NewReader(body))
	}
}

// unchunk reads the body of a signed stream: size;chunk-signature=…, the bytes, and so on.
func unchunk(body []byte) []byte {
	var out []byte
	for len(body) > 0 {
		head, rest, _ := bytes.Cut(body, []byte("\r\n"))
		var n int
		if _, err := fmt.Sscanf(string(head), "%x;", &n); err != nil || n == 0 {
			break
		}
		out = append(out, rest[:n]...)
		body = rest[n+2:]
	}
	return out
}

// stores are both kinds, empty.
func stores(t *testing.T) map[string]blob.Store {
	t.Helper()
	disk, err := blob.Open(t.Context(), "", filepath.Join(t.TempDir(), "blobs"))
	require.NoError(t, err)
	cloud := httptest.NewServer(&bucket{files: map[string][]byte{}})
	t.Cleanup(cloud.Close)
	s3, err := blob.Open(t.Context(), "s3://ann:secret@pictures/of/consumers?region=eu-central-1&insecure=1&endpoint="+strings.TrimPrefix(cloud.URL, "http://"), "")
	require.NoError(t, err)
	return map[string]blob.Store{"disk": disk, "s3": s3}
}

func content(t *testing.T, s blob.Store, key string) string {
	t.Helper()
	f, err := s.Get(t.Context(), key)
	require.NoError(t, err)
	defer f.Close()
	b, err := io.ReadAll(f)
	require.NoError(t, err)
	require.EqualValues(t, len(b), f.Info().Size)
	return string(b)
}

func TestWhatIsKeptIsReadAgain(t *testing.T) {
	for name, s := range stores(t) {
		t.Run(name, func(t *testing.T) {
			n, err := s.Put(t.Context(), "t1/m2", strings.NewReader("a mug"), 5)
			require.NoError(t, err)
			require.EqualValues(t, 5, n)
			require.Equal(t, "a mug", content(t, s, "t1/m2"))
			_, err = s.Put(t.Context(), "t1/m2", strings.NewReader("another"), 100)
			require.NoError(t, err)
			require.Equal(t, "another", content(t, s, "t1/m2"))
			info, err := s.Stat(t.Context(), "t1/m2")
			require.NoError(t, err)
			require.EqualValues(t, 7, info.Size)
			require.False(t, info.Modified.IsZero())

			f, err := s.Get(t.Context(), "t1/m2")
			require.NoError(t, err)
			defer f.Close()
			_, err = f.Seek(2, io.SeekStart)
			require.NoError(t, err)
			rest, err := io.ReadAll(f)
			require.NoError(t, err)
			require.Equal(t, "other", string(rest))

			require.NoError(t, s.Delete(t.Context(), "t1/m2"))
			require.NoError(t, s.Delete(t.Context(), "t1/m2"))
			_, err = s.Get(t.Context(), "t1/m2")
			require.ErrorIs(t, err, blob.ErrNotFound)
			_, err = s.Stat(t.Context(), "t1/m2")
			require.ErrorIs(t, err, blob.ErrNotFound)
		})
	}
}

func TestNothingIsKeptOfAFileThatIsTooLargeOrBreaksOff(t *testing.T) {
	for name, s := range stores(t) {
		t.Run(name, func(t *testing.T) {
			_, err := s.Put(t.Context(), "t1/m1", strings.NewReader("123456"), 5)
			require.ErrorIs(t, err, blob.ErrTooLarge)
			broken := errors.New("the line is cut")
			_, err = s.Put(t.Context(), "t1/m1", io.MultiReader(strings.NewReader("12"), iotest.ErrReader(broken)), 5)
			require.ErrorIs(t, err, broken)
			_, err = s.Stat(t.Context(), "t1/m1")
			require.ErrorIs(t, err, blob.ErrNotFound)
		})
	}
}

func TestAKeyNeverLeadsOutOfTheStore(t *testing.T) {
	for name, s := range stores(t) {
		t.Run(name, func(t *testing.T) {
			for _, key := range []string{"", "/", "../x", "t1/../../x", "/etc/passwd", "t1//x", "t1/.x", "T1/x", "t1/x\x00", "t1\\x", strings.Repeat("a", 201)} {
				_, err := s.Put(t.Context(), key, strings.NewReader("x"), 1)
				require.ErrorContains(t, err, "shape", "%q", key)
				_, err = s.Get(t.Context(), key)
				require.ErrorContains(t, err, "shape", "%q", key)
				_, err = s.Stat(t.Context(), key)
				require.ErrorContains(t, err, "shape", "%q", key)
				require.ErrorContains(t, s.Delete(t.Context(), key), "shape", "%q", key)
			}
		})
	}
}

func TestADiskLeavesNoUnfinishedFilesAndOpensToNobodyElse(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "blobs")
	s, err := blob.OpenDisk(folder)
	require.NoError(t, err)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			_, err := s.Put(context.Background(), fmt.Sprintf("t1/m%d", i/2), strings.NewReader(strings.Repeat("x", i)), 30)
			if i > 30 && !errors.Is(err, blob.ErrTooLarge) || i <= 30 && err != nil {
				panic(err)
			}
		})
	}
	all.Wait()
	files := 0
	require.NoError(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, path)
		if !d.IsDir() {
			files++
			require.NotContains(t, path, ".part")
		}
		return nil
	}))
	require.Equal(t, 16, files)
	link := filepath.Join(folder, "out")
	require.NoError(t, os.Symlink("/etc", link))
	_, err = s.Get(t.Context(), "passwd")
	require.ErrorIs(t, err, blob.ErrNotFound)
}

func TestABlobURLIsCheckedBeforeItIsUsed(t *testing.T) {
	for address, want := range map[string]string{
		"s3://pictures":                   "",
		"s3://a:b@pictures/x?region=r":    "",
		"file:///var/blobs":               "",
		"file://blobs":                    "neither",
		"ftp://x":                         "neither",
		"s3:///x":                         "names no bucket",
		"s3://a@pictures":                 "without a secret",
		"s3://pictures?endpont=x":         "unknown part",
		"s3://pictures?endpoint=http://x": "endpoint",
		"s3://pictures/../x":              "prefix",
		"s3://a:secret@pictures\x7f":      "no URL",
	} {
		err := blob.Check(address)
		if want == "" {
			require.NoError(t, err, address)
			continue
		}
		require.ErrorContains(t, err, want, address)
		require.NotContains(t, err.Error(), "secret@", address)
		_, err = blob.Open(t.Context(), address, t.TempDir())
		require.Error(t, err, address)
	}
	cloud := httptest.NewServer(&bucket{})
	defer cloud.Close()
	_, err := blob.Open(t.Context(), "s3://ann:secret@others?region=r&insecure=1&endpoint="+strings.TrimPrefix(cloud.URL, "http://"), "")
	require.ErrorContains(t, err, "not there")
}
