package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

var _ Store = (*Disk)(nil)

// Disk keeps files in a folder. They lie in 256 folders by a hash of their key, so that none holds very many; os.Root keeps
// every path inside.
type Disk struct{ root *os.Root }

// OpenDisk opens the folder, which is made if it is missing; nobody else may read it.
func OpenDisk(folder string) (*Disk, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of files: %w", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("open the folder of files: %w", err)
	}
	return &Disk{root}, nil
}

// place is where a key's file lies.
func place(key string) (folder, name string, err error) {
	if err := checkKey(key); err != nil {
		return "", "", err
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:1]), strings.ReplaceAll(key, "/", "."), nil
}

// Put writes beside the place and renames: a reader sees the whole file or none, and so does who comes after a crash.
func (d *Disk) Put(_ context.Context, key string, r io.Reader, limit int64) (int64, error) {
	folder, name, err := place(key)
	if err != nil {
		return 0, err
	}
	if err := d.root.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return 0, fmt.Errorf("keep a file: %w", err)
	}
	unfinished := path.Join(folder, name+".part"+fresh())
	f, err := d.root.OpenFile(unfinished, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, fmt.Errorf("keep a file: %w", err)
	}
	n, err := write(f, r, limit)
	if err == nil {
		err = d.root.Rename(unfinished, path.Join(folder, name))
	}
	if err != nil {
		_ = d.root.Remove(unfinished) // what remains is in nobody's way
		return 0, fmt.Errorf("keep a file: %w", err)
	}
	return n, nil
}

func write(f *os.File, r io.Reader, limit int64) (int64, error) {
	n, err := io.Copy(f, io.LimitReader(r, limit+1))
	if err == nil && n > limit {
		err = ErrTooLarge
	}
	if err == nil {
		err = f.Sync() // the row that names it is committed next
	}
	return n, errors.Join(err, f.Close())
}

// Get opens a file.
func (d *Disk) Get(_ context.Context, key string) (File, error) {
	folder, name, err := place(key)
	if err != nil {
		return nil, err
	}
	f, err := d.root.Open(path.Join(folder, name))
	if err != nil {
		return nil, fmt.Errorf("open a file: %w", missing(err))
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open a file: %w", err), f.Close())
	}
	return &diskFile{f, Info{info.Size(), info.ModTime()}}, nil
}

// Stat looks at a file.
func (d *Disk) Stat(_ context.Context, key string) (Info, error) {
	folder, name, err := place(key)
	if err != nil {
		return Info{}, err
	}
	info, err := d.root.Stat(path.Join(folder, name))
	if err != nil {
		return Info{}, fmt.Errorf("look at a file: %w", missing(err))
	}
	return Info{info.Size(), info.ModTime()}, nil
}

// Delete removes a file.
func (d *Disk) Delete(_ context.Context, key string) error {
	folder, name, err := place(key)
	if err != nil {
		return err
	}
	if err := d.root.Remove(path.Join(folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove a file: %w", err)
	}
	return nil
}

type diskFile struct {
	*os.File
	info Info
}

// Info was read when it was opened.
func (f *diskFile) Info() Info { return f.info }

func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNotFound
	}
	return err
}
