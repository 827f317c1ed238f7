package simulator

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier/twilio"
	"sidetone/internal/carrier/wire"
)

func outcome(rec []wire.Receipt) wire.Status {
	s := wire.Queued
	for _, r := range rec {
		s = wire.Forward(s, r.Status)
	}
	return s
}

func TestWithoutReceiptsTheCarrierStillKnows(t *testing.T) {
	w := newWorld(t)
	w.faults(t, `{"receipts":"none"}`)
	a := w.send(t, 1, ann, "x")
	require.Equal(t, "delivered", w.texts(t, "")[0].Status)
	require.Zero(t, w.Stats().ReceiptsWaiting)
	found, err := w.client.Lookup(t.Context(), ann, ours, time.Now().Add(-time.Minute))
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, a.ProviderID, found[0].ProviderID)
	require.Equal(t, wire.Delivered, found[0].Status)
}

func TestDuplicatedReceiptsComeTwice(t *testing.T) {
	w := newWorld(t)
	w.faults(t, `{"receipts":"duplicated"}`)
	w.send(t, 1, ann, "x")
	rec := w.desk.await(t, 4)
	require.Equal(t, wire.Delivered, outcome(rec))
}

func TestShuffledReceiptsOvertakeOneAnother(t *testing.T) {
	w := newWorld(t)
	w.faults(t, `{"receipts":"shuffled"}`)
	const texts = 40
	for i := range texts {
		w.send(t, int64(i+1), ann, "x")
	}
	rec := w.desk.await(t, 3*texts)
	byRef := map[int64][]wire.Receipt{}
	for _, r := range rec {
		byRef[r.MessageRef] = append(byRef[r.MessageRef], r)
	}
	backwards := 0
	for _, one := range byRef {
		require.Equal(t, wire.Delivered, outcome(one))
		if one[len(one)-1].Status != wire.Delivered {
			backwards++
		}
	}
	require.Positive(t, backwards)
	for _, one := range w.texts(t, "") {
		require.Equal(t, "delivered", one.Status, "the carrier's own books never go back")
	}
}

func TestLateReceiptsWait(t *testing.T) {
	w := newWorld(t)
	w.faults(t, `{"receipts":"late","late_ms":600000}`)
	w.send(t, 1, ann, "x")
	require.Eventually(t, func() bool { return w.Stats().ReceiptsWaiting == 1 }, 5*time.Second, time.Millisecond)
	w.post.mu.Lock()
	j := w.post.heap[0]
	w.post.mu.Unlock()
	require.Equal(t, 10*time.Minute+ordinary[0].after, j.due.Sub(j.began))
	_, rec := w.desk.told(t)
	require.Empty(t, rec)
}

func TestAnErrorRateRefusesBeforeTheTextIsTaken(t *testing.T) {
	w := newWorld(t)
	w.faults(t, `{"error_rate":1,"status":503}`)
	_, err := w.client.Send(t.Context(), wire.Outbound{From: ours, To: ann, Text: "x"})
	require.Equal(t, wire.Ambiguous, wire.AsSendError(err).Class)
	w.faults(t, `{"error_rate":1,"status":429}`)
	_, err = w.client.Send(t.Context(), wire.Outbound{From: ours, To: ann, Text: "x"})
	e := wire.AsSendError(err)
	require.Equal(t, wire.Throttled, e.Class)
	require.Equal(t, time.Second, e.RetryAfter)
	require.Equal(t, int64(2), w.Stats().Faulted)
	require.Empty(t, w.texts(t, ""))
	w.faults(t, `{}`)
	w.send(t, 1, ann, "x")
}

func TestATextTakenWithoutAnAnswerIsFoundAgain(t *testing.T) {
	w := newWorld(t)
	w.faults(t, `{"drop_after_accept":1}`)
	began := time.Now()
	_, err := w.client.Send(t.Context(), wire.Outbound{Ref: 7, From: ours, To: ann, Text: "did you get it?"})
	require.Equal(t, wire.Ambiguous, wire.AsSendError(err).Class)
	found, err := w.client.Lookup(t.Context(), ann, ours, began)
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, "did you get it?", found[0].Body)
	require.Equal(t, int64(7), w.desk.await(t, 2)[0].MessageRef, "the receipt alone proves it too")
	require.Equal(t, int64(7), w.texts(t, "")[0].Ref)
}

func TestLatencyHoldsTheAnswerBackAndWhoHangsUpBeforeIsNotServed(t *testing.T) {
	w := newWorld(t)
	w.faults(t, `{"latency_ms":600000}`)
	ctx, hangUp := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer hangUp()
	_, err := w.client.Send(ctx, wire.Outbound{From: ours, To: ann, Text: "x"})
	require.Equal(t, wire.Ambiguous, wire.AsSendError(err).Class)
	require.Empty(t, w.texts(t, ""))
	w.faults(t, `{"latency_ms":1}`)
	w.send(t, 1, ann, "x")
}

