package chat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier"
	"sidetone/internal/carrier/media"
	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/pg"
)

func mediaIDs(parts []carrier.Media) []id.Media {
	ids := make([]id.Media, len(parts))
	for i, m := range parts {
		ids[i] = m.ID
	}
	return ids
}

// Parts reads the media of a text as they are stored. Where the carrier keeps a part is left out.
func Parts(raw json.RawMessage) []carrier.Media {
	if len(raw) == 0 {
		return nil
	}
	var parts []carrier.Media
	if json.Unmarshal(raw, &parts) != nil {
		return nil
	}
	for i := range parts {
		parts[i].URL = ""
		if parts[i].State == "" {
			parts[i].State = media.Fetching // of before they were fetched
		}
	}
	return parts
}

// checkFiles refuses what can be seen without looking.
func (s *Service) checkFiles(files []id.Media) error {
	switch {
	case len(files) == 0:
		return nil
	case s.Media == nil:
		return errs.Field("media", "Pictures cannot be sent here")
	case len(files) > media.MostParts:
		return errs.Field("media", "A text has at most %d files", media.MostParts)
	}
	for i, f := range files {
		if f <= 0 || slices.Contains(files[:i], f) {
			return errs.Field("media", "media names each uploaded file once")
		}
	}
	return nil
}

// queueMedia adds the locks on media behind that on the consumer.
func (o *operation) queueMedia(b *pgx.Batch) {
	if len(o.files) > 0 {
		media.QueueUploads(b, o.tenant, o.author, o.files, func(found map[id.Media]carrier.Media) { o.found = found })
	}
	if o.settling != nil {
		media.QueueLocked(b, o.tenant, o.settling.Outcomes, func(open map[id.Media]bool) { o.open = open })
	}
}

// attach gives the agent's files to the text that is about to be saved, once all of them are known to be theirs.
func (o *operation) attach(ctx context.Context, l *loaded) error {
	if len(o.files) == 0 {
		return nil
	}
	if !l.number.MMS {
		return errs.Field("media", "This chat's number cannot send pictures")
	}
	if err := o.Media.Fetchable(ctx, l.number.Account); err != nil {
		return err
	}
	for _, f := range o.files {
		m, ok := o.found[f]
		if !ok {
			return errs.Field("media", "File %d is not there, is not yours, or was sent before", f)
		}
		o.w.attached = append(o.w.attached, m)
	}
	o.w.attachedTo, o.w.attachedBy = o.chat, o.clientID
	return nil
}

// settle keeps those outcomes that are news. It reports false when none is.
func (o *operation) settle() bool {
	if o.settling == nil {
		return true
	}
	s := news(*o.settling, o.open)
	o.w.settled = &s
	return len(s.Outcomes) > 0
}

func news(s media.Settlement, open map[id.Media]bool) media.Settlement {
	s.Outcomes = slices.DeleteFunc(slices.Clone(s.Outcomes), func(o media.Outcome) bool { return !open[o.ID] })
	return s
}

// SettleMedia records what became of a text's parts and shows it to the chat's agent. A refused part leaves a note in a chat
// that is active. Outcomes that are known already change nothing.
func (s *Service) SettleMedia(ctx context.Context, t id.Tenant, settlement media.Settlement) error {
	if settlement.Chat == 0 {
		return s.settleAlone(ctx, t, settlement)
	}
	for _, o := range settlement.Outcomes { // one by one: each refused part has its own note
		one := settlement
		one.Outcomes = []media.Outcome{o}
		op := &operation{
			Service: s, tenant: t, chat: one.Chat, settling: &one, event: MediaSettled{Reason: string(o.Reason)},
		}
		if err := op.do(ctx); err != nil {
			return fmt.Errorf("settle media of chat %d: %w", one.Chat, err)
		}
		agent := op.row.AgentID
		if agent == 0 {
			agent = op.row.LastAgentID
		}
		if agent != 0 {
			s.Publish(event.Hint{
				Kind: event.MessageStatus, Tenant: t, User: id.User(agent), Chat: one.Chat, From: one.Seq, Seq: one.Seq,
			})
		}
	}
	return nil
}

// settleAlone is for texts that are in no chat.
func (s *Service) settleAlone(ctx context.Context, t id.Tenant, settlement media.Settlement) error {
	var open map[id.Media]bool
	err := s.DB.TenantBatch(ctx, t, func(b *pgx.Batch) {
		media.QueueLocked(b, t, settlement.Outcomes, func(found map[id.Media]bool) { open = found })
	}, func(tx pgx.Tx) error {
		fresh := news(settlement, open)
		if len(fresh.Outcomes) == 0 {
			return nil
		}
		b := &pgx.Batch{}
		media.QueueSettlement(b, t, fresh, s.now())
		return pg.CommitBatch(ctx, tx, b)
	})
	if err != nil && !errors.Is(err, pg.ErrCommitted) {
		return fmt.Errorf("settle media of text %d: %w", settlement.Message, err)
	}
	return nil
}
