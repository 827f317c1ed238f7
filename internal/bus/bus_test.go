package bus_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"sidetone/internal/bus"
	"sidetone/internal/event"
)

const soon = 10 * time.Second

func open(t *testing.T, cfg bus.Config) *bus.Bus {
	t.Helper()
	b, err := bus.Open(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close(context.Background())) })
	return b
}

// listen returns the hints of a subject as they come.
func listen(b *bus.Bus, subject string) <-chan event.Hint {
	got := make(chan event.Hint, 10_000)
	b.Subscribe(subject, func(h event.Hint) { got <- h })
	return got
}

func next(t *testing.T, from <-chan event.Hint) event.Hint {
	t.Helper()
	select {
	case h := <-from:
		return h
	case <-time.After(soon):
		require.Fail(t, "no hint came")
		return event.Hint{}
	}
}

func counter(t *testing.T, reg *prometheus.Registry, name string) float64 {
	t.Helper()
	all, err := reg.Gather()
	require.NoError(t, err)
	for _, family := range all {
		if family.GetName() == "sidetone_bus_"+name+"_total" {
			return family.GetMetric()[0].GetCounter().GetValue()
		}
	}
	require.Fail(t, "no counter "+name)
	return 0
}

func TestHintsReachTheirSubscribersInOrder(t *testing.T) {
	t.Parallel()
	b := open(t, bus.Config{})
	require.NoError(t, b.Healthy())
	require.Empty(t, b.RouteURL())
	require.NoError(t, b.SetRoutes([]string{"nats-route://127.0.0.1:1"}), "there is no mesh to change")
	noor, lanes := listen(b, event.AgentSubject(1, 7)), listen(b, event.LaneSubjects)
	want := event.Hint{Kind: event.ChatMoved, Tenant: 1, User: 7, Chat: 9}
	for want.Seq = 1; want.Seq <= 1000; want.Seq++ {
		b.Publish(want)
	}
	b.Publish(event.Hint{Kind: event.ChatMoved, Tenant: 2, User: 7})
	b.Publish(event.Hint{Kind: event.ChatMoved, Tenant: 1, User: 8})
	b.Publish(event.Hint{Kind: event.LaneReady, Tenant: 2, Number: 3})
	require.Equal(t, event.Hint{Kind: event.LaneReady, Tenant: 2, Number: 3}, next(t, lanes))
	for want.Seq = 1; want.Seq <= 1000; want.Seq++ {
		require.Equal(t, want, next(t, noor))
	}
	require.Empty(t, noor)
}

func TestACancelledSubscriberHearsNoMore(t *testing.T) {
	t.Parallel()
	b := open(t, bus.Config{})
	var calls atomic.Int32
	cancel := b.Subscribe(event.StopSubjects, func(event.Hint) { calls.Add(1) })
	others := listen(b, event.StopSubjects)
	stop := event.Hint{Kind: event.Stopped, Tenant: 1, Address: "+14155550142"}
	b.Publish(stop)
	next(t, others)
	require.Eventually(t, func() bool { return calls.Load() == 1 }, soon, time.Millisecond)
	cancel()
	cancel()
	b.Publish(stop)
	require.Equal(t, stop, next(t, others))
	require.EqualValues(t, 1, calls.Load())
}

func TestASlowSubscriberHoldsUpNobody(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	b := open(t, bus.Config{Metrics: reg})
	release := make(chan struct{})
	defer close(release)
	started := make(chan struct{}, 1)
	b.Subscribe("agent.1.1", func(event.Hint) {
		select {
		case started <- struct{}{}:
		default:
		}
		<-release
	})
	slow := event.Hint{Kind: event.ChatMoved, Tenant: 1, User: 1}
	b.Publish(slow)
	<-started
	quick := listen(b, "agent.1.2")
	require.Eventually(t, func() bool { // floods until the slow one's inbox is over
		for range 4096 {
			b.Publish(slow)
		}
		return counter(t, reg, "slow_consumers") > 0
	}, 2*soon, time.Millisecond)
	require.Eventually(t, func() bool {
		b.Publish(event.Hint{Kind: event.OffersChanged, Tenant: 1, User: 2})
		return len(quick) > 0
	}, soon, time.Millisecond)
}

