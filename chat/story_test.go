package chat

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/queues"
)

// TestStories tells the stories of testdata/: a command, what came of it, the next one. `go test ./chat -rewrite` writes
// them anew; a changed story is committed only when the change can be explained. Together they tell every row of the tables
// in spec 1.3 and 1.5, in English and in another language (story_rows_test.go).
func TestStories(t *testing.T) {
	t.Parallel()
	all := told{}
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := newStory(t)
		s.note = func(m moment) { all.note(filepath.Base(path), m) }
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string { return s.tell(t, d) })
	})
	if !t.Failed() {
		all.check(t)
	}
}

// story is a pair's life: one number, one consumer.
type story struct {
	nodes []queues.Node
	rules *Rules
	chat  Chat
	pair  Pair
	now   time.Time

	told     int  // after-hour texts in this chat
	wentBack bool // the clock has
	gone     bool // the chat's agent has left their desk
	note     func(moment)
}

// storyTarget is the agent to whom a chat goes: there, available and with a free slot, unless the story says otherwise.
func storyTarget(d *datadriven.TestData) Target {
	return Target{
		Name: "Bob", Exists: !d.HasArg("nobody"), Serves: !d.HasArg("stranger"), Available: !d.HasArg("away"),
		Free: map[bool]int{false: 1, true: 0}[d.HasArg("full")],
	}
}

// The tree of the stories: Support > (Returns > (Damaged item, Wrong item), Orders), a hidden Billing, and Sales, a leaf;
// and an entry each in Spanish, French, Portuguese and German.
func storyTree() []queues.Node {
	return []queues.Node{
		{ID: 1, Name: "Support", Lang: "en"},
		{ID: 2, Parent: 1, Position: 1, Name: "Returns", Lang: "en"},
		{ID: 3, Parent: 2, Position: 1, Name: "Damaged item", Keywords: []string{"broken"}, Lang: "en"},
		{ID: 4, Parent: 2, Position: 2, Name: "Wrong item", Lang: "en"},
		{ID: 5, Parent: 1, Position: 2, Name: "Orders", Keywords: []string{"order status"}, Lang: "en"},
		{ID: 6, Parent: 1, Position: 3, Name: "Billing", Hidden: true, Keywords: []string{"invoice"}, Lang: "en"},
		{ID: 7, Name: "Sales", Lang: "en"},
		{ID: 8, Name: "Soporte", Lang: "es"},
		{ID: 9, Parent: 8, Position: 1, Name: "Envíos", Lang: "es"},
		{ID: 10, Parent: 8, Position: 2, Name: "Pagos", Lang: "es"},
		{ID: 11, Name: "Assistance", Lang: "fr"},
		{ID: 12, Parent: 11, Position: 1, Name: "Livraison", Keywords: []string{"colis"}, Lang: "en"}, // the root's language holds
		{ID: 13, Parent: 11, Position: 2, Name: "Retours", Lang: "fr"},
		{ID: 14, Name: "Atendimento", Lang: "pt"},
		{ID: 15, Parent: 14, Position: 1, Name: "Entregas", Lang: "pt"},
		{ID: 16, Parent: 14, Position: 2, Name: "Pagamentos", Keywords: []string{"boleto"}, Lang: "pt"},
		{ID: 17, Name: "Hilfe", Lang: "de"},
	}
}

func newStory(t require.TestingT) *story {
	s := &story{note: func(moment) {}, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), nodes: storyTree()}
	s.set(t)
	s.pair.Entry = 1
	return s
}

func (s *story) set(t require.TestingT, settings ...tenant.Stored) {
	var err error
	s.rules, err = NewRules(tenant.NewBook("Fernhill", settings), nil, s.nodes)
	require.NoError(t, err)
}

