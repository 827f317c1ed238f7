package api

import (
	"strings"
	"time"

	"sidetone/chat"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/public"
	"sidetone/openapi/iso"
	"sidetone/smsapi"
)

// participantsMost bounds the people of one chat; a participant's id is the chat's and their place in it.
const participantsMost = 64

// opened is the chat of a text that has just been sent.
func opened(sent smsapi.Sent) gen.Chat {
	c := sent.Chat
	out := gen.Chat{
		Id: int64(c.ID), Lang: c.Lang, ChatType: gen.ChatChatTypeSMS, Status: gen.ChatStatus(c.Status), CreatedAt: iso.Time(c.CreatedAt),
		QueuedAt: iso.Of(c.QueuedAt), AssignedAt: iso.Of(c.AssignedAt), WaitDuration: seconds(c.QueuedAt, c.AssignedAt),
		DisconnectedBy: gen.DisconnectedByUnknown, EndUser: gen.EndUser{Id: int64(sent.EndUser)},
		Photos: []gen.Media{}, Videos: []gen.Media{}, Transfers: []gen.Transfer{}, OfferEvents: []gen.OfferEvent{},
		AnswerType: new(gen.Manual), OutboundNumber: sent.Number,
		Participants: []gen.Participant{participant(c, 0, gen.ParticipantTypeEndUser, c.CreatedAt)},
	}
	out.Participants[0].EndUserId = new(int64(sent.EndUser))
	if sent.Agent != nil {
		out.AgentInfo = new(agentInfo(*sent.Agent))
		p := participant(c, 1, gen.ParticipantTypeAgent, c.AssignedAt)
		p.UserId = new(int64(sent.Agent.ID))
		out.Participants = append(out.Participants, p)
	}
	return out
}

func participant(c chat.Chat, place int64, kind gen.ParticipantType, since time.Time) gen.Participant {
	return gen.Participant{
		Id: int64(c.ID)*participantsMost + place, Type: kind, Status: gen.ParticipantStatusConnected, ChatId: int64(c.ID), ConnectedAt: iso.Time(since),
		FailReason: gen.FailReasonNothing,
	}
}

func agentInfo(u tenant.User) gen.AgentInfo {
	first, last, _ := strings.Cut(u.Name, " ")
	return gen.AgentInfo{Id: int64(u.ID), Email: u.Email, Name: u.Name, FirstName: first, LastName: last}
}

// seconds between two moments, 0 while one of them has not been.
func seconds(from, to time.Time) int64 {
	if from.IsZero() || to.IsZero() {
		return 0
	}
	return max(0, int64(to.Sub(from)/time.Second))
}
