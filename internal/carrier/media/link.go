package media

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/seal"
)

// LinkLife is how long a link works (spec 1.6).
const LinkLife = 7 * 24 * time.Hour

const linkPurpose = "media link"

// Links are addresses of media that work without a session: for carriers that fetch what agents send, and for transcripts.
// Who has the link may read the file until it expires or is erased; nobody can make one up.
type Links struct {
	Box  *seal.Box
	Base string // how the world reaches us, without a trailing slash
}

// To makes the link to a file.
func (l Links) To(tenant id.Tenant, media id.Media, now time.Time) string {
	return l.Base + "/media/" + l.token(tenant, media, now.Add(LinkLife))
}

func (l Links) token(tenant id.Tenant, media id.Media, expires time.Time) string {
	b := binary.AppendUvarint(nil, uint64(tenant))
	b = binary.AppendUvarint(b, uint64(media))
	b = binary.AppendUvarint(b, uint64(expires.Unix()))
	return base64.RawURLEncoding.EncodeToString(append(b, l.Box.Sum(linkPurpose, b)...))
}

// Read says what a token is for. One that is made up, changed or too old is not found: the answer tells them not apart.
func (l Links) Read(token string, now time.Time) (id.Tenant, id.Media, time.Time, error) {
	refused := errs.New(errs.NotFound, "This link does not work, or does not work any more")
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(token) > 100 || len(b) <= seal.SumSize || strings.ContainsAny(token, "\r\n") { // the decoder skips those
		return 0, 0, time.Time{}, refused
	}
	said, sum := b[:len(b)-seal.SumSize], b[len(b)-seal.SumSize:]
	if !l.Box.Verify(linkPurpose, said, sum) {
		return 0, 0, time.Time{}, refused
	}
	var values [3]uint64
	rest := said
	for i := range values {
		v, n := binary.Uvarint(rest)
		if n <= 0 {
			return 0, 0, time.Time{}, refused
		}
		values[i], rest = v, rest[n:]
	}
	expires := time.Unix(int64(values[2]), 0)
	if len(rest) > 0 || !now.Before(expires) {
		return 0, 0, time.Time{}, refused
	}
	return id.Tenant(values[0]), id.Media(values[1]), expires, nil
}
