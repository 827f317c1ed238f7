package console

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/queues"
	"sidetone/web/edge"
)

const (
	mostImported = 5000
	mostProblems = 100
)

var shortcutColumns = []string{"lang", "keyword", "category", "text", "opt_in", "queue"}

// ExportShortcuts gives every shortcut as CSV.
func (s *server) ExportShortcuts(ctx context.Context, _ gen.ExportShortcutsRequestObject) (gen.ExportShortcutsResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	tree, err := s.Chats.Tree(ctx, session.Tenant.ID)
	if err != nil {
		return nil, err
	}
	all, err := s.shortcuts(ctx, session.Tenant.ID)
	if err != nil {
		return nil, err
	}
	return shortcutFile{edge.CSV{Name: "shortcuts.csv", Header: shortcutColumns, Lines: shortcutLines(all, tree)}}, nil
}

type shortcutFile struct{ edge.CSV }

// VisitExportShortcutsResponse answers with the file.
func (f shortcutFile) VisitExportShortcutsResponse(w http.ResponseWriter) error { return f.WriteTo(w) }

func shortcutLines(all []tenant.Shortcut, tree *queues.Tree) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, s := range all {
			path := ""
			if s.Queue != 0 {
				if tree.Node(s.Queue) == nil {
					continue // its queue is gone: nobody is offered it any more
				}
				path = tree.Path(s.Queue)
			}
			if !yield([]string{s.Lang, s.Keyword, s.Category, s.Text, strconv.FormatBool(s.OptIn), path}, nil) {
				return
			}
		}
	}
}

// ImportShortcuts takes shortcuts from CSV, all or none.
func (s *server) ImportShortcuts(ctx context.Context, req gen.ImportShortcutsRequestObject) (gen.ImportShortcutsResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	tree, err := s.Chats.Tree(ctx, session.Tenant.ID)
	if err != nil {
		return nil, err
	}
	list, problems := readShortcuts(req.Body.Csv, tree)
	if len(problems) > 0 {
		first := problems[0]
		return gen.ImportShortcuts400JSONResponse{
			Code: string(errs.Invalid), Field: new("csv"), RequestId: new(edge.RequestID(ctx)), Problems: &problems,
			Message: fmt.Sprintf("Line %d, %s: %s", first.Line, first.Column, first.Message),
		}, nil
	}
	var done tenant.Imported
	err = s.DB.InTenantTx(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		done, err = tenant.ImportShortcuts(ctx, tx, session.Tenant.ID, by(session), s.Now(), list)
		return err
	})
	if err != nil {
		return nil, err
	}
	return gen.ImportShortcuts200JSONResponse{Added: int32(done.Added), Changed: int32(done.Changed), Unchanged: int32(done.Same)}, nil
}

// shortcutReader reads a file of shortcuts, noting what is wrong with it by line and column.
type shortcutReader struct {
	csv      *csv.Reader
	columns  map[string]int // by name
	paths    map[string][]id.Queue
	seen     map[tenant.ShortcutKey]int // the line where a keyword stood
	problems []gen.ImportProblem
}

func readShortcuts(text string, tree *queues.Tree) ([]tenant.Shortcut, []gen.ImportProblem) {
	r := shortcutReader{
		csv: csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\uFEFF"))), columns: map[string]int{},
		paths: map[string][]id.Queue{}, seen: map[tenant.ShortcutKey]int{},
	}
	r.csv.FieldsPerRecord = -1
	for _, n := range tree.Nodes() {
		r.paths[tree.Path(n.ID)] = append(r.paths[tree.Path(n.ID)], n.ID)
	}
	header, err := r.csv.Read()
	if err != nil {
		return nil, r.broken(err)
	}
	if r.header(header); len(r.problems) > 0 {
		return nil, r.problems
	}
	var list []tenant.Shortcut
	for len(r.problems) < mostProblems {
		cells, err := r.csv.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, r.broken(err)
		}
		line, _ := r.csv.FieldPos(0)
		if len(list) == mostImported {
			r.add(line, "line", "a file may have %d lines", mostImported)
			break
		}
		list = append(list, r.line(line, cells))
	}
	return list, r.problems
}

func (r *shortcutReader) add(line int, column, format string, args ...any) {
	r.problems = append(r.problems, gen.ImportProblem{Line: int32(line), Column: column, Message: fmt.Sprintf(format, args...)})
}

// broken is a file that can't be read on.
func (r *shortcutReader) broken(err error) []gen.ImportProblem {
	var parse *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		r.add(1, "line", "the file is empty")
	case errors.As(err, &parse):
		r.add(parse.Line, "line", "this is not CSV at character %d: %s", parse.Column, parse.Err)
	default:
		r.add(1, "line", "the file can't be read")
	}
	return r.problems
}

func (r *shortcutReader) header(cells []string) {
	for i, c := range cells {
		name := strings.ToLower(strings.TrimSpace(c))
		_, twice := r.columns[name]
		switch {
		case !slices.Contains(shortcutColumns, name):
			r.add(1, fmt.Sprint("column ", i+1), "there is no such column; there are %s", strings.Join(shortcutColumns, ", "))
		case twice:
			r.add(1, name, "this column stands twice")
		}
		r.columns[name] = i
	}
	for _, name := range []string{"keyword", "text"} {
		if _, ok := r.columns[name]; !ok {
			r.add(1, name, "this column is missing")
		}
	}
}

func (r *shortcutReader) line(line int, cells []string) tenant.Shortcut {
	cell := func(name string) string {
		if i, ok := r.columns[name]; ok && i < len(cells) {
			return strings.TrimSpace(edge.Uncell(cells[i]))
		}
		return ""
	}
	if len(cells) > len(r.columns) {
		r.add(line, fmt.Sprint("column ", len(r.columns)+1), "the line has more cells than the header")
	}
	s := tenant.Shortcut{Lang: cell("lang"), Keyword: cell("keyword"), Category: cell("category"), Text: cell("text")}
	switch strings.ToLower(cell("opt_in")) {
	case "true", "yes", "1":
		s.OptIn = true
	case "false", "no", "0", "":
	default:
		r.add(line, "opt_in", "opt_in is true or false")
	}
	if path := cell("queue"); path != "" {
		switch found := r.paths[path]; len(found) {
		case 0:
			r.add(line, "queue", "there is no queue %s", path)
		case 1:
			s.Queue = found[0]
		default:
			r.add(line, "queue", "several queues are called %s", path)
		}
	}
	s, err := s.Checked()
	var e *errs.Error
	if errors.As(err, &e) {
		r.add(line, e.Field, "%s", e.Message)
		return s
	}
	if before, twice := r.seen[s.Key()]; twice {
		r.add(line, "keyword", "this keyword stands in line %d too", before)
		return s
	}
	r.seen[s.Key()] = line
	return s
}