func TestCloseDeliversWhatWasPublished(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	reg := prometheus.NewRegistry()
	b, err := bus.Open(t.Context(), bus.Config{Metrics: reg})
	require.NoError(t, err)
	got := listen(b, event.SettingsSubjects)
	for range 500 {
		b.Publish(event.Hint{Kind: event.Settings, Tenant: 1})
	}
	require.NoError(t, b.Close(t.Context()))
	require.NoError(t, b.Close(t.Context()))
	require.Len(t, got, 500)
	require.Error(t, b.Healthy())

	b.Publish(event.Hint{Kind: event.Settings, Tenant: 1})
	b.Subscribe("settings.1", func(event.Hint) {})()
	require.EqualValues(t, 500, counter(t, reg, "published"))
	require.EqualValues(t, 1, counter(t, reg, "dropped"))
	require.EqualValues(t, 1, counter(t, reg, "failures"))
}

func secret() []byte { return []byte("a secret of thirty-two characters") }

func TestTwoBusesMeetWhicheverIsToldOfTheOther(t *testing.T) {
	t.Parallel()
	ann := open(t, bus.Config{Cluster: &bus.Cluster{Secret: secret()}})
	bob := open(t, bus.Config{Cluster: &bus.Cluster{Secret: secret(), Listen: "127.0.0.1:0", Advertise: "localhost"}})
	require.Contains(t, bob.RouteURL(), "nats-route://localhost:")
	require.NoError(t, ann.SetRoutes([]string{ann.RouteURL(), bob.RouteURL(), "", "::"}))
	heard := listen(bob, event.SettingsSubjects)
	require.Eventually(t, func() bool {
		ann.Publish(event.Hint{Kind: event.Settings, Tenant: 5})
		return len(heard) > 0
	}, soon, 10*time.Millisecond)
	require.Equal(t, 1, ann.Routes())

	require.NoError(t, bob.SetRoutes([]string{ann.RouteURL()}))
	require.NoError(t, ann.Healthy())
	require.Equal(t, 1, bob.Routes())
}

func TestWhoDoesNotKnowTheSecretStaysOutside(t *testing.T) {
	t.Parallel()
	ann := open(t, bus.Config{Cluster: &bus.Cluster{Secret: secret()}})
	eve := open(t, bus.Config{Cluster: &bus.Cluster{Secret: []byte("another secret of some length")}})
	bob := open(t, bus.Config{Cluster: &bus.Cluster{Secret: secret()}})
	require.NoError(t, ann.SetRoutes([]string{eve.RouteURL()}))
	require.NoError(t, eve.SetRoutes([]string{ann.RouteURL()}))
	require.NoError(t, bob.SetRoutes([]string{ann.RouteURL(), eve.RouteURL()}))
	require.Eventually(t, func() bool { return bob.Routes() == 1 && ann.Routes() == 1 }, soon, 10*time.Millisecond)
	require.Zero(t, eve.Routes())
}

func TestABusCanRunThroughANATSElsewhere(t *testing.T) {
	t.Parallel()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true})
	require.NoError(t, err)
	go s.Start()
	require.True(t, s.ReadyForConnections(soon))
	t.Cleanup(s.Shutdown)
	ann, bob := open(t, bus.Config{URL: s.ClientURL()}), open(t, bus.Config{URL: s.ClientURL()})
	heard := listen(bob, event.LaneSubjects)
	require.Eventually(t, func() bool {
		ann.Publish(event.Hint{Kind: event.LaneReady, Tenant: 1, Number: 2})
		return len(heard) > 0
	}, soon, 10*time.Millisecond)
	require.NoError(t, bob.Healthy())

	absent := open(t, bus.Config{URL: "nats://127.0.0.1:1"})
	require.Error(t, absent.Healthy())
	absent.Publish(event.Hint{Kind: event.LaneReady, Tenant: 1})
}

func TestABadConfigurationIsRefused(t *testing.T) {
	t.Parallel()
	for want, cfg := range map[string]bus.Config{
		"exclude each other": {URL: "nats://127.0.0.1:1", Cluster: &bus.Cluster{Secret: secret()}},
		"too short":          {Cluster: &bus.Cluster{}},
		"address":            {Cluster: &bus.Cluster{Secret: secret(), Listen: "7946"}},
		"port":               {Cluster: &bus.Cluster{Secret: secret(), Listen: "127.0.0.1:many"}},
		"connect":            {URL: "http://" + strings.Repeat("%", 3)},
	} {
		_, err := bus.Open(t.Context(), cfg)
		require.ErrorContains(t, err, want)
	}
}
