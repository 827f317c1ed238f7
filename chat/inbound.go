package chat

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/chat/command"
	"sidetone/internal/carrier"
	"sidetone/internal/carrier/wire"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/phone"
	"sidetone/internal/tenant"
)

// arrival is what goes through a group commit: a consumer's text, or a text of ours that opens a chat.
type arrival struct {
	account id.Account
	in      wire.Inbound

	out     *Opening // nil: a consumer's text
	opened  Opened
	refused error
}

// consumer is whose order an arrival keeps.
func (a *arrival) consumer() string {
	if a.out != nil {
		return a.out.To
	}
	return a.in.From
}

// opens says whether an arrival may begin a chat with somebody new: a dozen rows, which are cheap together.
func (a *arrival) opens() bool { return a.out != nil }

// pair is where an arrival belongs; false when the number is not ours or the sender has none.
func (a *arrival) pair(r *Rules) (k pairKey, ok bool) {
	if a.out != nil {
		_, ok = r.ByID[a.out.Number]
		return pairKey{a.out.Number, a.out.To}, ok
	}
	n, ok := r.Numbers[a.in.To]
	return pairKey{n.ID, a.in.From}, ok && addressable(a.in.From)
}

// Receive takes a consumer's text. It is durable when Receive returns nil; a repeat of (account, provider id) changes
// nothing and is nil too (spec 1.2). Texts that wait together share a commit.
func (s *Service) Receive(ctx context.Context, t id.Tenant, account id.Account, in wire.Inbound) error {
	return s.inbound.Do(ctx, t, &arrival{account: account, in: in})
}

// receive saves a group of texts of one tenant: one batch locks and reads, one writes and commits. Where chats may begin
// with people we know it takes one batch more.
func (s *Service) receive(ctx context.Context, t id.Tenant, texts []*arrival) error {
	rules, version, err := s.rules.Load(ctx, t)
	probe := false
	for range 5 {
		if err != nil {
			return err
		}
		r := &reception{Service: s, tenant: t, rules: rules, texts: texts, check: tenant.Check{Version: version}, probe: probe}
		err = r.run(ctx)
		if probe && len(texts) == 1 && texts[0].out == nil && carrier.IsRepeat(err) {
			return nil // another node saved it in this very moment
		}
		if errors.Is(err, errPairGone) || !probe && carrier.IsRepeat(err) {
			probe, err = probe || carrier.IsRepeat(err), nil
			continue
		}
		if !errors.Is(err, tenant.ErrStale) {
			return err
		}
		rules, version, err = s.rules.AtLeast(ctx, t, r.check.Now)
	}
	return errs.New(errs.Unavailable, "the settings of tenant %d change too fast", t)
}

// reception is one try at saving a group.
type reception struct {
	*Service
	tenant id.Tenant
	rules  *Rules
	texts  []*arrival
	check  tenant.Check
	probe  bool // look for repeats before anything is written; else the key of provider ids refuses them

	seen    map[seenKey]bool
	keys    []pairKey // the pairs of the group whose number is ours
	strange bool      // some of them may have no thread yet
	pairs   map[pairKey]*loaded
	chatIDs []int64
	w       *work
}

type seenKey struct {
	account id.Account
	id      string
}

type pairKey struct {
	number  id.Number
	address string
}

func (r *reception) run(ctx context.Context) error {
	r.seen, r.keys, r.pairs = map[seenKey]bool{}, r.ours(), make(map[pairKey]*loaded, len(r.texts))
	r.strange = !r.known.all(r.tenant, r.keys)
	err := r.DB.TenantBatch(ctx, r.tenant, func(b *pgx.Batch) {
		r.queuePairs(b)
		r.queueChatIDs(b)
		r.queueSeen(b)
	}, func(tx pgx.Tx) error {
		if len(r.pairs) < len(r.keys) {
			r.known.forget(r.tenant, r.keys)
			return errPairGone
		}
		if err := r.numberChats(ctx, tx); err != nil {
			return err
		}
		r.w = newWork(r.tenant, r.now())
		if err := r.step(); err != nil {
			return err
		}
		if r.Media != nil {
			if err := r.Media.Arrive(ctx, tx, r.tenant, r.w.messages); err != nil {
				return err
			}
		}
		return r.commit(ctx, tx, r.w)
	})
	if err != nil && !errors.Is(err, pg.ErrCommitted) {
		return err
	}
	r.known.add(r.tenant, r.keys)
	r.after(r.w)
	return nil
}

// errPairGone: a pair that was known has been erased; the group begins again and makes it anew.
var errPairGone = errors.New("chat: a known pair is not there")

// ours are the pairs of the group whose number is ours.
func (r *reception) ours() (keys []pairKey) {
	known := make(map[pairKey]bool, len(r.texts))
	for _, t := range r.texts {
		k, ok := t.pair(r.rules)
		if !ok || known[k] {
			continue
		}
		known[k] = true
		keys = append(keys, k)
	}
	return keys
}

