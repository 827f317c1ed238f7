package files_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier"
	"sidetone/internal/carrier/media"
	"sidetone/internal/carrier/wire"
	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/job"
	"sidetone/internal/tenant"
	"sidetone/web/edge/webtest"
	"sidetone/web/files"
)

// house is a house whose carrier keeps files, and which gives them out.
type house struct {
	*webtest.House
	carrier *httptest.Server
	door    *httptest.Server
	asked   atomic.Int32
	now     atomic.Int64 // added to the clock
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{House: webtest.New(t)}
	h.carrier = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.asked.Add(1)
		sid, token, _ := r.BasicAuth()
		switch {
		case sid != webtest.AccountSID || token != webtest.AccountToken:
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/dot":
			w.Header().Set("Content-Type", "text/html") // what it is called is never asked
			fmt.Fprint(w, webtest.Dot)
		case r.URL.Path == "/page.jpg":
			w.Header().Set("Content-Type", "image/jpeg")
			fmt.Fprint(w, "<html><script>alert(1)</script>")
		case r.URL.Path == "/broken":
			w.WriteHeader(http.StatusInternalServerError)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(h.carrier.Close)
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		return h.Accounts.Update(ctx, tx, carrier.Account{
			ID: h.Account, Tenant: h.Tenant, SID: webtest.AccountSID, AuthToken: webtest.AccountToken, BaseURL: h.carrier.URL,
		})
	})
	h.Accounts.Forget(h.Tenant)
	h.Media.Now = func() time.Time { return time.Now().Add(time.Duration(h.now.Load())) }
	h.door = httptest.NewServer(files.Links(h.Media, h.Refusals))
	t.Cleanup(h.door.Close)
	return h
}

func (h *house) later(d time.Duration) { h.now.Add(int64(d)) }

// send is a consumer sending files from the carrier.
func (h *house) send(t *testing.T, paths ...string) {
	t.Helper()
	in := h.Inbound(webtest.Marisol, webtest.Sales, "")
	for _, p := range paths {
		in.Media = append(in.Media, wire.Media{URL: h.carrier.URL + p, ContentType: "image/jpeg"})
	}
	require.NoError(t, h.Chats.Receive(t.Context(), h.Tenant, h.Account, in))
}

// fetch does what the job would.
func (h *house) fetch(t *testing.T, try job.Try) error {
	t.Helper()
	return h.Media.Fetch(t.Context(), media.FetchArgs{Tenant: h.Tenant, Parts: h.all(t)}, try)
}

func (h *house) all(t *testing.T) []id.Media {
	return webtest.One[[]id.Media](t, h.House, "select array_agg(id order by id) from media")
}

// shown is the media of the newest text.
func (h *house) shown(t *testing.T) string {
	return webtest.One[string](t, h.House, "select coalesce(media::text, '') from messages where direction = 'in' order by id desc limit 1")
}

func (h *house) marks(t *testing.T) string {
	return webtest.One[string](t, h.House, "select coalesce(string_agg(data->>'reason', ' ' order by seq), '') from chat_events where kind = 'media_refused'")
}

func (h *house) read(t *testing.T, link string) (int, string, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.Replace(link, webtest.PublicURL, h.door.URL, 1), nil)
	require.NoError(t, err)
	res, err := h.door.Client().Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(b), res.Header
}

func TestAPictureReachesItsAgentAndARefusedOneLeavesANote(t *testing.T) {
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	h.send(t, "/dot", "/page.jpg")
	parts := h.all(t)
	require.Len(t, parts, 2)
	require.Contains(t, h.shown(t), `"state": "fetching"`)
	hints := h.Hints(t, h.Ann)
	require.NoError(t, h.Jobs.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, h.Jobs.Stop(context.Background())) })
	require.Eventually(t, func() bool { return !strings.Contains(h.shown(t), "fetching") }, 10*time.Second, 5*time.Millisecond)
	require.JSONEq(t, fmt.Sprintf(`[{"id":%d,"state":"ready","type":"image/gif","bytes":%d,"width":1,"height":1},{"id":%d,"state":"refused","reason":"type"}]`,
		parts[0], len(webtest.Dot), parts[1]), h.shown(t))
	require.Equal(t, "type", h.marks(t))
	require.Equal(t, 7, webtest.One[int](t, h.House, "select last_seq from chats where id = $1", of), "five rows, the picture, the note")
	for {
		hint := <-hints
		if hint.Kind == event.MessageStatus {
			require.Equal(t, event.Hint{Kind: event.MessageStatus, Tenant: h.Tenant, User: h.Ann.ID, Chat: of, From: 6, Seq: 6}, hint)
			break
		}
	}

	require.NoError(t, h.fetch(t, job.Try{Attempt: 1}), "a second time changes nothing")
	require.Equal(t, "type", h.marks(t))
	require.EqualValues(t, 2, h.asked.Load())

	status, body, header := h.read(t, h.Media.Link(h.Tenant, parts[0]))
	require.Equal(t, 200, status)
	require.Equal(t, webtest.Dot, body)
	require.Equal(t, "image/gif", header.Get("Content-Type"))
	require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
	require.Contains(t, header.Get("Content-Security-Policy"), "sandbox")
	require.Equal(t, "private, max-age=3600", header.Get("Cache-Control"))
	status, _, _ = h.read(t, h.Media.Link(h.Tenant, parts[1]))
	require.Equal(t, 404, status)
}

