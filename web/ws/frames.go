package ws

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"sidetone/chat"
	"sidetone/internal/carrier/media"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/queues"
	"sidetone/web/edge"
)

// The types of frame the server sends. frameTypes lists them for the test that holds them to the contract.
const (
	typeHello          = "hello"
	typeOffer          = "offer"
	typeOfferWithdrawn = "offer_withdrawn"
	typeChatAssigned   = "chat_assigned"
	typeChatUpdated    = "chat_updated"
	typeChatRemoved    = "chat_removed"
	typeMessage        = "message"
	typeEvent          = "event"
	typeMessageStatus  = "message_status"
	typeStatus         = "status"
	typeTransfer       = "transfer"
	typeAlert          = "alert"
	typeSnapshot       = "snapshot"
	typeDelta          = "delta"
	typeGoodbye        = "goodbye"
	typeOk             = "ok"
	typeError          = "error"
)

var frameTypes = []string{
	typeHello, typeOffer, typeOfferWithdrawn, typeChatAssigned, typeChatUpdated, typeChatRemoved, typeMessage,
	typeEvent, typeMessageStatus, typeTransfer, typeStatus, typeAlert, typeSnapshot, typeDelta, typeGoodbye, typeOk, typeError,
}

// frame is the envelope of everything the server sends (spec 1.8; openapi/asyncapi.yaml).
type frame struct {
	Type string  `json:"type"`
	ID   string  `json:"id,omitempty"`
	Chat id.Chat `json:"chat_id,omitempty"`
	Seq  int     `json:"seq,omitempty"`
	At   *stamp  `json:"at,omitempty"`
	Data any     `json:"data,omitempty"`
}

func (f frame) encode() ([]byte, error) {
	b, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("encode a %s frame: %w", f.Type, err)
	}
	return b, nil
}

// stamp is a time as every contract of ours writes it: UTC with milliseconds (spec 2.1).
type stamp time.Time

// MarshalJSON writes it.
func (s stamp) MarshalJSON() ([]byte, error) {
	return time.Time(s).UTC().AppendFormat(nil, `"2006-01-02T15:04:05.000Z"`), nil
}

// IsZero lets omitzero leave it out.
func (s stamp) IsZero() bool { return time.Time(s).IsZero() }

type helloData struct {
	Agent       agentData   `json:"agent"`
	Status      string      `json:"status"`
	StatusSince stamp       `json:"status_since"`
	ServerTime  stamp       `json:"server_time"`
	Limit       int         `json:"limit"`
	Chats       []chatData  `json:"chats"`
	Offers      []offerData `json:"offers"`
	WrapUps     []wrapData  `json:"wrap_ups"`
	Masked      bool        `json:"numbers_masked"`
}

type agentData struct {
	ID    id.User `json:"id"`
	Name  string  `json:"name"`
	Email string  `json:"email"`
}

type chatData struct {
	ID             id.Chat      `json:"chat_id"`
	Status         chat.Status  `json:"status"`
	Queue          *queueData   `json:"queue"`
	EndUser        consumerData `json:"end_user"`
	Number         string       `json:"number"`
	Lang           string       `json:"lang"`
	LastSeq        int          `json:"last_seq"`
	CreatedAt      stamp        `json:"created_at"`
	AssignedAt     stamp        `json:"assigned_at,omitzero"`
	LastConsumerAt stamp        `json:"last_consumer_at,omitzero"`
	LastAgentAt    stamp        `json:"last_agent_at,omitzero"`
	Flag           bool         `json:"flag,omitempty"`
	OptedOut       bool         `json:"opted_out,omitempty"`
	Preview        string       `json:"preview,omitempty"`
	ResponseTarget int          `json:"response_target,omitempty"` // seconds
	ResponseDueAt  stamp        `json:"response_due_at,omitzero"`
	StartedBy      string       `json:"started_by"`
	SubStatus      string       `json:"sub_status"`
	ReadSeq        int          `json:"read_seq"`
	Unread         int          `json:"unread"`
	Closed         *closedData  `json:"queue_closed,omitempty"`
	Transfer       *pendingData `json:"transfer,omitempty"`
}

// closedData is when the chat's queue is closed: without from it is now.
type closedData struct {
	From  stamp `json:"from,omitzero"`
	Until stamp `json:"until,omitzero"`
}

