package gauge

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Bound is a target of a ratio or a plain figure.
type Bound struct {
	Value float64
	Most  bool // the figure may be at most Value, else at least
}

// AtLeast and AtMost make bounds.
func AtLeast(v float64) *Bound { return &Bound{Value: v} }

// AtMost is the bound of what should be small.
func AtMost(v float64) *Bound { return &Bound{Value: v, Most: true} }

// Met says whether a figure keeps the bound.
func (b Bound) Met(v float64) bool {
	if b.Most {
		return v <= b.Value
	}
	return v >= b.Value
}

func (b Bound) String() string {
	sign := "≥"
	if b.Most {
		sign = "≤"
	}
	return fmt.Sprintf("%s %s", sign, figure(b.Value))
}

// Row is one line of the table: what was measured, the limit beside it, and what their ratio should be.
type Row struct {
	Path   string
	Ours   string
	Limit  string  // the machine's own figure, in words; empty when there is none
	Figure float64 // the ratio, or the plain figure when there is no limit
	Target *Bound  // nil: for information
}

// Verdict is "met", "missed" or nothing.
func (r Row) Verdict() string {
	switch {
	case r.Target == nil:
		return ""
	case r.Target.Met(r.Figure):
		return "met"
	default:
		return "missed"
	}
}

// Table is what the bench prints.
type Table struct{ Rows []Row }

// Add appends a row.
func (t *Table) Add(r Row) { t.Rows = append(t.Rows, r) }

// Missed counts the targets that were not reached.
func (t *Table) Missed() (n int) {
	for _, r := range t.Rows {
		if r.Verdict() == "missed" {
			n++
		}
	}
	return n
}

// Write prints the table in columns.
func (t *Table) Write(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "PATH\tHERE\tTHIS MACHINE'S LIMIT\tFIGURE\tTARGET\t")
	for _, r := range t.Rows {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Path, r.Ours, orDash(r.Limit), figureOf(r), targetOf(r), r.Verdict())
	}
	return tw.Flush()
}

// Markdown prints it for a document.
func (t *Table) Markdown(w io.Writer) error {
	var b strings.Builder
	b.WriteString("| path | here | this machine's limit | figure | target | |\n|---|---|---|---|---|---|\n")
	for _, r := range t.Rows {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", r.Path, r.Ours, orDash(r.Limit), figureOf(r), targetOf(r), r.Verdict())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func figureOf(r Row) string {
	if r.Limit == "" && r.Target == nil {
		return ""
	}
	return figure(r.Figure)
}

func targetOf(r Row) string {
	if r.Target == nil {
		return ""
	}
	return r.Target.String()
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func figure(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

// PerSecond writes a rate for the table.
func PerSecond(v float64) string { return thousands(int64(v+0.5)) + "/s" }

// Speed writes a series' rate and times.
func Speed(s Series) string {
	return fmt.Sprintf("%s (p50 %s, p99 %s)", PerSecond(Median(s.Rates())), Seconds(Median(s.P50s())), Seconds(Median(s.P99s())))
}

// Times writes a series' times alone.
func Times(s Series) string {
	return fmt.Sprintf("p50 %s, p99 %s", Seconds(Median(s.P50s())), Seconds(Median(s.P99s())))
}

// Seconds writes a time given in seconds, to three digits.
func Seconds(v float64) string {
	d := time.Duration(v * float64(time.Second))
	switch {
	case d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d >= 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", v*1e3)
	case d >= time.Millisecond:
		return fmt.Sprintf("%.2f ms", v*1e3)
	default:
		return fmt.Sprintf("%.0f µs", v*1e6)
	}
}

func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
