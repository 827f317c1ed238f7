package seal

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Load makes the box from the configured keys or, when there are none, from the key file, which it makes on the first
// run. Several nodes on one database need the same key, so they are given one.
func Load(keys, path string) (*Box, error) {
	if keys != "" {
		return Parse(keys)
	}
	text, err := readKeyFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeKeyFile(path); err != nil {
			return nil, fmt.Errorf("make the key file: %w", err)
		}
		text, err = readKeyFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	box, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read the key file %s: %w", path, err)
	}
	return box, nil
}

func readKeyFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%s may be read by others: chmod 600 %s", path, path)
	}
	text, err := os.ReadFile(path)
	return string(text), err
}

// makeKeyFile writes aside and links, so that of two first runs both read one whole key.
func makeKeyFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // the data directory: the database's user passes through it
		return err
	}
	k := make([]byte, KeySize)
	_, _ = rand.Read(k)                                            // never fails (crypto/rand)
	aside, err := os.CreateTemp(filepath.Dir(path), ".seal-key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(aside.Name())
	_, err = aside.WriteString(base64.StdEncoding.EncodeToString(k) + "\n")
	if err := errors.Join(err, aside.Sync(), aside.Close()); err != nil {
		return err
	}
	if err := os.Link(aside.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
