// Package smsapi is what programs send: texts that open a session and texts that do not (spec 2.2, 2.3): who may send, how
// many, to whom, until when.
package smsapi

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"sidetone/chat"
	"sidetone/internal/carrier"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/phone"
	"sidetone/internal/tenant"
)

// Config is what a Service works with.
type Config struct {
	DB      *pg.DB
	Chats   *chat.Service
	Tickets Tickets // nil: no CRM is connected
	Release func()  // texts without a session were accepted; nil: somebody will look
	Now     func() time.Time
}

// Tickets asks a connected CRM whether a ticket exists.
type Tickets interface {
	TicketExists(ctx context.Context, t id.Tenant, ticket string) (bool, error)
}

// Service takes programs' texts. Its methods are safe for concurrent use.
type Service struct{ Config }

// New makes the service.
func New(cfg Config) *Service {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Service{cfg}
}

// Text is a request for a text with a session, as it came: "" is missing.
type Text struct {
	ChatType, ChatSubtype         string
	EndUserNumber, OutboundNumber string
	Message                       string
	AgentID                       id.User
	AgentEmail                    string
	TicketID                      string
	Since                         int64 // chat.Opening.Since
}

// Sent is where a text went.
type Sent struct {
	chat.Opened
	Agent *tenant.User // the chat's; nil: nobody's

	before *chat.Detail // the agent's chat with this consumer, before the text
}

// Detail is the chat as programs read it.
func (s Sent) Detail() chat.Detail {
	switch {
	case s.before != nil && s.before.ID == s.Chat.ID:
		return *s.before
	case s.Agent == nil:
		return s.Opened.Detail(nil)
	}
	return s.Opened.Detail(&chat.Person{ID: s.Agent.ID, Email: s.Agent.Email, Name: s.Agent.Name})
}

// chatTypes are the spellings that are taken for SMS, whatever the case (spec 2.2).
var chatTypes = []string{"sms", "smsap", "smsapi", "outboundsmsapi", "messaging (sms)"}

// IsChatType says whether a text names the one type of chat there is, in whichever spelling.
func IsChatType(s string) bool { return slices.Contains(chatTypes, strings.ToLower(s)) }

const apiInitiated = "api_initiated"

// Send sends a text that opens a chat, or goes on in the one of the agent given. Refusals come in the order of spec 2.2 and
// with its sentences. record adds the caller's own writes to the transaction.
func (s *Service) Send(ctx context.Context, t id.Tenant, in Text, record func(b *pgx.Batch, sent Sent) error) (Sent, error) {
	rules, err := s.Chats.Rules(ctx, t)
	if err != nil {
		return Sent{}, err
	}
	to, from, err := in.check(rules)
	if err != nil {
		return Sent{}, err
	}
	sent := Sent{}
	if in.AgentID != 0 || in.AgentEmail != "" {
		if sent.Agent, err = s.agent(ctx, t, in); err != nil {
			return Sent{}, err
		}
		if sent.before, err = s.Chats.Active(ctx, t, from.ID, string(to)); err != nil {
			return Sent{}, err
		}
	}
	if err := s.ticket(ctx, t, from.ID, to, in.TicketID); err != nil {
		return Sent{}, err
	}
	o := chat.Opening{Number: from.ID, To: string(to), Since: in.Since, Event: chat.Outbound{By: chat.ByAPI, Body: in.Message}}
	if sent.Agent != nil {
		o.Event.Agent = sent.Agent.ID
	}
	if record != nil {
		o.Record = func(b *pgx.Batch, opened chat.Opened) error { return record(b, Sent{opened, sent.Agent, sent.before}) }
	}
	sent.Opened, err = s.Chats.Open(ctx, t, o)
	return sent, said(err)
}

// check is everything that needs no database.
func (in Text) check(rules *chat.Rules) (to phone.E164, from carrier.Number, err error) {
	set := rules.Settings(0)
	switch {
	case !set.On(tenant.SMSChatEnabled):
		return to, from, refuse("", "SMS service is not enabled")
	case !set.On(tenant.OutboundSMSEnabled):
		return to, from, refuse("", "Outbound SMS service is not enabled")
	case in.ChatType == "":
		return to, from, refuse("chat_type", "chat_type needs to be provided")
	case !IsChatType(in.ChatType):
		return to, from, refuse("chat_type", "Valid chat_type needs to be provided")
	case in.ChatSubtype != "" && in.ChatSubtype != apiInitiated:
		return to, from, refuse("chat_subtype", "Valid chat_subtype needs to be provided")
	}
	if to, from, err = in.numbers(rules); err != nil {
		return to, from, err
	}
	most := set.Count(tenant.MaxMessageChars)
	switch {
	case strings.TrimSpace(in.Message) == "":
		err = refuse("message", "message is required")
	case utf8.RuneCountInString(in.Message) > most:
		err = refuse("message", "message exceeds maximum number of characters (%d)", most)
	case in.AgentID != 0 && in.AgentEmail != "":
		err = refuse("agent_id", "Only one of `agent_id` or `agent_email` can be provided.")
	}
	return to, from, err
}

