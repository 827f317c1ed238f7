package carrier_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier"
	"sidetone/internal/carrier/wire"
	"sidetone/internal/id"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func TestTextsOfBothDirectionsAreSavedInOneStatementInOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	thread := h.thread(t, h.number, "+14155550001")
	ms := []carrier.NewMessage{
		{
			Thread: thread, Number: h.number, Account: h.account, Direction: carrier.In, Sender: carrier.FromEndUser,
			OurAddress: h.ours, Address: "+14155550001", Body: "hi", ProviderID: "SM1", CreatedAt: noon,
			Media: []carrier.Media{{URL: "https://media.example/1", Type: "image/png"}}, Disposition: wire.NoQueue,
		},
		{
			Thread: thread, Number: h.number, Account: h.account, Direction: carrier.Out, Sender: carrier.FromSystem,
			Kind: "greeting", OurAddress: h.ours, Address: "+14155550001", Body: strings.Repeat("é€", 100), CreatedAt: noon,
		},
		{
			Thread: thread, Number: h.number, Account: h.account, Direction: carrier.Out, Sender: carrier.FromAPI,
			Kind: carrier.KindSessionless, OurAddress: h.ours, Address: "+14155550001", Body: "zero\x00 and \xff", CreatedAt: noon,
			ClientID: "c1", NotBefore: noon.Add(time.Minute), ExpiresAt: noon.Add(time.Hour), Segments: 7,
		},
	}
	require.NoError(t, h.batch(t, func(b *pgx.Batch) { carrier.QueueMessages(b, h.tenant, ms) }))
	require.True(t, ms[0].ID > 0 && ms[1].ID > ms[0].ID && ms[2].ID > ms[1].ID)

	type row struct {
		ID                                                   id.Message
		Chat, Seq, User                                      *int64
		Direction, Kind, Body, Status, Media, Why, Prov, Cli string
		Segments                                             int
		NotBefore, Expires                                   *time.Time
	}
	var got []row
	h.tx(t, func(tx pgx.Tx) error {
		rows, err := tx.Query(t.Context(), `select id, chat_id, seq, user_id, direction, kind, body, status, coalesce(media->0->>'url', ''),
			disposition, coalesce(provider_id, ''), coalesce(client_id, ''), segments, not_before, expires_at from messages order by id`)
		if err != nil {
			return err
		}
		got, err = pgx.CollectRows(rows, pgx.RowToStructByPos[row])
		return err
	})
	at := func(d time.Duration) *time.Time { return new(noon.Add(d)) }
	require.Equal(t, []row{
		{ID: ms[0].ID, Direction: "in", Kind: "chat", Body: "hi", Status: "received", Media: "https://media.example/1", Why: "no_queue", Prov: "SM1", Segments: 1},
		{ID: ms[1].ID, Direction: "out", Kind: "greeting", Body: strings.Repeat("é€", 100), Status: "queued", Segments: 2, NotBefore: at(0), Expires: at(10 * time.Minute)},
		{ID: ms[2].ID, Direction: "out", Kind: "sessionless", Body: "zero and \uFFFD", Status: "queued", Cli: "c1", Segments: 7, NotBefore: at(time.Minute), Expires: at(time.Hour)},
	}, utc(got, func(r *row) []*time.Time { return []*time.Time{r.NotBefore, r.Expires} }))
}

func TestARepeatOfAProvidersIDIsKnownAsSuch(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := carrier.NewMessage{
		Account: h.account, Sender: carrier.FromEndUser, OurAddress: h.ours, Address: "+14155550001", Body: "hi", ProviderID: "SM1", CreatedAt: noon,
	}
	save := func(ms ...carrier.NewMessage) error {
		return h.batch(t, func(b *pgx.Batch) { carrier.QueueMessages(b, h.tenant, ms) })
	}
	require.NoError(t, save(m))
	require.True(t, carrier.IsRepeat(save(m)))
	m.ProviderID = "SM2"
	require.NoError(t, save(m))
	require.NoError(t, save())
	m.Direction = carrier.Out // without a thread the table refuses it
	m.ProviderID = "SM3"
	err := save(m)
	require.Error(t, err)
	require.False(t, carrier.IsRepeat(err))
}

func TestTextsExpireByTheirKind(t *testing.T) {
	for kind, want := range map[string]time.Duration{
		carrier.KindChat: 10 * time.Minute, "menu": 10 * time.Minute, carrier.KindAPI: 2 * time.Hour, carrier.KindSessionless: 2 * time.Hour,
		carrier.KindAfterCall: time.Hour, carrier.KindStopConfirmation: 5 * time.Minute,
	} {
		require.Equal(t, want, carrier.ExpiresAfter(kind), kind)
	}
}

func utc[T any](rows []T, times func(*T) []*time.Time) []T {
	rows = slices.Clone(rows)
	for i := range rows {
		for _, at := range times(&rows[i]) {
			if at != nil {
				*at = at.UTC()
			}
		}
	}
	return rows
}