// queueSeen looks for repeats, which are rare: only a group that the key of provider ids has refused asks. It comes behind the
// locks, so it sees what whoever held them has saved.
func (r *reception) queueSeen(b *pgx.Batch) {
	if !r.probe {
		if !r.strange {
			r.check.Queue(b, r.tenant)
		}
		return
	}
	byAccount := map[id.Account][]string{}
	for _, t := range r.texts {
		if t.out == nil {
			byAccount[t.account] = append(byAccount[t.account], t.in.ProviderID)
		}
	}
	if len(byAccount) == 0 && !r.strange {
		r.check.Queue(b, r.tenant)
	}
	for account, ids := range byAccount {
		b.Queue(textsSeen, ids, r.tenant, account).QueryRow(func(row pgx.Row) error {
			var found TextsSeenRow
			if err := row.Scan(&found.SettingsVersion, &found.Seen); err != nil {
				return fmt.Errorf("look for repeats: %w", err)
			}
			for _, s := range found.Seen {
				r.seen[seenKey{account, s}] = true
			}
			return r.check.Compare(found.SettingsVersion)
		})
	}
}

// queuePairs locks the consumers, makes the threads of strangers, then reads all pairs with their chats: a statement of its own
// sees what was committed by whoever held the lock before. Strangers are made for numbers that are ours still, so the version
// of the rules is compared before.
func (r *reception) queuePairs(b *pgx.Batch) {
	if len(r.keys) == 0 {
		return
	}
	numbers, addresses := make([]int64, len(r.keys)), make([]string, len(r.keys))
	for i, k := range r.keys {
		numbers[i], addresses[i] = int64(k.number), k.address
	}
	queueLocks(b, r.tenant, addresses)
	if r.strange {
		r.check.Queue(b, r.tenant)
		r.queueNewPairs(b, r.tenant, numbers, addresses)
	}
	b.Queue(readPairs, r.tenant, numbers, addresses).Query(func(rows pgx.Rows) error {
		found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ReadPairsRow])
		if err != nil {
			return fmt.Errorf("read pairs: %w", err)
		}
		for _, row := range found {
			l, err := row.load(r.number(row.NumberID), r.rules)
			if err != nil {
				return err
			}
			r.pairs[pairKey{row.NumberID, row.Address}] = l
		}
		return nil
	})
}

func (r *reception) number(n id.Number) carrier.Number { return r.rules.ByID[n] }

// queueChatIDs fetches the ids of the chats that will begin in all likelihood along with the first batch: one for each text
// of ours, and for each text of a stranger. A number that is left over is lost.
func (r *reception) queueChatIDs(b *pgx.Batch) {
	n := 0
	for _, t := range r.texts {
		if k, ok := t.pair(r.rules); ok && (t.out != nil || r.strange && r.rules.ByID[k.number].Queue != 0) {
			n++
		}
	}
	if n > 0 {
		b.Queue(nextChatIDs, n).Query(r.readChatIDs)
	}
}

func (r *reception) readChatIDs(rows pgx.Rows) error {
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	r.chatIDs = append(r.chatIDs, ids...)
	return err
}

// numberChats fetches ids for the chats that may begin and have none yet: one batch more, only if there are any.
func (r *reception) numberChats(ctx context.Context, tx pgx.Tx) error {
	n := r.mayBegin() - len(r.chatIDs)
	if n <= 0 {
		return nil
	}
	b := &pgx.Batch{}
	b.Queue(nextChatIDs, n).Query(r.readChatIDs)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("fetch ids for chats: %w", err)
	}
	return nil
}

// mayBegin is how many chats this group can begin at most: one a text, but for the only text of a pair with a chat.
func (r *reception) mayBegin() int {
	perPair := map[pairKey]int{}
	for _, t := range r.texts {
		if k, ok := t.pair(r.rules); ok && (t.out != nil || r.rules.ByID[k.number].Queue != 0) {
			perPair[k]++
		}
	}
	total := 0
	for k, n := range perPair {
		if l := r.pairs[k]; l != nil && l.chat.Status.Active() {
			n--
		}
		total += n
	}
	return total
}