func (in Text) numbers(rules *chat.Rules) (to phone.E164, from carrier.Number, err error) {
	if strings.TrimSpace(in.EndUserNumber) == "" {
		return to, from, refuse("end_user_number", "end_user_number is required")
	}
	to, region, err := phone.ParseWithRegion(in.EndUserNumber, "")
	if err != nil {
		return to, from, refuse("end_user_number", "end_user_number is invalid")
	}
	if strings.TrimSpace(in.OutboundNumber) == "" {
		return to, from, refuse("outbound_number", "outbound_number is required")
	}
	ours := phone.Number(in.OutboundNumber)
	from, known := rules.Numbers[in.OutboundNumber]
	if !known { // written in another way, perhaps
		if ours, err = phone.ParseSender(in.OutboundNumber, ""); err != nil {
			return to, from, refuse("outbound_number", "outbound_number is invalid")
		}
		from, known = rules.Numbers[string(ours)]
	}
	if !known || !from.Can(carrier.CanSend) || !from.Verified() {
		return to, from, refuse("outbound_number", "outbound_number is not found")
	}
	if !rules.Settings(0).On(tenant.NonUSNumbers) {
		switch {
		case !phone.InUS(region):
			err = refuse("end_user_number", "Non US phone number service is not enabled")
		case !ours.IsShort() && !ours.IsUS():
			err = refuse("outbound_number", "Non US phone number service is not enabled")
		}
	}
	return to, from, err
}

// agent finds the agent given. They may be offline or at their limit and need not serve the queue.
func (s *Service) agent(ctx context.Context, t id.Tenant, in Text) (*tenant.User, error) {
	var u tenant.User
	err := s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) (err error) {
		if in.AgentID != 0 {
			u, err = tenant.UserByID(ctx, tx, t, in.AgentID)
		} else {
			u, err = tenant.UserByEmail(ctx, tx, t, in.AgentEmail)
		}
		return err
	})
	field := "agent_id"
	if in.AgentID == 0 {
		field = "agent_email"
	}
	switch {
	case errs.CodeOf(err) == errs.NotFound, err == nil && (u.Disabled || !u.Has(tenant.RoleAgent)):
		return nil, refuse(field, "Agent is not found")
	case err != nil:
		return nil, fmt.Errorf("find the agent of a text: %w", err)
	}
	return &u, nil
}

// ticket asks the CRM, if one is connected. Who has opted out is refused before: the CRM may be slow.
func (s *Service) ticket(ctx context.Context, t id.Tenant, from id.Number, to phone.E164, ticket string) error {
	if s.Tickets == nil || ticket == "" {
		return nil
	}
	out, err := s.optedOut(ctx, t, from, to)
	switch {
	case err != nil:
		return err
	case out:
		return said(errs.New(errs.OptedOut, ""))
	}
	there, err := s.Tickets.TicketExists(ctx, t, ticket)
	if err != nil {
		return fmt.Errorf("ask the CRM for a ticket: %w", err)
	}
	if !there {
		return refuse("ticket_id", "Ticket is not found")
	}
	return nil
}

func (s *Service) optedOut(ctx context.Context, t id.Tenant, from id.Number, to phone.E164) (out bool, err error) {
	found := func(rows pgx.Rows) error {
		out = rows.Next() || out
		rows.Close()
		return rows.Err()
	}
	err = s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		carrier.QueueOptedOut(b, t, from, []string{string(to)}, found)
		s.Chats.QueueErased(b, t, []string{string(to)}, found)
	})
	return out, err
}

// said gives what the chat refused the API's sentence.
func said(err error) error {
	switch errs.CodeOf(err) {
	case errs.OptedOut:
		return refuse("end_user_number", "end_user_number has opted out")
	case errs.NotOwner:
		return refuse("agent_id", "Outbound SMS failed. Agent is not connected to chat.")
	case errs.Conflict:
		return refuse("end_user_number", "Outbound SMS failed. Consumer is already in an active SMS session.")
	case errs.NotFound:
		return refuse("outbound_number", "outbound_number is not found")
	}
	return err
}

func refuse(field, format string, args ...any) error {
	return errs.Field(field, format, args...)
}
