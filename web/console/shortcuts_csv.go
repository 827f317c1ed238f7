package console

import (
	"context"
	"iter"
	"net/http"
	"strconv"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/queues"
	"sidetone/web/edge"
)

// The last two are for reading: an import that brings them along ignores them.
var shortcutColumns = []string{"lang", "keyword", "category", "text", "opt_in", "queue", "uses_30_days", "uses_total"}

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
	all, uses, err := s.shortcuts(ctx, session.Tenant.ID, true)
	if err != nil {
		return nil, err
	}
	return shortcutFile{edge.CSV{Name: "shortcuts.csv", Header: shortcutColumns, Lines: shortcutLines(all, uses, tree)}}, nil
}

type shortcutFile struct{ edge.CSV }

// VisitExportShortcutsResponse answers with the file.
func (f shortcutFile) VisitExportShortcutsResponse(w http.ResponseWriter) error { return f.WriteTo(w) }

func shortcutLines(all []tenant.Shortcut, uses map[id.Shortcut]tenant.Uses, tree *queues.Tree) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, s := range all {
			path := ""
			if s.Queue != 0 {
				if tree.Node(s.Queue) == nil {
					continue // its queue is gone: nobody is offered it any more
				}
				path = tree.Path(s.Queue)
			}
			used := uses[s.ID]
			line := []string{
				s.Lang, s.Keyword, s.Category, s.Text, strconv.FormatBool(s.OptIn), path,
				strconv.FormatInt(used.Month, 10), strconv.FormatInt(used.Total, 10),
			}
			if !yield(line, nil) {
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
		return gen.ImportShortcuts400JSONResponse(faulty(ctx, problems)), nil
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

func readShortcuts(text string, tree *queues.Tree) ([]tenant.Shortcut, []carrier.FileFault) {
	r := newListReader(text, tree, shortcutColumns, "keyword", "text")
	seen := map[tenant.ShortcutKey]int{} // the line where a keyword stood
	var list []tenant.Shortcut
	for line := range r.lines() {
		s := tenant.Shortcut{
			Lang: r.cell("lang"), Keyword: r.cell("keyword"), Category: r.cell("category"), Text: r.cell("text"), OptIn: r.yes("opt_in"),
			Queue: r.queue("queue"),
		}
		s, err := s.Checked()
		if r.refused(err) {
			continue
		}
		if before, twice := seen[s.Key()]; twice {
			r.add(line, "keyword", "this keyword stands in line %d too", before)
		}
		seen[s.Key()] = line
		list = append(list, s)
	}
	return list, r.problems
}
