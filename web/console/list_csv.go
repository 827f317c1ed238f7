package console

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"

	"sidetone/internal/carrier"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	gen "sidetone/openapi/gen/console"
	"sidetone/queues"
	"sidetone/web/edge"
)

const (
	mostImported = 5000
	mostProblems = 100
)

// listReader reads a file of things with a header of columns, noting what is wrong with it by line and column.
type listReader struct {
	csv      *csv.Reader
	known    []string       // columns that there may be
	needed   []string       // and must be
	columns  map[string]int // by name
	paths    map[string][]id.Queue
	at       int // the line
	cells    []string
	problems []carrier.FileFault
}

// faulty is the answer about a file with problems, which are told in the language of whoever sent it.
func faulty(ctx context.Context, found []carrier.FileFault) gen.ShortcutImportRefusal {
	problems := make([]gen.ImportProblem, len(found))
	for i, p := range found {
		problems[i] = gen.ImportProblem{Line: int32(p.Line), Column: edge.Say(ctx, p.Column), Message: edge.Say(ctx, p.Says)}
	}
	return gen.ShortcutImportRefusal{
		Code: string(errs.Invalid), Field: new("csv"), RequestId: new(edge.RequestID(ctx)), Problems: &problems,
		Message: edge.Say(ctx, errs.Say("Line %d, %s: %s", found[0].Line, found[0].Column, found[0].Says)),
	}
}

func newListReader(text string, tree *queues.Tree, known []string, needed ...string) *listReader {
	r := &listReader{
		csv: csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\uFEFF"))), known: known, needed: needed,
		columns: map[string]int{}, paths: map[string][]id.Queue{},
	}
	r.csv.FieldsPerRecord = -1
	for _, n := range tree.Nodes() {
		r.paths[tree.Path(n.ID)] = append(r.paths[tree.Path(n.ID)], n.ID)
	}
	return r
}

// lines are the lines below the header, by their number, while the file can be read and not too much is wrong.
func (r *listReader) lines() iter.Seq[int] {
	return func(yield func(int) bool) {
		header, err := r.csv.Read()
		if err != nil {
			r.broken(err)
			return
		}
		if r.header(header); len(r.problems) > 0 {
			return
		}
		for n := 0; len(r.problems) < mostProblems; n++ {
			if r.cells, err = r.csv.Read(); errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				r.broken(err)
				return
			}
			if r.at, _ = r.csv.FieldPos(0); n == mostImported {
				r.add(r.at, "line", "a file may have %d lines", mostImported)
				return
			}
			if len(r.cells) > len(r.columns) {
				r.addAt(r.at, errs.Say("column %d", len(r.columns)+1), "the line has more cells than the header")
			}
			if !yield(r.at) {
				return
			}
		}
	}
}

func (r *listReader) add(line int, column, format string, args ...any) {
	r.addAt(line, carrier.ColumnNamed(column), format, args...)
}

// addAt is add for a column without a name.
func (r *listReader) addAt(line int, column *errs.Text, format string, args ...any) {
	r.problems = append(r.problems, carrier.FileFault{Line: line, Column: column, Says: errs.Say(format, args...)})
}

// broken is a file that can't be read on.
func (r *listReader) broken(err error) {
	var parse *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		r.add(1, "line", "the file is empty")
	case errors.As(err, &parse):
		r.add(parse.Line, "line", "%s", carrier.NotCSV(parse))
	default:
		r.add(1, "line", "the file can't be read")
	}
}

func (r *listReader) header(cells []string) {
	for i, c := range cells {
		name := strings.ToLower(strings.TrimSpace(c))
		_, twice := r.columns[name]
		switch {
		case !slices.Contains(r.known, name):
			r.addAt(1, errs.Say("column %d", i+1), "there is no such column; there are %s", strings.Join(r.known, ", "))
		case twice:
			r.add(1, name, "this column stands twice")
		}
		r.columns[name] = i
	}
	for _, name := range r.needed {
		if _, ok := r.columns[name]; !ok {
			r.add(1, name, "this column is missing")
		}
	}
}

// cell is what the line has in a column, "" when it has none.
func (r *listReader) cell(name string) string {
	if i, ok := r.columns[name]; ok && i < len(r.cells) {
		return strings.TrimSpace(edge.Uncell(r.cells[i]))
	}
	return ""
}

func (r *listReader) yes(column string) bool {
	switch strings.ToLower(r.cell(column)) {
	case "true", "yes", "1":
		return true
	case "false", "no", "0", "":
	default:
		r.add(r.at, column, "%s is true or false", column)
	}
	return false
}

// queue is the queue whose path a column has, 0 for none.
func (r *listReader) queue(column string) id.Queue {
	path := r.cell(column)
	if path == "" {
		return 0
	}
	switch found := r.paths[path]; len(found) {
	case 0:
		r.add(r.at, column, "there is no queue %s", path)
	case 1:
		return found[0]
	default:
		r.add(r.at, column, "several queues are called %s", path)
	}
	return 0
}

// refused notes an error that names its column.
func (r *listReader) refused(err error) bool {
	var e *errs.Error
	if errors.As(err, &e) {
		r.add(r.at, e.Field, "%s", e.Says())
	}
	return err != nil
}