// pendingData is the transfer of a chat that is under way.
type pendingData struct {
	To    userData `json:"to"`
	Until stamp    `json:"until"`
}

type queueData struct {
	ID   id.Queue `json:"id"`
	Name string   `json:"name"`
	Path string   `json:"path"`
}

type consumerData struct {
	ID     id.EndUser `json:"id"`
	Name   string     `json:"name,omitempty"`
	Number string     `json:"number"`
	Masked bool       `json:"masked,omitempty"`
}

// consumerFrom is a consumer as whoever gets the frame sees them.
func consumerFrom(of id.EndUser, name, address string, sight edge.Sight) consumerData {
	return consumerData{of, name, sight.Number(address), sight.Masked()}
}

func chatFrom(v chat.View, sight edge.Sight) chatData {
	data := chatData{
		ID: v.ID, Status: v.Status, Queue: queueFrom(v.Queue), Number: v.Number, Lang: v.Lang, LastSeq: v.LastSeq,
		EndUser:   consumerFrom(v.EndUser.ID, v.EndUser.Name, v.EndUser.Address, sight),
		CreatedAt: stamp(v.CreatedAt), AssignedAt: stamp(v.AssignedAt),
		LastConsumerAt: stamp(v.LastConsumerAt), LastAgentAt: stamp(v.LastAgentAt),
		Flag: v.OptOutFlag, OptedOut: v.OptedOut, Preview: v.Preview,
		ResponseTarget: int(v.ResponseTarget.Seconds()), ResponseDueAt: stamp(v.ResponseDueAt),
		StartedBy: string(v.StartedBy), SubStatus: v.SubStatus(), ReadSeq: v.ReadSeq, Unread: v.Unread,
	}
	if v.Closed.Ever {
		data.Closed = &closedData{stamp(v.Closed.From), stamp(v.Closed.Until)}
	}
	if v.TransferTo.ID != 0 {
		data.Transfer = &pendingData{userData(v.TransferTo), stamp(v.TransferUntil)}
	}
	return data
}

func queueFrom(q chat.QueueRef) *queueData {
	if q.ID == 0 {
		return nil
	}
	return &queueData{q.ID, q.Name, q.Path}
}

type offerData struct {
	Chat         id.Chat      `json:"chat_id"`
	Queue        *queueData   `json:"queue"`
	EndUser      consumerData `json:"end_user"`
	Lang         string       `json:"lang"`
	Preview      string       `json:"preview"`
	WaitingSince stamp        `json:"waiting_since"`
	ExpiresAt    stamp        `json:"expires_at"`
	Transfer     *handedData  `json:"transfer,omitempty"`
}

// handedData says who holds a chat out to a colleague.
type handedData struct {
	By   userData `json:"by"`
	Note string   `json:"note,omitempty"`
}

func offerFrom(o queues.Offer, tree *queues.Tree, sight edge.Sight) offerData {
	data := offerData{
		Chat: o.Chat, EndUser: consumerFrom(o.EndUser, o.EndUserName, o.Address, sight), Lang: o.Lang,
		Preview: o.Preview, WaitingSince: stamp(o.WaitingSince), ExpiresAt: stamp(o.ExpiresAt),
	}
	if o.Queue != 0 {
		data.Queue = &queueData{ID: o.Queue}
	}
	if n := tree.Node(o.Queue); n != nil {
		data.Queue.Name, data.Queue.Path = n.Name, tree.Path(o.Queue)
	}
	if o.Transfer != 0 {
		data.Transfer = &handedData{userData{o.By, o.ByName}, o.Note}
	}
	return data
}

type withdrawnData struct {
	Why string `json:"why"`
	By  string `json:"by,omitempty"`
}

type removedData struct {
	Why    string      `json:"why"`
	By     string      `json:"by,omitempty"`
	Reason string      `json:"reason,omitempty"`
	WrapUp *wrapUpData `json:"wrap_up,omitempty"`
}

// wrapUpData is what an agent is asked when a chat has ended.
type wrapUpData struct {
	Until        stamp    `json:"until"`
	Dispositions []string `json:"dispositions"`
}

// wrapData is a chat that was to be wrapped up before the desk was opened.
type wrapData struct {
	Chat    chatData   `json:"chat"`
	EndedAt stamp      `json:"ended_at"`
	WrapUp  wrapUpData `json:"wrap_up"`
}