// step takes the texts in the order in which they arrived.
func (r *reception) step() error {
	for _, t := range r.texts {
		if t.out != nil {
			if err := r.stepOpening(t); err != nil {
				return err
			}
			continue
		}
		key := seenKey{t.account, t.in.ProviderID}
		if r.seen[key] {
			continue
		}
		r.seen[key] = true
		in := &inboundText{account: t.account, providerID: t.in.ProviderID, body: t.in.Text, answered: t.in.OptOutType}
		for _, m := range t.in.Media {
			in.media = append(in.media, carrier.Media{URL: m.URL, Type: m.ContentType})
		}
		n, ok := r.rules.Numbers[t.in.To]
		switch {
		case !ok:
			if err := r.stepStranger(t, in); err != nil {
				return err
			}
			continue
		case !addressable(t.in.From): // a sender by name: nobody to answer
			r.w.messages = append(r.w.messages, threadless(t, in, wire.NoQueue, r.w.now))
			continue
		}
		if err := r.stepPair(r.pairs[pairKey{n.ID, t.in.From}], in); err != nil {
			return err
		}
	}
	for _, l := range r.pairs {
		r.w.keep(l)
	}
	return nil
}

func (r *reception) stepPair(l *loaded, in *inboundText) error {
	if l == nil {
		return fmt.Errorf("a thread was not found after it was made")
	}
	r.begunAnew(l)
	next, effects, err := Step(l.chat, TextIn{Body: in.body, Answered: in.answered}, r.w.now)
	if err != nil {
		return fmt.Errorf("step chat %d: %w", l.chat.ID, err)
	}
	was := l.chat.Pair.OptedOut
	r.replied(l, next.Pair.Replies)
	r.become(l, next)
	if err := r.w.apply(l, effects, in); err != nil {
		return err
	}
	if is := next.Pair.OptedOut; is != was {
		return r.consented(l.address, is)
	}
	return nil
}

// begunAnew: an earlier arrival of this group ended the pair's chat, so the next one meets none.
func (r *reception) begunAnew(l *loaded) {
	if !l.chat.Status.Final() {
		return
	}
	r.w.keep(l)
	l.chat = Chat{Pair: l.chat.Pair, Rules: l.chat.Rules}
	l.before = l.chat
}

// become is a pair after a step; a chat that has just begun gets its id.
func (r *reception) become(l *loaded, next Chat) {
	if l.chat.Status == None && next.Status != None {
		next.ID, r.chatIDs = id.Chat(r.chatIDs[0]), r.chatIDs[1:]
	}
	l.chat = next
}

// stepStranger keeps a text to a number that is not ours, or not yet. There is no pair and no voice to answer with, but
// STOP is law (spec 1.2, step 3).
func (r *reception) stepStranger(t *arrival, in *inboundText) (err error) {
	why := wire.UnknownNumber
	if m := answered(in.answered, r.rules.Words.Match(in.body)); m.Kind == command.Stop && addressable(t.in.From) {
		why = wire.Command
		r.w.consents = append(r.w.consents, carrier.Consent{
			Address: t.in.From, Action: carrier.OptOut, Source: source(m.Tier), Word: m.Word, ProviderID: in.providerID, At: r.w.now,
		})
		err = r.consented(t.in.From, true)
	}
	r.w.messages = append(r.w.messages, threadless(t, in, why, r.w.now))
	return err
}

// replied lets the consumer's pairs with our other numbers in this group know of automatic replies.
func (r *reception) replied(l *loaded, now Replies) {
	if maps.EqualFunc(l.chat.Pair.Replies, now, slices.Equal) {
		return
	}
	for k, other := range r.pairs {
		if k.address == l.address && other != l {
			elsewhere := map[id.Thread]Replies{l.thread: now}
			for thread, replies := range other.chat.Pair.Elsewhere {
				if thread != l.thread {
					elsewhere[thread] = replies
				}
			}
			other.chat.Pair.Elsewhere = elsewhere
		}
	}
}

// consented carries a consumer's word over to their pairs with our other numbers in this group: the list is the tenant's.
// Their chats with numbers outside the group end by their timers (carrier.QueueConsent makes them due).
func (r *reception) consented(address string, optedOut bool) error {
	for k, l := range r.pairs {
		if k.address != address {
			continue
		}
		l.chat.Pair.OptedOut = optedOut
		if !optedOut || !l.chat.Status.Active() {
			continue
		}
		next, effects, err := Step(l.chat, TimerFired{}, r.w.now)
		if err != nil {
			return fmt.Errorf("end chat %d: %w", l.chat.ID, err)
		}
		l.chat = next
		if err := r.w.apply(l, effects, nil); err != nil {
			return err
		}
	}
	return nil
}

// threadless is a text of which no chat can come.
func threadless(t *arrival, in *inboundText, why wire.Disposition, now time.Time) carrier.NewMessage {
	return carrier.NewMessage{
		Account: t.account, Direction: carrier.In, Sender: carrier.FromEndUser, OurAddress: t.in.To, Address: t.in.From,
		Body: in.body, Media: in.media, Disposition: why, ProviderID: in.providerID, CreatedAt: now,
	}
}

// addressable says whether texts can go back to a sender: a number, and not a name.
func addressable(from string) bool {
	_, ok := phone.FromCarrier(from)
	return ok || phone.Number(from).IsShort()
}
