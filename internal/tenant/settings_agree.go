package tenant

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant/reply"
)

// family is the queues of a tenant by id: who inherits from whom.
type family map[id.Queue]relative

type relative struct {
	parent id.Queue
	name   string
}

func inheritance(ctx context.Context, tx pgx.Tx, tenant id.Tenant) (family, error) {
	rows, err := sql.ListInheritance(ctx, tx, tenant)
	if err != nil {
		return nil, fmt.Errorf("read the queues of tenant %d: %w", tenant, err)
	}
	f := make(family, len(rows))
	for _, r := range rows {
		f[r.ID] = relative{id.Queue(r.ParentID), r.Name}
	}
	return f, nil
}

func (f family) name(q id.Queue) string { return f[q].name }

// chain is a queue and those above it, itself first. A loop of parents ends it.
func (f family) chain(q id.Queue) (out []id.Queue) {
	for r, ok := f[q]; ok && !slices.Contains(out, q); r, ok = f[q] {
		out = append(out, q)
		q = r.parent
	}
	return out
}

// agree refuses changed settings that contradict others, for the place where they were set and for every queue that
// inherits from it.
func (b Book) agree(f family, queue id.Queue, changes []change) error {
	changed := make(map[string]bool, len(changes))
	for _, c := range changes {
		changed[c.setting.Key] = true
	}
	if err := b.checkTexts(queue, changed); err != nil {
		return err
	}
	if err := b.Tenant().checkWords(changed); queue == 0 && err != nil {
		return err
	}
	if err := b.Resolve(f.chain(queue)...).contradiction(changed, nil); err != nil {
		return err
	}
	for _, q := range f.below(queue) {
		if err := b.Resolve(f.chain(q)...).contradiction(changed, errs.Say(" of queue %s", f.name(q))); err != nil {
			return err
		}
	}
	return nil
}

// below is every queue under one, or under the tenant, by id.
func (f family) below(queue id.Queue) (out []id.Queue) {
	for q := range f {
		if q != queue && (queue == 0 || slices.Contains(f.chain(q), queue)) {
			out = append(out, q)
		}
	}
	slices.SortFunc(out, cmp.Compare[id.Queue])
	return out
}

// contradiction refuses pairs of settings of which one was changed (spec 1.5, 1.7). A dismissal that nobody set gives way
// to a short chat timeout instead (Timers).
func (s Settings) contradiction(changed map[string]bool, of *errs.Text) error {
	minutes := func(d time.Duration) int { return int(d / time.Minute) }
	chat, dismissal := s.Duration(ChatTimeout), s.Duration(Dismissal)
	switch {
	case s.On(AutoAnswer) && s.Choice(OfferMode) != "deltacast":
		if changed[string(AutoAnswer)] {
			return errs.Field(string(AutoAnswer), "auto_answer%s needs offer_mode deltacast", of)
		}
		if changed[string(OfferMode)] {
			return errs.Field(string(OfferMode), "offer_mode must be deltacast while auto_answer%s is on", of)
		}
	case chat > 0 && dismissal > chat && s.Source(string(Dismissal)).From != "default":
		if changed[string(Dismissal)] {
			return errs.Field(string(Dismissal), "dismissal must not be longer than chat_timeout%s, which is %d minutes", of, minutes(chat))
		}
		if changed[string(ChatTimeout)] {
			return errs.Field(string(ChatTimeout), "chat_timeout must not be shorter than dismissal%s, which is %d minutes", of, minutes(dismissal))
		}
	}
	return nil
}

// checkWords refuses a word that goes back and ends the chat at once.
func (s Settings) checkWords(changed map[string]bool) error {
	at, other := ExitWords, BackWords
	if !changed[string(at)] {
		at, other = other, at
	}
	if !changed[string(at)] {
		return nil
	}
	for _, w := range s.Words(other) {
		if slices.ContainsFunc(s.Words(at), func(o string) bool { return strings.EqualFold(o, w) }) {
			return errs.Field(string(at), "%q is already one of %s", w, other)
		}
	}
	return nil
}

// checkTexts refuses texts that may not be sent as they are: unknown variables, replies to command words without the
// parts that carriers require (reference A4). A new brand is tried on the replies that have to show it.
func (b Book) checkTexts(queue id.Queue, changed map[string]bool) error {
	s := b.Tenant()
	brand := reply.Brand{Company: s.Company(), Contact: s.Support(s.Line(DefaultLanguage))}
	var rebranded string
	for _, k := range []LineKey{SupportContact, CompanyName} {
		if queue == 0 && changed[string(k)] {
			rebranded = string(k)
		}
	}
	for key, v := range b.layers[queue] {
		kind, isText := kindOf(key)
		if !isText || !changed[key] && rebranded == "" {
			continue
		}
		field := key
		if !changed[key] {
			field = rebranded
		}
		var problem *reply.Problem
		if err := reply.Validate(kind, v.text, brand); errors.As(err, &problem) {
			return errs.Field(field, "%s", problem.Says())
		} else if err != nil {
			return err
		}
	}
	return nil
}