func (s *story) tell(t *testing.T, d *datadriven.TestData) string {
	switch d.Cmd {
	case "number": // number queue=7 sessionless carrier-answers
		s.pair = Pair{Entry: id.Queue(argInt(d, "queue"))}
		s.pair.Sessionless, s.pair.Silent = d.HasArg("sessionless"), d.HasArg("carrier-answers")
		return ""
	case "set": // key: JSON, a line each; 7/key is of queue 7
		var rows []tenant.Stored
		for line := range strings.Lines(d.Input) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			row := tenant.Stored{Key: key, Value: []byte(value)}
			if queue, rest, ok := strings.Cut(key, "/"); ok {
				n, err := strconv.Atoi(queue)
				require.NoError(t, err)
				row.Queue, row.Key = id.Queue(n), rest
			}
			rows = append(rows, row)
		}
		s.set(t, rows...)
		return ""
	case "consumer": // consumer name=Ann
		s.pair.Name = d.CmdArgs[0].Vals[0]
		return ""
	case "estimate": // estimate 90s: of every leaf
		wait, err := time.ParseDuration(d.CmdArgs[0].Key)
		s.rules.Wait = func(id.Queue) (time.Duration, bool) { return wait, err == nil }
		return ""
	case "delete": // queue=2 substitute=5; what happens to the chat is told by queue-gone
		for i := range s.nodes {
			if q := id.Queue(argInt(d, "queue")); s.nodes[i].ID == q || s.nodes[i].Parent == q {
				s.nodes[i].Gone, s.nodes[i].Substitute = true, id.Queue(argInt(d, "substitute"))
			}
		}
		s.set(t)
		return ""
	case "queue-gone":
		return s.step(QueueGone{})
	case "blocklist":
		s.pair.Blocked = true
		return ""
	case "wait":
		wait, err := time.ParseDuration(d.CmdArgs[0].Key)
		require.NoError(t, err)
		s.now = s.now.Add(wait)
		return s.step(TimerFired{})
	case "clock": // clock 2026-03-02T16:30:00 America/New_York
		zone, err := time.LoadLocation(d.CmdArgs[1].Key)
		require.NoError(t, err)
		s.now, err = time.ParseInLocation("2006-01-02T15:04:05", d.CmdArgs[0].Key, zone)
		require.NoError(t, err)
		return ""
	case "run": // run 24h: every timer of that time fires, to the second
		span, err := time.ParseDuration(d.CmdArgs[0].Key)
		require.NoError(t, err)
		return s.run(t, s.now.Add(span))
	case "api-starts": // api-starts agent=11: with an agent; the text below
		return s.step(Outbound{By: ByAPI, Agent: id.User(argInt(d, "agent")), Body: strings.TrimSpace(d.Input)})
	case "text":
		return s.step(TextIn{Body: d.Input})
	case "accept":
		return s.step(Accept{Agent: id.User(argInt(d, "agent"))})
	case "agent":
		return s.step(AgentText{Agent: id.User(argInt(d, "agent")), Body: d.Input, ClientID: "c"})
	case "end":
		return s.step(End{Agent: id.User(argInt(d, "agent"))})
	case "dismiss":
		return s.step(Dismiss{Agent: id.User(argInt(d, "agent"))})
	case "transfer": // transfer agent=11 to-agent=12 (away, full, stranger, nobody) or to-queue=5; the note below
		return s.step(Transfer{
			By: id.User(argInt(d, "agent")), Queue: id.Queue(argInt(d, "to-queue")), Agent: id.User(argInt(d, "to-agent")),
			Note: strings.TrimSpace(d.Input), Target: storyTarget(d), Supervisor: d.HasArg("supervisor"),
		})
	case "refuse": // refuse agent=12 gone
		why := WhyDeclined
		if d.HasArg("gone") {
			why = WhyGone
		}
		return s.step(TransferRefused{Agent: id.User(argInt(d, "agent")), Why: why})
	case "desk": // desk empty: the chat's agent has left; desk open
		s.gone = d.HasArg("empty")
		return ""
	case "take-over":
		return s.step(TakeOver{By: id.User(argInt(d, "supervisor"))})
	case "whisper":
		return s.step(Whisper{By: id.User(argInt(d, "supervisor")), Text: d.Input})
	case "join":
		return s.step(Join{By: id.User(argInt(d, "supervisor"))})
	case "leave":
		return s.step(Leave{By: id.User(argInt(d, "supervisor"))})
	case "end-by":
		return s.step(EndBy{By: id.User(argInt(d, "supervisor"))})
	case "resume":
		if d.HasArg("supervisor") {
			return s.step(ResumeCall{By: id.User(argInt(d, "supervisor")), Supervisor: true})
		}
		return s.step(ResumeCall{By: id.User(argInt(d, "agent"))})
	case "program-resumes":
		return s.step(Resume{})
	case "program-ends":
		return s.step(Finish{})
	case "first-text":
		return s.step(FirstText{Agent: id.User(argInt(d, "agent")), Queue: id.Queue(argInt(d, "queue")), Body: strings.TrimSpace(d.Input), ClientID: "c"})
	case "confirm-opt-out":
		return s.step(OptOutConfirmed{By: id.User(argInt(d, "agent"))})
	case "dismiss-opt-out":
		return s.step(OptOutDismissed{By: id.User(argInt(d, "agent"))})
	}
	t.Fatalf("%s: unknown command %s", d.Pos, d.Cmd)
	return ""
}

