package blob

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

var _ Store = (*S3)(nil)

// S3 keeps files in a bucket of Amazon's or of whoever speaks its protocol.
type S3 struct {
	client         *minio.Client
	bucket, prefix string
}

// s3Config is what a URL says: s3://KEY:SECRET@bucket/prefix?endpoint=host:9000&region=eu-central-1&insecure=1. Without key
// and secret the environment is asked (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), then the machine.
type s3Config struct {
	endpoint, region, bucket, prefix string
	credentials                      *credentials.Credentials
	secure                           bool
}

func readS3(u *url.URL) (s3Config, error) {
	q := u.Query()
	for name := range q {
		if name != "endpoint" && name != "region" && name != "insecure" {
			return s3Config{}, fmt.Errorf("it has an unknown part %q; there are endpoint, region and insecure", name)
		}
	}
	c := s3Config{endpoint: q.Get("endpoint"), region: q.Get("region"), bucket: u.Host, prefix: trim(u.Path), secure: q.Get("insecure") != "1"}
	if c.bucket == "" {
		return c, errors.New("it names no bucket (s3://bucket/prefix)")
	}
	if c.prefix != "" && checkKey(c.prefix) != nil {
		return c, errors.New("its prefix has more than small letters, digits, - and _ between slashes")
	}
	if c.endpoint == "" {
		c.endpoint = "s3.amazonaws.com"
	}
	if e, err := url.Parse("//" + c.endpoint); err != nil || e.Host != c.endpoint {
		return c, errors.New("its endpoint is not HOST or HOST:PORT")
	}
	secret, has := u.User.Password()
	switch {
	case u.User == nil:
		c.credentials = credentials.NewChainCredentials([]credentials.Provider{&credentials.EnvAWS{}, &credentials.IAM{Client: http.DefaultClient}})
	case !has || u.User.Username() == "":
		return c, errors.New("it has a key without a secret")
	default:
		c.credentials = credentials.NewStaticV4(u.User.Username(), secret, "")
	}
	return c, nil
}

// OpenS3 opens a bucket, which must be there.
func OpenS3(ctx context.Context, u *url.URL) (*S3, error) {
	c, err := readS3(u)
	if err != nil {
		return nil, fmt.Errorf("read the blob URL: %w", err)
	}
	client, err := minio.New(c.endpoint, &minio.Options{Creds: c.credentials, Secure: c.secure, Region: c.region})
	if err != nil {
		return nil, fmt.Errorf("open the bucket: %w", err)
	}
	there, err := client.BucketExists(ctx, c.bucket)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s: %w", c.bucket, err)
	}
	if !there {
		return nil, fmt.Errorf("open bucket %s: it is not there", c.bucket)
	}
	return &S3{client, c.bucket, c.prefix}, nil
}

func (s *S3) name(key string) (string, error) { return path.Join(s.prefix, key), checkKey(key) }

// Put reads the file first: a size that is known is one request, and one that is not would be cut into parts of many
// megabytes.
func (s *S3) Put(ctx context.Context, key string, r io.Reader, limit int64) (int64, error) {
	name, err := s.name(key)
	if err != nil {
		return 0, err
	}
	b, err := readAll(r, limit)
	if err != nil {
		return 0, fmt.Errorf("keep a file: %w", err)
	}
	size := int64(b.Len())
	if _, err := s.client.PutObject(ctx, s.bucket, name, b, size, minio.PutObjectOptions{ContentType: "application/octet-stream"}); err != nil {
		return 0, fmt.Errorf("keep a file: %w", err)
	}
	return size, nil
}

// Get opens a file.
func (s *S3) Get(ctx context.Context, key string) (File, error) {
	name, err := s.name(key)
	if err != nil {
		return nil, err
	}
	o, err := s.client.GetObject(ctx, s.bucket, name, minio.GetObjectOptions{})
	if err != nil {
		return nil, fmt.Errorf("open a file: %w", gone(err))
	}
	info, err := o.Stat() // GetObject asks nobody yet
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open a file: %w", gone(err)), o.Close())
	}
	return &s3File{o, Info{info.Size, info.LastModified}}, nil
}

// Stat looks at a file.
func (s *S3) Stat(ctx context.Context, key string) (Info, error) {
	name, err := s.name(key)
	if err != nil {
		return Info{}, err
	}
	info, err := s.client.StatObject(ctx, s.bucket, name, minio.StatObjectOptions{})
	if err != nil {
		return Info{}, fmt.Errorf("look at a file: %w", gone(err))
	}
	return Info{info.Size, info.LastModified}, nil
}

// Delete removes a file.
func (s *S3) Delete(ctx context.Context, key string) error {
	name, err := s.name(key)
	if err != nil {
		return err
	}
	if err := s.client.RemoveObject(ctx, s.bucket, name, minio.RemoveObjectOptions{}); err != nil && !errors.Is(gone(err), ErrNotFound) {
		return fmt.Errorf("remove a file: %w", err)
	}
	return nil
}

type s3File struct {
	*minio.Object
	info Info
}

// Info was read when it was opened.
func (f *s3File) Info() Info { return f.info }

func gone(err error) error {
	if minio.ToErrorResponse(err).StatusCode == http.StatusNotFound {
		return ErrNotFound
	}
	return err
}

// fresh tells unfinished files apart.
func fresh() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}