func TestATextWithoutMediaQueuesNoJob(t *testing.T) {
	h := newHouse(t)
	h.Text(t, webtest.Marisol, webtest.Sales, "Hi")
	require.Zero(t, webtest.One[int](t, h.House, "select count(*) from river.river_job"))
	h.send(t, "/dot")
	require.Equal(t, 1, webtest.One[int](t, h.House, "select count(*) from river.river_job"))
}

func TestAnEndedChatGetsNoNoteButItsTextSaysIt(t *testing.T) {
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	h.send(t, "/page.jpg")
	require.NoError(t, h.Chats.End(t.Context(), h.Tenant, of, h.Ann.ID))
	last := webtest.One[int](t, h.House, "select last_seq from chats where id = $1", of)
	require.NoError(t, h.fetch(t, job.Try{Attempt: 1}))
	require.Contains(t, h.shown(t), `"reason": "type"`)
	require.Empty(t, h.marks(t))
	require.Equal(t, last, webtest.One[int](t, h.House, "select last_seq from chats where id = $1", of))
}

func TestATextInNoChatKeepsItsPictures(t *testing.T) {
	h := newHouse(t)
	in := h.Inbound(webtest.Marisol, "+14155559999", "")
	in.Media = []wire.Media{{URL: h.carrier.URL + "/dot"}, {URL: h.carrier.URL + "/page.jpg"}}
	require.NoError(t, h.Chats.Receive(t.Context(), h.Tenant, h.Account, in))
	require.NoError(t, h.fetch(t, job.Try{Attempt: 1}))
	require.Contains(t, h.shown(t), `"state": "ready"`)
	require.Contains(t, h.shown(t), `"reason": "type"`)
}

func TestWhatFailsIsTriedAgainAndWhatStaysAwayIsRefused(t *testing.T) {
	h := newHouse(t)
	h.send(t, "/late", "/broken")
	require.Error(t, h.fetch(t, job.Try{Attempt: 1}))
	require.NotContains(t, h.shown(t), "refused")
	h.later(time.Minute + time.Second)
	require.Error(t, h.fetch(t, job.Try{Attempt: 7}))
	require.Contains(t, h.shown(t), `"reason": "gone"`)
	require.NoError(t, h.fetch(t, job.Try{Attempt: 8, Last: true}))
	require.Contains(t, h.shown(t), `"reason": "unreachable"`)
	require.NotContains(t, h.shown(t), "fetching")
}

func TestALostJobIsFoundAgain(t *testing.T) {
	h := newHouse(t)
	h.send(t, "/dot")
	_, err := h.DB.Pool().Exec(t.Context(), "delete from river.river_job")
	require.NoError(t, err)
	require.NoError(t, h.Media.Find(t.Context()))
	jobs := func() int { return webtest.One[int](t, h.House, "select count(*) from river.river_job") }
	require.Zero(t, jobs(), "it may be on its way still")
	h.later(16 * time.Minute)
	require.NoError(t, h.Media.Find(t.Context()))
	require.NoError(t, h.Media.Find(t.Context()))
	require.Equal(t, 1, jobs())
}

func TestALinkEndsWhenItsFileIsErased(t *testing.T) {
	h := newHouse(t)
	h.send(t, "/dot")
	require.NoError(t, h.fetch(t, job.Try{Attempt: 1}))
	m := h.all(t)[0]
	link := h.Media.Link(h.Tenant, m)
	status, _, _ := h.read(t, link)
	require.Equal(t, 200, status)
	text := webtest.One[id.Message](t, h.House, "select id from messages where media is not null")
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		return h.Media.Erase(ctx, tx, h.Tenant, []id.Message{text})
	})
	status, body, _ := h.read(t, link)
	require.Equal(t, 404, status)
	require.Contains(t, body, `"code":"not_found"`)
	require.Contains(t, h.shown(t), `"state": "erased"`)
	require.True(t, webtest.One[bool](t, h.House, "select kept from media"))
	require.NoError(t, h.Media.Tidy(t.Context(), h.Tenant))
	require.False(t, webtest.One[bool](t, h.House, "select kept from media"))
	_, err := h.Media.Blobs.Stat(t.Context(), fmt.Sprintf("t%d/m%d", h.Tenant, m))
	require.Error(t, err)
}

