package queues

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// insertTeam makes a team that serves queues.
func (o *office) insertTeam(t testing.TB, name string, queues ...id.Queue) id.Team {
	t.Helper()
	team := scan[id.Team](t, o, "insert into teams (tenant_id, name) values ($1, $2) returning id", name)
	for _, q := range queues {
		o.exec(t, "insert into queue_teams (tenant_id, queue_id, team_id) values ($1, $2, $3)", q, team)
	}
	return team
}

func (o *office) join(t testing.TB, team id.Team, agents ...id.User) {
	t.Helper()
	for _, a := range agents {
		o.exec(t, "insert into team_members (tenant_id, team_id, user_id) values ($1, $2, $3)", team, a)
	}
}

// Agents and teams are assigned to leaf queues (spec 1.1).
func TestWhoServesAQueueThroughATeamIsOfferedItsChats(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ann, bob := o.insertAgent(t, "Ann", serves()), o.insertAgent(t, "Bob", serves())
	cora := o.insertAgent(t, "Cora") // by herself and through the team: still one offer
	team := o.insertTeam(t, "Returns desk", o.queue)
	o.join(t, team, ann, cora)
	o.join(t, o.insertTeam(t, "Idle"), bob)
	chat := o.insertWaiting(t, time.Minute)
	o.route(t)
	require.Equal(t, []id.Chat{chat}, o.offered(t, ann))
	require.Equal(t, []id.Chat{chat}, o.offered(t, cora))
	require.Empty(t, o.offered(t, bob), "their team serves nothing")

	require.NoError(t, o.router.Decline(t.Context(), o.tenant, chat, ann))
	o.route(t)
	require.Empty(t, o.offered(t, ann), "what was declined through a team is declined")
	o.exec(t, "delete from team_members where tenant_id = $1 and user_id = $2", ann)
	o.route(t)
	require.Empty(t, o.offered(t, ann))
}

// A team is looked up by index, whoever else there is.
func TestTeamsDoNotMakeRoutingReadOtherPeople(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	other := o.insertQueue(t)
	crowd := o.insertTeam(t, "Crowd", other)
	o.exec(t, `with u as (insert into users (tenant_id, email, name, roles) select $1, i || '@example.com', 'Away', '{agent}'
		from generate_series(1, 2000) i returning id) insert into team_members (tenant_id, team_id, user_id) select $1, $2, id from u`, crowd)
	ann := o.insertAgent(t, "Ann", serves())
	o.join(t, o.insertTeam(t, "Returns desk", o.queue), ann)
	o.insertWaiting(t, time.Minute)
	o.analyze(t)
	agents := o.explain(t, freeAgents, 5, noon, o.tenant, tenant.Available)
	require.LessOrEqual(t, agents.read("team_members"), 2, fmt.Sprint(agents))
	heads := o.explain(t, oldestWaiting, o.tenant, []int64{int64(o.queue)}, []int{5}, []int64{int64(ann)})
	require.LessOrEqual(t, heads.read("team_members"), 2, fmt.Sprint(heads))
}