func TestOneHandsetCanFailAlone(t *testing.T) {
	w := newWorld(t)
	w.faults(t, `{"to":"`+ann+`","status":"undelivered","error_code":"30007","delay_ms":30}`)
	w.send(t, 1, ann, "x")
	w.send(t, 2, bob, "x")
	rec := w.desk.await(t, 4)
	require.True(t, slices.ContainsFunc(rec, func(r wire.Receipt) bool {
		return r.MessageRef == 1 && r.Status == wire.Undelivered && r.ErrorCode == "30007"
	}))
	require.True(t, slices.ContainsFunc(rec, func(r wire.Receipt) bool { return r.MessageRef == 2 && r.Status == wire.Delivered }))
	found, err := w.client.Lookup(t.Context(), ann, ours, time.Now().Add(-time.Minute))
	require.NoError(t, err)
	require.Equal(t, "30007", found[0].ErrorCode)

	w.faults(t, `{"to":"`+ann+`"}`) // mended
	w.send(t, 3, ann, "x")
	rec = w.desk.await(t, 6)
	require.True(t, slices.ContainsFunc(rec, func(r wire.Receipt) bool { return r.MessageRef == 3 && r.Status == wire.Delivered }))
}

func TestAHandsetCanBeRefusedFailedOrStuck(t *testing.T) {
	w := newWorld(t)
	w.faults(t, `{"to":"`+ann+`","status":"refused","error_code":"21610"}`)
	_, err := w.client.Send(t.Context(), wire.Outbound{From: ours, To: ann, Text: "x"})
	require.Equal(t, wire.OptedOut, wire.AsSendError(err).Class)
	w.faults(t, `{"to":"`+ann+`","status":"failed"}`)
	w.send(t, 1, ann, "x")
	rec := w.desk.await(t, 1)
	require.Equal(t, wire.Failed, rec[0].Status)
	require.Equal(t, "30008", rec[0].ErrorCode)
	w.faults(t, `{"to":"`+ann+`","status":"sent"}`)
	w.send(t, 2, ann, "x")
	require.Equal(t, wire.Sent, w.desk.await(t, 2)[1].Status)
}

func TestAHandsetsOwnReceiptsGoBeforeTheNetworks(t *testing.T) {
	w := newWorld(t)
	w.faults(t, `{"to":"`+ann+`","receipts":"duplicated"}`)
	w.faults(t, `{"to":"`+bob+`","receipts":"none"}`)
	w.send(t, 1, ann, "x")
	w.send(t, 2, bob, "x")
	for _, r := range w.desk.await(t, 4) {
		require.Equal(t, int64(1), r.MessageRef)
	}
	w.faults(t, `{"receipts":"none"}`)
	w.faults(t, `{"to":"`+ann+`","receipts":"normal"}`)
	w.send(t, 3, ann, "x")
	require.Equal(t, wire.Delivered, outcome(w.desk.await(t, 6)[4:]))
}

func TestAHandsetWithoutPicturesTakesTextsOnly(t *testing.T) {
	w := newWorld(t)
	w.faults(t, `{"to":"`+ann+`","can_receive_media":false}`)
	_, err := w.client.Send(t.Context(), wire.Outbound{Ref: 1, From: ours, To: ann, MediaURLs: []string{"https://x.test/a.png"}})
	require.NoError(t, err)
	require.Equal(t, "30011", w.desk.await(t, 2)[1].ErrorCode)
	w.send(t, 2, ann, "x")
	require.Equal(t, wire.Delivered, w.desk.await(t, 4)[3].Status)
}

func TestAHandsetThatSendsTwiceRepeatsTheID(t *testing.T) {
	w := newWorld(t)
	w.faults(t, `{"to":"`+ann+`","send_twice":true}`)
	require.Equal(t, http.StatusOK, w.call(t, "POST", "/sim/texts", `{"from":"`+ann+`","to":"`+ours+`","text":"x"}`, nil))
	in, _ := w.desk.told(t)
	require.Len(t, in, 2)
	require.Equal(t, in[0], in[1])
}

