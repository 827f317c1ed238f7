package chat

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
)

// Stats are an agent's figures beside their team's.
type Stats struct {
	Mine   Figures
	Team   Figures // the mean agent of the team, or of all when they are in none
	Agents int     // in that mean: those who answered a chat
}

// AgentStats reads the figures of one agent and of those around them.
func (s *Service) AgentStats(ctx context.Context, t id.Tenant, agent id.User, begins, ends time.Time) (out Stats, err error) {
	err = s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		mates, err := sql.TeamMates(ctx, tx, t, agent)
		if err != nil {
			return err
		}
		out = Stats{}
		if len(mates) == 0 { // whoever asks is no agent
			return nil
		}
		team, err := readSums(ctx, tx, t, begins, ends, mates)
		if err != nil {
			return err
		}
		for _, one := range team {
			if one.Agent == agent {
				out.Mine = one.figures()
			}
		}
		out.Team, out.Agents = average(team)
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("read the figures of agent %d: %w", agent, err)
	}
	return out, nil
}

// AllStats reads the figures of all agents, by name.
func (s *Service) AllStats(ctx context.Context, t id.Tenant, begins, ends time.Time) (out []Figures, err error) {
	err = s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		all, err := readSums(ctx, tx, t, begins, ends, []id.User{})
		out = out[:0]
		for _, one := range all {
			out = append(out, one.figures())
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the agents' figures: %w", err)
	}
	return out, nil
}

func readSums(ctx context.Context, tx pgx.Tx, t id.Tenant, begins, ends time.Time, agents []id.User) ([]sums, error) {
	rows, err := sql.AgentSums(ctx, tx, AgentSumsParams{Begins: begins, Ends: ends, Tenant: t, UserIds: id.Int64s(agents)})
	if err != nil {
		return nil, err
	}
	out := make([]sums, len(rows))
	for i, r := range rows {
		out[i] = sums{
			Figures: Figures{
				Agent: r.ID, Name: r.Name, Chats: r.ChatCount, Handled: r.Ended, Messages: r.Texts, Missed: r.Missed, Declined: r.Declined,
			},
			handling: seconds(r.Seconds), response: seconds(r.ReplySeconds), replied: r.Replied,
		}
	}
	return out, nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
