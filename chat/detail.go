package chat

import (
	"time"

	"sidetone/internal/id"
	"sidetone/queues"
)

// Detail is a chat as programs read it (spec 2.2): what it is, and everything that hangs on it.
type Detail struct {
	ID             id.Chat
	Status         Status
	Lang           string
	Line           []*queues.Node // from the top of the tree to the leaf; empty while none is chosen
	Agent          *Person        // who has it, or had it at its end
	EndUser        id.EndUser
	Number         string // ours
	CreatedAt      time.Time
	QueuedAt       time.Time
	AssignedAt     time.Time
	EndedAt        time.Time
	UpdatedAt      time.Time
	DisconnectedBy Disconnected
	FailReason     FailReason
	Waited         time.Duration // for agents, all waits together
	Handled        time.Duration // by agents, all of them together
	Auto           bool          // the server took it for its agent
	Participants   []Participant // the consumer first, then agents as they came
	Offers         []OfferMade
	Transfers      []TransferMade
	Files          []File
}

// Person is an agent as programs see them.
type Person struct {
	ID    id.User
	Email string
	Name  string
}

// Participant is the consumer, or an agent from taking the chat until it left them.
type Participant struct {
	Place int     // in the chat, from 0
	User  id.User // 0: the consumer
	Since time.Time
	Until time.Time // zero: they are connected
}

// OfferMade is a chat held out to an agent, and what came of it.
type OfferMade struct {
	ID        id.Offer
	User      id.User
	Mode      string
	State     string
	CreatedAt time.Time
	ClosedAt  time.Time
}

// TransferMade is a chat on its way from an agent to a queue or to another agent, and what came of it.
type TransferMade struct {
	Place    int // in the chat, from 1
	State    string
	Why      string // it failed
	BeganAt  time.Time
	FromLine []*queues.Node // where the chat was
	ToLine   []*queues.Node // empty: to an agent
	From     *Person
	To       *Person // nil: to a queue
}

// File is a picture or video of a chat that can be looked at.
type File struct {
	ID        id.Media
	Type      string
	CreatedAt time.Time
}

// hanging is what hangs on the chats of a page, by chat.
type hanging struct {
	marks     map[id.Chat][]DetailMarksRow
	offers    map[id.Chat][]OfferMade
	transfers map[id.Chat][]DetailTransfersRow
	files     map[id.Chat][]File
	people    map[id.User]Person
}

// person is somebody of the page, nil for nobody.
func (h hanging) person(u int64) *Person {
	if p, ok := h.people[id.User(u)]; ok {
		return &p
	}
	return nil
}

// moved tells the transfers of a chat.
func (h hanging) moved(of id.Chat, tree *queues.Tree) []TransferMade {
	rows := h.transfers[of]
	out := make([]TransferMade, len(rows))
	for i, r := range rows {
		var was int64
		for _, m := range h.marks[of] {
			if m.Seq < r.Seq && m.QueueID != 0 {
				was = m.QueueID
			}
		}
		out[i] = TransferMade{
			Place: i + 1, State: r.State, Why: r.Why, BeganAt: r.BeganAt, FromLine: tree.Line(id.Queue(was)), ToLine: tree.Line(id.Queue(r.QueueID)),
			From: h.person(r.ByID), To: h.person(r.AgentID),
		}
	}
	return out
}

// detail puts a chat together. What goes on at that time is counted up to it.
func (r DetailHeadsRow) detail(h hanging, tree *queues.Tree, now time.Time) Detail {
	d := Detail{
		ID: r.ID, Status: Status(r.Status), Lang: r.Lang, Line: tree.Line(id.Queue(r.QueueID)), EndUser: r.EndUserID, Number: r.OurAddress,
		CreatedAt: r.CreatedAt, QueuedAt: at(r.QueuedAt), AssignedAt: at(r.AssignedAt), EndedAt: at(r.EndedAt), UpdatedAt: r.UpdatedAt,
		DisconnectedBy: Disconnected(r.DisconnectedBy), FailReason: FailReason(r.FailReason), Offers: h.offers[r.ID], Files: h.files[r.ID],
	}
	d.Agent, d.Transfers = h.person(r.AgentID), h.moved(r.ID, tree)
	d.tell(h.marks[r.ID], now)
	return d
}

// tell reads the marks of a chat: who took part, how long it waited and was handled.
func (d *Detail) tell(marks []DetailMarksRow, now time.Time) {
	d.Participants = []Participant{{Since: d.CreatedAt, Until: d.EndedAt}}
	var waiting time.Time
	for _, m := range marks {
		if m.Kind == "menu_choice" || m.Kind == "queued" || m.Kind == "assigned" || m.Kind == "ended" {
			d.Waited += since(waiting, m.At)
			waiting = time.Time{}
		}
		switch m.Kind {
		case "queued":
			waiting = m.At
			d.leave(m.At)
		case "assigned":
			d.leave(m.At)
			d.Auto = m.Auto
			d.Participants = append(d.Participants, Participant{Place: len(d.Participants), User: id.User(m.UserID), Since: m.At})
		case "dismissed", "ended":
			d.leave(m.At)
		}
	}
	if d.Status == Queued {
		d.Waited += since(waiting, now)
	}
	for _, p := range d.Participants[1:] {
		until := p.Until
		if until.IsZero() {
			until = now
		}
		d.Handled += since(p.Since, until)
	}
}

// leave ends the part of the agent who has the chat.
func (d *Detail) leave(now time.Time) {
	last := &d.Participants[len(d.Participants)-1]
	if last.User != 0 && last.Until.IsZero() {
		last.Until = now
	}
}

// since is the time between two moments, 0 when the first has not been.
func since(from, to time.Time) time.Duration {
	if from.IsZero() {
		return 0
	}
	return max(0, to.Sub(from))
}

// Detail is the chat of a text of ours that has just begun it, without a look into the database.
func (o Opened) Detail(agent *Person) Detail {
	c := o.Chat
	d := Detail{
		ID: c.ID, Status: c.Status, Lang: c.Lang, EndUser: o.EndUser, Number: o.Number, CreatedAt: c.CreatedAt, AssignedAt: c.AssignedAt,
		UpdatedAt: c.CreatedAt, Participants: []Participant{{Since: c.CreatedAt}},
	}
	if c.Status == Assigned {
		d.Agent = agent
		d.Participants = append(d.Participants, Participant{Place: 1, User: c.Agent, Since: c.AssignedAt})
	}
	return d
}
