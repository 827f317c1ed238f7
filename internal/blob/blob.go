// Package blob keeps files: pictures and videos that consumers and agents send (spec 1.6), and what may come besides. A
// file has a key that we make ourselves; what it is and who may see it is known by the rows that name the key.
package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// ErrNotFound says that there is no file by that key.
var ErrNotFound = errors.New("blob: there is no such file")

// ErrTooLarge says that a file was larger than it may be; nothing of it was kept.
var ErrTooLarge = errors.New("blob: the file is too large")

// Store is where files are: a folder, or a bucket.
type Store interface {
	// Put keeps what r gives, at most limit bytes, and says how many. It is there whole or not at all; a key that was there
	// is replaced.
	Put(ctx context.Context, key string, r io.Reader, limit int64) (int64, error)
	// Get opens a file for reading.
	Get(ctx context.Context, key string) (File, error)
	// Stat tells a file's size and age.
	Stat(ctx context.Context, key string) (Info, error)
	// Delete removes a file; one that is not there is removed already.
	Delete(ctx context.Context, key string) error
}

// File is an open file.
type File interface {
	io.ReadSeekCloser
	Info() Info
}

// Info is what a store knows of a file.
type Info struct {
	Size     int64
	Modified time.Time
}

// Open finds the store that a URL names: s3://bucket/prefix?…, file:///folder, or, when it is empty, the folder.
func Open(ctx context.Context, address, folder string) (Store, error) {
	if address == "" {
		return OpenDisk(folder)
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the blob URL is no URL") // without the cause: it would quote the secret
	}
	switch u.Scheme {
	case "file":
		if !filepath.IsAbs(u.Path) || u.Host != "" {
			return nil, errors.New("the blob URL names no absolute folder (file:///var/lib/sidetone/blobs)")
		}
		return OpenDisk(u.Path)
	case "s3":
		return OpenS3(ctx, u)
	}
	return nil, fmt.Errorf("the blob URL begins with neither s3:// nor file://")
}

// Check says what is wrong with a blob URL by itself.
func Check(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return errors.New("it is no URL")
	case u.Scheme == "file" && filepath.IsAbs(u.Path) && u.Host == "":
		return nil
	case u.Scheme == "s3":
		_, err := readS3(u)
		return err
	}
	return errors.New("it is neither s3://bucket nor file:///folder")
}

var keyShape = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*$`)

// checkKey keeps whatever is not plainly a key of ours out of paths.
func checkKey(key string) error {
	if len(key) > 200 || !keyShape.MatchString(key) {
		return errors.New("blob: the key has not the shape of one")
	}
	return nil
}

// readAll reads at most limit bytes.
func readAll(r io.Reader, limit int64) (*bytes.Buffer, error) {
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	if n > limit {
		return nil, ErrTooLarge
	}
	return &b, nil
}

func trim(s string) string { return strings.Trim(s, "/") }
