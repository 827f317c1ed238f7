package console_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier/media"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/web/console"
	"sidetone/web/edge/webtest"
)

const octets = "application/octet-stream"

// file is a body that is sent as it is.
type file string

// sentPicture is a picture that an agent has sent in a chat, whatever became of the chat.
func (h *house) sentPicture(t testing.TB, of id.Chat, by tenant.User) id.Media {
	t.Helper()
	m := h.Upload(t, by)
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `update media set chat_id = $1, message_id = (select min(id) from messages where chat_id = $1) where id = $2`, of, m)
		return err
	})
	return m
}

func TestAnAgentUploadsAPictureAndReadsItAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t, &console.Simulator{})
	ann, bob := h.browser(t, h.Ann), h.browser(t, h.Bob)
	a := ann.ask("POST", "/media", file(webtest.Dot))
	require.Equal(t, 201, a.StatusCode, string(a.body))
	m := webtest.One[int64](t, h.House, "select id from media")
	require.JSONEq(t, fmt.Sprintf(`{"id":%d,"state":"ready","type":"image/gif","bytes":%d,"width":1,"height":1}`, m, len(webtest.Dot)), string(a.body))

	path := fmt.Sprint("/media/", m)
	a = ann.ask("GET", path, nil)
	require.Equal(t, 200, a.StatusCode)
	require.Equal(t, webtest.Dot, string(a.body))
	require.Equal(t, "image/gif", a.Header.Get("Content-Type"))
	require.Equal(t, "nosniff", a.Header.Get("X-Content-Type-Options"))
	require.Equal(t, "default-src 'none'; sandbox; frame-ancestors 'none'", a.Header.Get("Content-Security-Policy"))
	require.Equal(t, fmt.Sprintf(`inline; filename="media-%d.gif"`, m), a.Header.Get("Content-Disposition"))
	require.Equal(t, "private, max-age=3600", a.Header.Get("Cache-Control"))
	a = ann.with("Range", "bytes=0-5").ask("GET", path, nil)
	require.Equal(t, http.StatusPartialContent, a.StatusCode)
	require.Equal(t, "GIF89a", string(a.body))
	require.Equal(t, 404, bob.ask("GET", path, nil).StatusCode, "before it is sent it is Ann's alone")

	of := h.Assigned(t, webtest.Marisol, h.Ann)
	_, err := h.Chats.Send(t.Context(), h.Tenant, of, h.Ann.ID, "c1", "", id.Media(m))
	require.NoError(t, err)
	require.Equal(t, 200, ann.ask("GET", path, nil).StatusCode)
	require.Equal(t, 404, bob.ask("GET", path, nil).StatusCode)
	require.Equal(t, 200, h.browser(t, h.Mia).ask("GET", path, nil).StatusCode, "a manager reads all chats")
	a = ann.ask("GET", fmt.Sprintf("/chats/%d/transcript?after=5", of), nil)
	require.Contains(t, string(a.body), fmt.Sprintf(`"media":[{"bytes":%d,"height":1,"id":%d,"state":"ready","type":"image/gif","width":1}]`, len(webtest.Dot), m))
}

func TestOnlyAFileThatCanBeSentIsKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t, &console.Simulator{})
	ann := h.browser(t, h.Ann)
	mp4 := "\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42"
	for _, c := range []struct {
		name, body string
		status     int
		field      string
	}{
		{"a page", "<html><script>alert(1)</script>", 400, "file"},
		{"a drawing", `<svg xmlns="http://www.w3.org/2000/svg"/>`, 400, "file"},
		{"half a picture", webtest.Dot[:8], 400, "file"},
		{"a video of 5 MB", mp4 + strings.Repeat("x", media.MaxBytes-len(mp4)), 201, ""},
		{"a video of a byte more", mp4 + strings.Repeat("x", media.MaxBytes-len(mp4)+1), 413, ""},
	} {
		a := ann.ask("POST", "/media", file(c.body))
		require.Equal(t, c.status, a.StatusCode, "%s: %s", c.name, a.body)
		if c.field != "" {
			require.Contains(t, string(a.body), `"field":"`+c.field+`"`, c.name)
		}
	}
	a := ann.ask("POST", "/media", `{"not":"a file"}`)
	require.Equal(t, 415, a.StatusCode)
	require.Contains(t, string(a.body), octets)
	require.Equal(t, 1, webtest.One[int](t, h.House, "select count(*) from media"))
}
