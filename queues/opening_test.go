package queues

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
)

func TestChatsOfAClosedQueueAreOfferedToNobody(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	closed := o.insertQueue(t)
	opens := noon.Add(time.Minute)
	o.router.InHours = func(_ context.Context, tenant id.Tenant, q id.Queue, at time.Time) (bool, error) {
		require.Equal(t, o.tenant, tenant)
		return q != closed || !at.Before(opens), nil
	}
	ann := o.insertAgent(t, "Ann", serves(o.queue, closed))
	o.insertAgent(t, "Bob", serves(closed))
	first := o.insertWaiting(t, time.Hour, closed)
	open := o.insertWaiting(t, time.Minute)
	o.route(t)
	require.Equal(t, []id.Chat{open}, o.offered(t, ann), "the longer wait is in a queue that is closed")
	require.Empty(t, o.states(t, first))
	o.clock.pass(time.Minute)
	o.route(t)
	require.Equal(t, []id.Chat{first, open}, o.offered(t, ann))
	require.Equal(t, map[string]int{"open": 2}, o.states(t, first))
}
