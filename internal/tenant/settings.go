package tenant

import (
	"strings"
	"time"

	"sidetone/internal/id"
	"sidetone/internal/tenant/reply"
)

// Stored is a setting as its row holds it. Queue 0 is the tenant.
type Stored struct {
	Queue id.Queue
	Key   string
	Value []byte // JSON
}

// Book is every setting of one tenant, as it was read. It is never changed, so caches may share it.
type Book struct {
	name   string // the tenant's, for an empty company_name
	layers map[id.Queue]layer
}

type layer map[string]value

// NewBook reads the rows of a tenant. A row that is no longer valid (an older release wrote it, say) counts as not set:
// one bad value must not stop a channel.
func NewBook(tenantName string, rows []Stored) Book {
	b := Book{name: tenantName, layers: map[id.Queue]layer{}}
	for _, r := range rows {
		s, ok := Find(r.Key)
		if !ok || (r.Queue != 0 && s.Level != LevelQueue) {
			continue
		}
		v, err := s.decode(r.Value)
		if err != nil {
			continue
		}
		if b.layers[r.Queue] == nil {
			b.layers[r.Queue] = layer{}
		}
		b.layers[r.Queue][r.Key] = v
	}
	return b
}

// Tenant returns the settings of the tenant itself.
func (b Book) Tenant() Settings { return b.Resolve() }

// Resolve returns the settings of a queue. The chain is the queue, its parent, and so on to the root.
func (b Book) Resolve(chain ...id.Queue) Settings {
	s := Settings{name: b.name}
	for _, q := range append(chain[:len(chain):len(chain)], 0) {
		if l := b.layers[q]; l != nil {
			s.layers = append(s.layers, resolved{queue: q, layer: l})
		}
	}
	return s
}

type resolved struct {
	queue id.Queue
	layer layer
}

// Settings are the settings that hold for a tenant or for one of its queues. The zero value has every default.
type Settings struct {
	name   string
	layers []resolved // the nearest first
}

// Source says where a value comes from.
type Source struct {
	From  string   // default, tenant or queue
	Queue id.Queue // whose it is, when From is queue
}

func (s Settings) find(key string) (value, Source, bool) {
	for _, l := range s.layers {
		if v, ok := l.layer[key]; ok {
			if l.queue == 0 {
				return v, Source{From: "tenant"}, true
			}
			return v, Source{From: "queue", Queue: l.queue}, true
		}
	}
	return value{}, Source{From: "default"}, false
}

// Source says where the value of a key comes from.
func (s Settings) Source(key string) Source {
	_, source, _ := s.find(key)
	return source
}

// Value is the value of a key in its JSON form, for a settings page; nil for an unknown key.
func (s Settings) Value(key string) any {
	setting, ok := Find(key)
	if !ok {
		return nil
	}
	v, _, ok := s.find(key)
	if !ok {
		return setting.Default
	}
	return setting.value(v)
}

// value is the JSON form of a value.
func (s Setting) value(v value) any {
	switch s.Kind {
	case KindDuration, KindCount:
		return v.num
	case KindSwitch:
		return v.on
	case KindWords:
		return v.list
	case KindHours:
		return v.open
	default:
		return v.text
	}
}

// Duration is the value of a duration; 0 may mean off.
func (s Settings) Duration(k DurationKey) time.Duration {
	setting := byKey[string(k)]
	if v, _, ok := s.find(string(k)); ok {
		return time.Duration(v.num) * setting.unit
	}
	return time.Duration(setting.Default.(int)) * setting.unit
}

// Count is the value of a count.
func (s Settings) Count(k CountKey) int {
	if v, _, ok := s.find(string(k)); ok {
		return v.num
	}
	return byKey[string(k)].Default.(int)
}

// On is the value of a switch.
func (s Settings) On(k SwitchKey) bool {
	if v, _, ok := s.find(string(k)); ok {
		return v.on
	}
	return byKey[string(k)].Default.(bool)
}

// Choice is the value of a choice.
func (s Settings) Choice(k ChoiceKey) string {
	if v, _, ok := s.find(string(k)); ok {
		return v.text
	}
	return byKey[string(k)].Default.(string)
}

// Line is the value of a line.
func (s Settings) Line(k LineKey) string {
	if v, _, ok := s.find(string(k)); ok {
		return v.text
	}
	return byKey[string(k)].Default.(string)
}

// Words is the value of a list of words. It is shared: do not change it.
func (s Settings) Words(k WordsKey) []string {
	if v, _, ok := s.find(string(k)); ok {
		return v.list
	}
	return byKey[string(k)].Default.([]string)
}

// Hours are the hours of operation, nil when none were set (always open), and their zone.
func (s Settings) Hours() (*Hours, *time.Location) {
	zone, err := time.LoadLocation(s.Line(TimeZone))
	if err != nil { // it was checked when it was set; the machine has lost its zones
		zone = time.UTC
	}
	v, _, _ := s.find(OpeningHours)
	return v.open, zone
}

// Company is the brand that texts name.
func (s Settings) Company() string {
	if v := s.Line(CompanyName); v != "" {
		return v
	}
	return s.name
}

// Support is the contact that a HELP reply gives; without one of the tenant's it says, in the reply's language, that this
// number is it.
func (s Settings) Support(lang string) string {
	if v := s.Line(SupportContact); v != "" {
		return v
	}
	return reply.Contact(lang)
}

// Text is a text in a language. It falls back from a regional language to its base, to the tenant's default language,
// then to English.
func (s Settings) Text(kind TextKind, lang string) string {
	text, _, _ := s.TextIn(kind, lang)
	return text
}

// TextIn is Text with the language that the text was found in, and where it comes from.
func (s Settings) TextIn(kind TextKind, lang string) (text, in string, from Source) {
	for _, l := range []string{lang, base(lang), s.Line(DefaultLanguage), base(s.Line(DefaultLanguage)), "en"} {
		if v, from, ok := s.find(TextKey(kind, l)); ok {
			return v.text, l, from
		}
		if text, in := reply.Default(kind, l); in == l {
			return text, l, Source{From: "default"}
		}
	}
	return "", lang, Source{From: "default"}
}

func base(lang string) string {
	b, _, _ := strings.Cut(lang, "-")
	return b
}

// Timers are the timers of a chat (spec 1.5) as its state machine wants them. 0 is off.
type Timers struct {
	Selecting, UnansweredInHours, UnansweredAfterHours, Outbound, Chat, Dismissal time.Duration
}

// Timers never let the dismissal come after a chat timeout that is on, and have none where agents dismiss by hand.
func (s Settings) Timers() Timers {
	t := Timers{
		Selecting:            s.Duration(SelectingTimeout),
		UnansweredInHours:    s.Duration(UnansweredInHours),
		UnansweredAfterHours: s.Duration(UnansweredAfterHours),
		Outbound:             s.Duration(OutboundTimeout),
		Chat:                 s.Duration(ChatTimeout),
		Dismissal:            s.Duration(Dismissal),
	}
	if t.Chat > 0 {
		t.Dismissal = min(t.Dismissal, t.Chat)
	}
	if !s.On(DismissalAutomatic) {
		t.Dismissal = 0
	}
	return t
}
