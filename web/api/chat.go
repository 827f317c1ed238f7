package api

import (
	"strconv"
	"strings"
	"time"

	"sidetone/chat"
	"sidetone/internal/id"
	gen "sidetone/openapi/gen/public"
	"sidetone/openapi/iso"
	"sidetone/queues"
)

// placesMost bounds what is numbered within a chat: the id of a participant or a transfer is the chat's and its place in it.
const placesMost = 1024

// chat is a chat as the contract has it. It is the only place where one becomes so.
func (s *server) chat(c *call, d chat.Detail) gen.Chat {
	out := gen.Chat{
		Id: int64(d.ID), Lang: d.Lang, ChatType: gen.ChatChatTypeSMS, Status: gen.ChatStatus(d.Status), CreatedAt: iso.Time(d.CreatedAt),
		UpdatedAt: iso.Of(d.UpdatedAt), QueuedAt: iso.Of(d.QueuedAt), AssignedAt: iso.Of(d.AssignedAt), EndsAt: iso.Of(d.EndedAt),
		WaitDuration: seconds(d.Waited), ChatDuration: seconds(d.Handled), DisconnectedBy: gen.DisconnectedByUnknown,
		SelectedMenu: selectedMenu(d.Line), MenuPath: menuPath(d.Line), AgentInfo: agentInfo(d.Agent), EndUser: gen.EndUser{Id: int64(d.EndUser)},
		Photos: []gen.Media{}, Videos: []gen.Media{}, Transfers: transfers(d), Participants: participants(d),
		OfferType: offerType(d.Offers), OfferEvents: offerEvents(d.Offers), AnswerType: new(gen.Manual), OutboundNumber: d.Number,
	}
	if d.DisconnectedBy != "" {
		out.DisconnectedBy = gen.DisconnectedBy(d.DisconnectedBy)
	}
	if d.FailReason != "" {
		out.FailReason = new(gen.EndedBecause(d.FailReason))
	}
	if d.Auto {
		out.AnswerType = new(gen.Auto)
	}
	for _, f := range d.Files {
		m := gen.Media{Id: int64(f.ID), Url: s.Media.Link(c.token.Tenant.ID, f.ID), ContentType: f.Type, CreatedAt: iso.Time(f.CreatedAt)}
		if strings.HasPrefix(f.Type, "video/") {
			out.Videos = append(out.Videos, m)
		} else {
			out.Photos = append(out.Photos, m)
		}
	}
	return out
}

func transfers(d chat.Detail) []gen.Transfer {
	out := make([]gen.Transfer, len(d.Transfers))
	for i, t := range d.Transfers {
		out[i] = gen.Transfer{
			Id: int64(d.ID)*placesMost + int64(t.Place), Status: gen.TransferStatus(t.State), FailReason: word(t.Why), CreatedAt: iso.Time(t.BeganAt),
			FromMenu: menuPath(t.FromLine), ToMenu: menuPath(t.ToLine), FromAgent: agentInfo(t.From), ToAgent: agentInfo(t.To),
		}
	}
	return out
}

func participants(d chat.Detail) []gen.Participant {
	out := make([]gen.Participant, len(d.Participants))
	for i, p := range d.Participants {
		o := gen.Participant{
			Id: int64(d.ID)*placesMost + int64(p.Place), Type: gen.ParticipantTypeEndUser, Status: gen.ParticipantStatusConnected,
			ChatId: int64(d.ID), ConnectedAt: iso.Time(p.Since), EndedAt: iso.Of(p.Until), FailReason: gen.FailReasonNothing,
		}
		if p.User != 0 {
			o.Type, o.UserId = gen.ParticipantTypeAgent, number(p.User)
		} else {
			o.EndUserId = number(d.EndUser)
		}
		if !p.Until.IsZero() {
			o.Status, o.ChatDuration = gen.ParticipantStatusFinished, new(seconds(p.Until.Sub(p.Since)))
		}
		out[i] = o
	}
	return out
}

// offerType is how the chat was offered last; to one agent alone is deltacast, whatever the reason.
func offerType(offers []chat.OfferMade) *gen.ChatOfferType {
	if len(offers) == 0 {
		return nil
	}
	if offers[len(offers)-1].Mode == string(gen.Multicast) {
		return new(gen.Multicast)
	}
	return new(gen.Deltacast)
}

func offerEvents(offers []chat.OfferMade) []gen.OfferEvent {
	out := make([]gen.OfferEvent, len(offers))
	for i, o := range offers {
		out[i] = gen.OfferEvent{
			Id: int64(o.ID), AgentId: int64(o.User), State: gen.OfferEventState(o.State), CreatedAt: iso.Time(o.CreatedAt), ClosedAt: iso.Of(o.ClosedAt),
		}
	}
	return out
}

func agentInfo(p *chat.Person) *gen.AgentInfo {
	if p == nil {
		return nil
	}
	first, last, _ := strings.Cut(p.Name, " ")
	return &gen.AgentInfo{Id: int64(p.ID), Email: p.Email, Name: p.Name, FirstName: first, LastName: last}
}

// menuType is the tree that a queue belongs to.
func menuType(n *queues.Node) gen.MenuType {
	if n.Channel == queues.IVR {
		return gen.IvrMenu
	}
	return gen.SmsMenu
}

func selectedMenu(line []*queues.Node) *gen.SelectedMenu {
	if len(line) == 0 {
		return nil
	}
	n := line[len(line)-1]
	return &gen.SelectedMenu{
		Id: int64(n.ID), Name: n.Name, ParentId: number(n.Parent), Position: int32(n.Position), Deleted: n.Gone, Hidden: n.Hidden, MenuType: menuType(n),
	}
}

func menuPath(line []*queues.Node) *gen.MenuPath {
	if len(line) == 0 {
		return nil
	}
	names, ids := make([]string, len(line)), make([]string, len(line))
	for i, n := range line {
		names[i], ids[i] = n.Name, strconv.FormatInt(int64(n.ID), 10)
	}
	return &gen.MenuPath{ItemsCount: int32(len(line)), Name: strings.Join(names, "/"), MaterializedPath: strings.Join(ids, "/")}
}

// seconds are whole ones.
func seconds(d time.Duration) int64 { return max(0, int64(d/time.Second)) }

// number is an id that may be missing.
func number[T id.ID](v T) *int64 {
	if v == 0 {
		return nil
	}
	return new(int64(v))
}

// word is a text that may be missing.
func word(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