func TestAHandsetThatSendsOutOfOrderIsOvertaken(t *testing.T) {
	w := newWorld(t)
	w.turns.longest = time.Hour
	w.faults(t, `{"to":"`+ann+`","out_of_order":true}`)
	text := func(body string) {
		require.Equal(t, http.StatusOK, w.call(t, "POST", "/sim/texts", `{"from":"`+ann+`","to":"`+ours+`","text":"`+body+`"}`, nil))
	}
	for _, pair := range [][2]string{{"one", "two"}, {"three", "four"}} {
		var first sync.WaitGroup
		before := len(w.texts(t, "?direction=in"))
		first.Go(func() { text(pair[0]) })
		require.Eventually(t, func() bool { return len(w.texts(t, "?direction=in")) > before }, time.Minute, time.Millisecond)
		text(pair[1])
		first.Wait()
	}
	in, _ := w.desk.told(t)
	bodies := []string{}
	for _, one := range in {
		bodies = append(bodies, one.Text)
	}
	require.Equal(t, []string{"two", "one", "four", "three"}, bodies)

	w.turns.longest = time.Millisecond
	text("alone") // nothing overtakes it: it goes all the same
	w.faults(t, `{"to":"`+ann+`"}`)
	w.turns.longest = time.Hour
	text("five")
	in, _ = w.desk.told(t)
	require.Equal(t, []string{"alone", "five"}, []string{in[4].Text, in[5].Text})
}

func TestBadFaultsNameTheFieldAndChangeNothing(t *testing.T) {
	w := newWorld(t)
	for body, field := range map[string]string{
		`{"latency_ms":-1}`: "latency_ms", `{"latency_ms":"1"}`: "latency_ms", `{"error_rate":1.5}`: "error_rate", `{"error_rate":-0.1}`: "error_rate",
		`{"status":200}`: "status", `{"receipts":"lost"}`: "receipts", `{"late_ms":-5}`: "late_ms", `{"drop_after_accept":2}`: "drop_after_accept",
		`{"to":""}`: "to", `{"to":"ann"}`: "to", `{"to":"` + ann + `","status":"gone"}`: "status", `{"to":"` + ann + `","status":500}`: "status",
		`{"to":"` + ann + `","error_code":"x1"}`: "error_code", `{"to":"` + ann + `","delay_ms":-1}`: "delay_ms",
		`{"to":"` + ann + `","receipts":"lost"}`: "receipts",
		`{"latencyms":1}`:                        "", `[]`: "", ``: "", `{}{}`: "",
	} {
		var got refusal
		require.Equal(t, http.StatusBadRequest, w.call(t, "POST", "/sim/faults", body, &got), body)
		require.Equal(t, field, got.Field, body)
	}
	var now struct {
		Faults
		Handsets []Handset
	}
	require.Equal(t, http.StatusOK, w.call(t, "GET", "/sim/faults", "", &now))
	require.Equal(t, goodDay.Faults, now.Faults)
	require.Empty(t, now.Handsets)
}

func TestFaultsAreShownAndForgotten(t *testing.T) {
	w := newWorld(t)
	w.faults(t, `{"latency_ms":5,"error_rate":0.25,"status":503,"receipts":"late"}`)
	w.faults(t, `{"to":"`+ann+`","status":"undelivered"}`)
	var now struct {
		Faults
		Handsets []Handset
	}
	w.call(t, "GET", "/sim/faults", "", &now)
	require.Equal(t, Faults{LatencyMS: 5, ErrorRate: 0.25, Status: 503, Receipts: "late", LateMS: 5000}, now.Faults)
	require.Equal(t, []Handset{{To: ann, Status: "undelivered", ErrorCode: "30003"}}, now.Handsets)
	require.Equal(t, http.StatusOK, w.call(t, "DELETE", "/sim/faults", "", &now))
	require.Equal(t, goodDay.Faults, now.Faults)
	require.Empty(t, now.Handsets)
}

func TestACallbackThatFindsNobodyIsTriedAgain(t *testing.T) {
	var calls atomic.Int32
	flaky := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) == 1 {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_ = conn.Close()
			}
		}
	}))
	defer flaky.Close()
	w := newWorld(t)
	client, err := twilio.New(twilio.Config{AccountSID: "AC1", AuthToken: token, BaseURL: w.srv.URL, StatusURL: flaky.URL, HTTP: w.hc})
	require.NoError(t, err)
	_, err = client.Send(t.Context(), wire.Outbound{Ref: 1, From: ours, To: ann, Text: "x"})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return w.Stats().ReceiptsSent == 2 }, 10*time.Second, 5*time.Millisecond)
	require.Equal(t, int64(1), w.Stats().ReceiptRetries)
	require.Equal(t, int32(3), calls.Load())
}

func TestCallbacksPastTheLimitAreDroppedAndCounted(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.MaxCallbacks = 2 })
	w.faults(t, `{"receipts":"late","late_ms":600000}`)
	for i := range 5 {
		w.send(t, int64(i+1), ann, "x")
	}
	require.Eventually(t, func() bool { return w.Stats().ReceiptsDropped == 3 }, 5*time.Second, time.Millisecond)
	require.NoError(t, w.Shutdown(t.Context()))
	_, rec := w.desk.told(t)
	require.Len(t, rec, 4)
}
