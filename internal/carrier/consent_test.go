package carrier_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier"
)

// queued saves outbound texts to a consumer and returns them with their ids.
func (h *house) queued(t testing.TB, address string, kinds ...string) []carrier.NewMessage {
	t.Helper()
	thread := h.thread(t, h.number, address)
	ms := make([]carrier.NewMessage, len(kinds))
	for i, kind := range kinds {
		ms[i] = carrier.NewMessage{
			Thread: thread, Number: h.number, Account: h.account, Direction: carrier.Out, Sender: carrier.FromSystem, Kind: kind,
			OurAddress: h.ours, Address: address, Body: "text " + kind, CreatedAt: time.Now(),
		}
	}
	require.NoError(t, h.batch(t, func(b *pgx.Batch) { carrier.QueueMessages(b, h.tenant, ms) }))
	return ms
}

func (h *house) statuses(t testing.TB, ms []carrier.NewMessage) []string {
	t.Helper()
	out := make([]string, len(ms))
	h.tx(t, func(tx pgx.Tx) error {
		for i, m := range ms {
			err := tx.QueryRow(t.Context(), "select status || coalesce(' ' || error_code, '') from messages where tenant_id = $1 and id = $2",
				h.tenant, m.ID).Scan(&out[i])
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out
}

func (h *house) ledger(t testing.TB, address string) (lines []string) {
	t.Helper()
	h.tx(t, func(tx pgx.Tx) error {
		rows, err := tx.Query(t.Context(), `select action || ' ' || scope_kind || ' ' || source || ' ' || word || ' ' || text_shown
			from consent_ledger where address = $1 order by id`, address)
		if err != nil {
			return err
		}
		lines, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return lines
}

func (h *house) optedOut(t testing.TB, addresses ...string) map[string]bool {
	t.Helper()
	var set map[string]bool
	h.tx(t, func(tx pgx.Tx) (err error) {
		set, err = carrier.OptedOut(t.Context(), tx, h.tenant, addresses)
		return err
	})
	return set
}

const ann, bob = "+14155550001", "+14155550002"

func TestAnOptOutWritesTheLedgerAndTheListAndCancelsWhatIsQueued(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	toAnn := h.queued(t, ann, "chat", carrier.KindStopConfirmation, carrier.KindStartConfirmation, carrier.KindHelp, "menu")
	toBob := h.queued(t, bob, "chat")

	stop := []carrier.Consent{{Address: ann, Source: carrier.ByKeyword, Word: "stop", Number: h.number, ProviderID: "SM1", TextShown: "Bye.", At: noon}}
	require.NoError(t, h.batch(t, func(b *pgx.Batch) { carrier.QueueOptOut(b, h.tenant, stop) }))

	require.Equal(t, []string{"cancelled opted_out", "queued", "queued", "queued", "cancelled opted_out"}, h.statuses(t, toAnn))
	require.Equal(t, []string{"queued"}, h.statuses(t, toBob))
	require.Equal(t, map[string]bool{ann: true}, h.optedOut(t, ann, bob))
	require.Equal(t, []string{"opt_out tenant keyword stop Bye."}, h.ledger(t, ann))

	require.NoError(t, h.batch(t, func(b *pgx.Batch) { carrier.QueueOptOut(b, h.tenant, stop) }), "a second STOP is ordinary input")
	require.NoError(t, h.batch(t, func(b *pgx.Batch) {
		carrier.QueueOptIn(b, h.tenant, []carrier.Consent{{Address: ann, Action: carrier.FlagDismissed, Source: carrier.ByAgent, At: noon}})
	}))
	require.Equal(t, map[string]bool{ann: true}, h.optedOut(t, ann, bob), "an agent's answer to a flag is no opt-in")

	require.NoError(t, h.batch(t, func(b *pgx.Batch) {
		carrier.QueueOptIn(b, h.tenant, []carrier.Consent{{Address: ann, Source: carrier.ByKeyword, Word: "start", At: noon}})
	}))
	require.Empty(t, h.optedOut(t, ann, bob))
	require.Equal(t, []string{
		"opt_out tenant keyword stop Bye.", "opt_out tenant keyword stop Bye.", "flag_dismissed tenant agent  ", "opt_in tenant keyword start ",
	}, h.ledger(t, ann))
}

func TestTheLastWordOfAGroupDecides(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	say := func(address string, actions ...carrier.Action) (lines []carrier.Consent) {
		for _, a := range actions {
			lines = append(lines, carrier.Consent{Address: address, Action: a, Source: carrier.ByKeyword, At: noon})
		}
		return lines
	}
	lines := append(say(ann, carrier.OptOut, carrier.OptIn, carrier.OptOut), say(bob, carrier.OptIn, carrier.OptOut, carrier.OptIn)...)
	require.NoError(t, h.batch(t, func(b *pgx.Batch) { carrier.QueueConsent(b, h.tenant, lines) }))
	require.Equal(t, map[string]bool{ann: true}, h.optedOut(t, ann, bob))
}

func TestAnOptOutOfOneNumberLeavesTheOthers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other := h.addNumber(t, "+14155550200", 1)
	stop := []carrier.Consent{{Address: ann, Scope: other, Source: carrier.ByAPI, At: noon}}
	require.NoError(t, h.batch(t, func(b *pgx.Batch) { carrier.QueueOptOut(b, h.tenant, stop) }))
	require.Empty(t, h.optedOut(t, ann))
	h.tx(t, func(tx pgx.Tx) error {
		set, err := carrier.OptedOutFrom(t.Context(), tx, h.tenant, other, []string{ann})
		require.Equal(t, map[string]bool{ann: true}, set)
		return err
	})
}

func TestNumbersAreReadWhole(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.tx(t, func(tx pgx.Tx) error {
		all, err := carrier.Numbers(t.Context(), tx, h.tenant)
		require.Equal(t, []carrier.Number{{
			ID: h.number, Address: h.ours, Account: h.account, Capabilities: []string{"inbound", "outbound"}, Status: carrier.VerifiedSMSOnly,
			SegmentsPerSecond: 100_000, OptOutResponder: carrier.PlatformAnswers, MMS: true,
		}}, all)
		require.True(t, all[0].Can(carrier.CanSend) && all[0].Verified() && !all[0].Can(carrier.InCall))
		return err
	})
}