func wrapUpFrom(v chat.View, rules *chat.Rules) wrapUpData {
	return wrapUpData{stamp(v.Wrapped.Until), append([]string{}, rules.Settings(v.Queue.ID).Words(tenant.Dispositions)...)}
}

type statusData struct {
	Status tenant.Status `json:"status"`
	Since  stamp         `json:"since,omitzero"`
}

type alertData struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

type sentData struct {
	Message id.Message `json:"message_id"`
	Seq     int        `json:"seq"`
}

type userData struct {
	ID   id.User `json:"id"`
	Name string  `json:"name"`
}

type messageData struct {
	ID       id.Message `json:"id"`
	Sender   string     `json:"sender"`
	Kind     string     `json:"kind"`
	Text     string     `json:"text"`
	Media    parts      `json:"media"`
	Status   string     `json:"status"`
	Segments int        `json:"segments"`
	ClientID string     `json:"client_id,omitempty"`
	User     *userData  `json:"user,omitempty"`
	Erased   bool       `json:"erased,omitempty"`
	Error    *errorData `json:"error,omitempty"`
}

type errorData struct {
	Code      string `json:"code"`
	Text      string `json:"text"`
	Retryable bool   `json:"retryable"`
}

type eventData struct {
	Kind   string     `json:"kind"`
	Text   string     `json:"text,omitempty"`
	User   *userData  `json:"user,omitempty"`
	To     *userData  `json:"to,omitempty"`
	Queue  *queueData `json:"queue,omitempty"`
	By     string     `json:"by,omitempty"`
	Reason string     `json:"reason,omitempty"`
}

type messageStatusData struct {
	ID     id.Message `json:"id"`
	Status string     `json:"status"`
	Media  parts      `json:"media,omitempty"` // of a text that has some
	Error  *errorData `json:"error,omitempty"`
}

// rowFrame is a row of a transcript as it goes out.
func rowFrame(of id.Chat, row chat.Row) frame {
	at := stamp(row.At)
	f := frame{Type: typeEvent, Chat: of, Seq: row.Seq, At: &at}
	if m := row.Message; m != nil {
		f.Type = typeMessage
		f.Data = messageData{
			ID: m.ID, Sender: m.Sender, Kind: m.Kind, Text: m.Text, Media: partsOf(m.Media), Status: m.Status,
			Segments: m.Segments, ClientID: m.ClientID, User: userFrom(m.User), Erased: m.Erased, Error: errorFrom(m.Error),
		}
		return f
	}
	e := row.Event
	f.Data = eventData{
		Kind: e.Kind, Text: e.Text, User: userFrom(e.User), To: userFrom(e.To), Queue: queueFrom(e.Queue), By: e.By, Reason: e.Reason,
	}
	return f
}

func statusFrame(of id.Chat, st chat.MessageStatus) frame {
	return frame{Type: typeMessageStatus, Chat: of, Data: messageStatusData{st.ID, st.Status, partsOf(st.Media), errorFrom(st.Error)}}
}

// parts are a text's pictures and videos, as JSON; empty: it has none. A string, so that what was told can be compared.
type parts string

const noParts parts = "[]"

// MarshalJSON writes the list.
func (p parts) MarshalJSON() ([]byte, error) {
	if p == "" {
		p = noParts
	}
	return []byte(p), nil
}

// UnmarshalJSON reads it.
func (p *parts) UnmarshalJSON(b []byte) error {
	*p = parts(b)
	return nil
}

// partsOf tells what was sent and how it stands; where the carrier keeps a part stays with us.
func partsOf(raw json.RawMessage) parts {
	stored := chat.Parts(raw)
	if len(stored) == 0 {
		return ""
	}
	out, err := json.Marshal(stored)
	if err != nil {
		return ""
	}
	return parts(out)
}

// underWay tells whether a part is still being fetched.
func (p parts) underWay() bool { return strings.Contains(string(p), `"state":"`+media.Fetching+`"`) }

func userFrom(u chat.UserRef) *userData {
	if u.ID == 0 {
		return nil
	}
	return &userData{u.ID, u.Name}
}

func errorFrom(e *chat.MessageError) *errorData {
	if e == nil {
		return nil
	}
	return &errorData{e.Code, e.Text, e.Retryable}
}