// step does what the service does around Step: a final chat is gone for the next event of its pair but an agent's.
func (s *story) step(ev Event) string {
	if begins(ev) && s.chat.Status.Final() {
		s.chat = Chat{}
	}
	s.chat.Pair, s.chat.Rules, s.chat.AgentGone = s.pair, s.rules, s.gone
	next, effects, err := Step(s.chat, ev, s.now)
	if err != nil {
		return fmt.Sprintf("refused: %v\n", err)
	}
	was := s.chat.Status
	s.note(moment{s.chat, next, ev, effects})
	s.chat, s.pair = next, next.Pair
	var b strings.Builder
	for _, e := range effects {
		b.WriteString(describe(e))
	}
	fmt.Fprintf(&b, "-> %s", cmpOr(string(next.Status), "no chat"))
	if next.Status != was && was != None {
		fmt.Fprintf(&b, " (was %s)", was)
	}
	if !next.DueAt.IsZero() {
		fmt.Fprintf(&b, ", due in %s", next.DueAt.Sub(s.now))
	}
	return b.String() + "\n"
}

// begins tells an event that meets a pair without a chat too.
func begins(ev Event) bool {
	switch ev.(type) {
	case TextIn, FirstText, Outbound:
		return true
	}
	return false
}

func describe(e Effect) string {
	switch e := e.(type) {
	case TransferBegan:
		return fmt.Sprintf("   transfer of row %d begins by=%d queue=%d agent=%d\n", e.Seq, e.By, e.Queue, e.Agent)
	case Hear:
		return fmt.Sprintf("%s hear %s\n", row(e.Seq), e.Disposition)
	case Say:
		return fmt.Sprintf("%s say %s [%s] %s\n", row(e.Seq), e.Kind, e.Lang, strings.ReplaceAll(e.Text, "\n", " / "))
	case Speak:
		return fmt.Sprintf("%s speak agent=%d %s\n", row(e.Seq), e.Agent, e.Text)
	case Write:
		m := e.Mark
		out := fmt.Sprintf("%s mark %s", row(e.Seq), m.Kind)
		for _, part := range []struct{ name, value string }{
			{"text", m.Text}, {"queue", number(m.Queue)}, {"user", number(m.User)}, {"to", number(m.To)}, {"by", m.By}, {"reason", m.Reason},
		} {
			if part.value != "" {
				out += " " + part.name + "=" + strconv.Quote(part.value)
			}
		}
		return out + "\n"
	}
	return fmt.Sprintf("   %s %+v\n", strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", e), "chat.")), e)
}

func row(seq int) string {
	if seq == 0 {
		return " ."
	}
	return fmt.Sprintf("%2d", seq)
}

func number[T id.ID](v T) string {
	if v == 0 {
		return ""
	}
	return strconv.Itoa(int(v))
}

func cmpOr(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func argInt(d *datadriven.TestData, name string) int {
	for _, a := range d.CmdArgs {
		if a.Key == name {
			n, _ := strconv.Atoi(a.Vals[0])
			return n
		}
	}
	return 0
}