func TestAFileThatIsErasedWhileItIsFetchedDoesNotStay(t *testing.T) {
	h := newHouse(t)
	h.send(t, "/dot")
	m := h.all(t)[0]
	settle := h.Media.Settle
	h.Media.Settle = func(ctx context.Context, of id.Tenant, s media.Settlement) error {
		h.Tx(t, func(ctx context.Context, tx pgx.Tx) error { return h.Media.Erase(ctx, tx, of, []id.Message{s.Message}) })
		return settle(ctx, of, s)
	}
	require.NoError(t, h.fetch(t, job.Try{Attempt: 1}))
	_, err := h.Media.Blobs.Stat(t.Context(), fmt.Sprintf("t%d/m%d", h.Tenant, m))
	require.Error(t, err)
	require.Contains(t, h.shown(t), "erased")
}

func TestMediaAreKeptAsLongAsTheTenantSaysAndUploadsADay(t *testing.T) {
	h := newHouse(t)
	h.send(t, "/dot")
	require.NoError(t, h.fetch(t, job.Try{Attempt: 1}))
	h.Upload(t, h.Ann)
	states := func() string {
		return webtest.One[string](t, h.House, "select string_agg(state, ' ' order by id) from media")
	}
	require.NoError(t, h.Media.Tidy(t.Context(), 0))
	require.Equal(t, "ready ready", states())
	h.later(25 * time.Hour)
	require.NoError(t, h.Media.Tidy(t.Context(), 0))
	require.Equal(t, "ready erased", states())
	settings := func(days int) {
		h.Media.Settings = func(ctx context.Context, of id.Tenant) (tenant.Settings, error) {
			rules, err := h.Chats.Rules(ctx, of)
			return rules.Settings(0), err
		}
		h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "insert into settings (tenant_id, key, value) values ($1, 'retain_media', to_jsonb($2::int)) on conflict do nothing", h.Tenant, days)
			return err
		})
		h.Chats.Forget(h.Tenant)
	}
	settings(2)
	require.NoError(t, h.Media.Tidy(t.Context(), 0))
	require.Equal(t, "ready erased", states())
	h.later(24 * time.Hour)
	require.NoError(t, h.Media.Tidy(t.Context(), 0))
	require.Equal(t, "erased erased", states())
	require.Zero(t, webtest.One[int](t, h.House, "select count(*) from media where kept"))
}

func TestAnAgentsFilesGoOutOnceAndTheirMistakesAreNamed(t *testing.T) {
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	send := func(client string, by tenant.User, files ...id.Media) error {
		_, err := h.Chats.Send(t.Context(), h.Tenant, of, by.ID, client, "", files...)
		return err
	}
	refused := func(err error, words string) {
		t.Helper()
		var e *errs.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, "media", e.Field)
		require.Contains(t, e.Message, words)
	}
	mine, bobs := h.Upload(t, h.Ann), h.Upload(t, h.Bob)
	refused(send("c1", h.Ann, bobs), "not yours")
	refused(send("c1", h.Ann, mine, mine), "once")
	refused(send("c1", h.Ann, 99_999), "not there")
	eleven := make([]id.Media, media.MostParts+1)
	for i := range eleven {
		eleven[i] = h.Upload(t, h.Ann)
	}
	refused(send("c1", h.Ann, eleven...), "at most 10")
	require.NoError(t, send("c1", h.Ann, eleven[:10]...))
	require.NoError(t, send("c1", h.Ann, eleven[:10]...), "a repeat is the same text")
	require.Equal(t, "agent 1 10", webtest.One[string](t, h.House,
		"select sender || ' ' || segments || ' ' || jsonb_array_length(media) from messages where client_id = 'c1'"), "an MMS is one part")
	refused(send("c2", h.Ann, eleven[0]), "sent before")

	h.Media.Outside = false
	require.NoError(t, send("c3", h.Ann, mine), "a carrier on this machine reaches it")
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		return h.Accounts.Update(ctx, tx, carrier.Account{ID: h.Account, Tenant: h.Tenant, SID: webtest.AccountSID, AuthToken: webtest.AccountToken, BaseURL: "https://api.twilio.com"})
	})
	h.Accounts.Forget(h.Tenant)
	refused(send("c4", h.Ann, eleven[10]), "SIDETONE_PUBLIC_URL")
	h.Media.Outside = true
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "update numbers set mms = false"); err != nil {
			return err
		}
		_, err := tenant.Bump(ctx, tx, h.Tenant)
		return err
	})
	refused(send("c5", h.Ann, eleven[10]), "cannot send pictures")
}
