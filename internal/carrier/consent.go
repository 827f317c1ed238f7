package carrier

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
)

// Action is what a line of the consent ledger records.
type Action string

// The actions. The last two are an agent's answers to "reads like a request to stop"; they change no list.
const (
	OptOut        Action = "opt_out"
	OptIn         Action = "opt_in"
	FlagConfirmed Action = "flag_confirmed"
	FlagDismissed Action = "flag_dismissed"
)

// Sources of consent (spec 1.3).
const (
	ByKeyword = "keyword"
	ByPhrase  = "phrase"
	ByAgent   = "agent"
	ByAPI     = "api"
	ByCarrier = "carrier"
	ByImport  = "import"
)

// Consent is a line of the ledger: who, which numbers, word or source, text shown, when, evidence.
type Consent struct {
	Address    string // the consumer's
	Action     Action // QueueOptOut and QueueOptIn set their own when it is empty
	Scope      id.Number
	Source     string
	Word       string
	Number     id.Number // ours, over which it was said
	ProviderID string    // the text that said it
	User       id.User
	TextShown  string // the confirmation that was sent
	Evidence   string // JSON; {} when empty
	At         time.Time
}

// QueueConsent adds the statement that writes the lines to the ledger in slice order, brings the do-not-contact list up to
// date and cancels what is queued for consumers who opted out, and one that ends the chats of these. Scope 0 is the whole tenant. Of several lines about one
// consumer the last decides, so a group of texts hands all its lines over in the order in which they came.
func QueueConsent(b *pgx.Batch, tenant id.Tenant, lines []Consent) {
	n := len(lines)
	if n == 0 {
		return
	}
	ids, words, ats := make([]int64, 0, 3*n), make([]string, 0, 7*n), make([]time.Time, 0, n)
	scopes, numbers, users := cut(ids, 0, n), cut(ids, 1, n), cut(ids, 2, n)
	addresses, actions, sources, said := cut(words, 0, n), cut(words, 1, n), cut(words, 2, n), cut(words, 3, n)
	providers, shown, evidence := cut(words, 4, n), cut(words, 5, n), cut(words, 6, n)
	for _, c := range lines {
		if c.Evidence == "" {
			c.Evidence = "{}"
		}
		scopes, numbers, users = append(scopes, int64(c.Scope)), append(numbers, int64(c.Number)), append(users, int64(c.User))
		addresses, actions, sources = append(addresses, c.Address), append(actions, string(c.Action)), append(sources, c.Source)
		said, providers = append(said, clean(c.Word)), append(providers, c.ProviderID)
		shown, evidence, ats = append(shown, clean(c.TextShown)), append(evidence, c.Evidence), append(ats, c.At)
	}
	b.Queue(saveConsent, int64(tenant), addresses, actions, scopes, sources, said, numbers, providers, users, shown, evidence, ats)
	queueEnds(b, tenant, lines)
}

// queueEnds sees to it that the chats of those who opted out end, on whichever number of ours they are.
func queueEnds(b *pgx.Batch, tenant id.Tenant, lines []Consent) {
	var addresses []string
	var scopes []int64
	var ats []time.Time
	for _, c := range lines {
		if c.Action == OptOut {
			addresses, scopes, ats = append(addresses, c.Address), append(scopes, int64(c.Scope)), append(ats, c.At)
		}
	}
	if len(addresses) > 0 {
		b.Queue(endStopped, addresses, scopes, ats, int64(tenant))
	}
}

// QueueOptOut is QueueConsent for opt-outs.
func QueueOptOut(b *pgx.Batch, tenant id.Tenant, lines []Consent) {
	QueueConsent(b, tenant, withAction(lines, OptOut))
}

// QueueOptIn is QueueConsent for opt-ins. A line with an action of its own keeps it.
func QueueOptIn(b *pgx.Batch, tenant id.Tenant, lines []Consent) {
	QueueConsent(b, tenant, withAction(lines, OptIn))
}

func withAction(lines []Consent, action Action) []Consent {
	for i := range lines {
		if lines[i].Action == "" {
			lines[i].Action = action
		}
	}
	return lines
}

// OptedOutFrom tells which of the addresses may not be texted from a number; number 0 asks for the whole tenant alone.
func OptedOutFrom(ctx context.Context, tx pgx.Tx, tenant id.Tenant, number id.Number, addresses []string) (map[string]bool, error) {
	found, err := NewQueries().OptedOut(ctx, tx, tenant, addresses, int64(number))
	if err != nil {
		return nil, fmt.Errorf("read the do-not-contact list: %w", err)
	}
	set := make(map[string]bool, len(found))
	for _, a := range found {
		set[a] = true
	}
	return set, nil
}

// QueueListed adds the two reads by which a program's texts are checked: which of the addresses are on the blocklist, and which may not
// be texted from a number.
func QueueListed(b *pgx.Batch, tenant id.Tenant, number id.Number, addresses []string, blocked, out func(pgx.Rows) error) {
	b.Queue(listBlocked, tenant, addresses).Query(blocked)
	QueueOptedOut(b, tenant, number, addresses, out)
}

// QueueOptedOut adds the read of those of the addresses that may not be texted from a number.
func QueueOptedOut(b *pgx.Batch, tenant id.Tenant, number id.Number, addresses []string, out func(pgx.Rows) error) {
	b.Queue(optedOut, tenant, addresses, int64(number)).Query(out)
}

// OptedOut tells which of the addresses are on the tenant's do-not-contact list. Every entry asks it, so that the caller
// gets an error; the claim asks again (spec 1.3).
func OptedOut(ctx context.Context, tx pgx.Tx, tenant id.Tenant, addresses []string) (map[string]bool, error) {
	return OptedOutFrom(ctx, tx, tenant, 0, addresses)
}
