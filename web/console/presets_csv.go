package console

import (
	"context"
	"iter"
	"net/http"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/queues"
	"sidetone/web/edge"
)

var presetColumns = []string{"lang", "label", "text", "queue"}

// ExportPresets gives every preset as CSV, in order.
func (s *server) ExportPresets(ctx context.Context, _ gen.ExportPresetsRequestObject) (gen.ExportPresetsResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	tree, err := s.Chats.Tree(ctx, session.Tenant.ID)
	if err != nil {
		return nil, err
	}
	all, err := s.presets(ctx, session.Tenant.ID)
	if err != nil {
		return nil, err
	}
	return presetFile{edge.CSV{Name: "presets.csv", Header: presetColumns, Lines: presetLines(all, tree)}}, nil
}

type presetFile struct{ edge.CSV }

// VisitExportPresetsResponse answers with the file.
func (f presetFile) VisitExportPresetsResponse(w http.ResponseWriter) error { return f.WriteTo(w) }

func presetLines(all []tenant.Preset, tree *queues.Tree) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, p := range all {
			path := ""
			if p.Queue != 0 {
				if tree.Node(p.Queue) == nil {
					continue // its queue is gone: nobody is offered it any more
				}
				path = tree.Path(p.Queue)
			}
			if !yield([]string{p.Lang, p.Label, p.Text, path}, nil) {
				return
			}
		}
	}
}

// ImportPresets takes presets from CSV, all or none.
func (s *server) ImportPresets(ctx context.Context, req gen.ImportPresetsRequestObject) (gen.ImportPresetsResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	tree, err := s.Chats.Tree(ctx, session.Tenant.ID)
	if err != nil {
		return nil, err
	}
	list, problems := readPresets(req.Body.Csv, tree)
	if len(problems) > 0 {
		return gen.ImportPresets400JSONResponse(faulty(ctx, problems)), nil
	}
	var done tenant.Imported
	err = s.DB.InTenantTx(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		done, err = tenant.ImportPresets(ctx, tx, session.Tenant.ID, by(session), s.Now(), list)
		return err
	})
	if err != nil {
		return nil, err
	}
	return gen.ImportPresets200JSONResponse{Added: int32(done.Added), Changed: int32(done.Changed), Unchanged: int32(done.Same)}, nil
}

func readPresets(text string, tree *queues.Tree) ([]tenant.Preset, []carrier.FileFault) {
	r := newListReader(text, tree, presetColumns, "label", "text")
	seen := map[tenant.PresetKey]int{} // the line where a label stood
	var list []tenant.Preset
	for line := range r.lines() {
		p, err := tenant.Preset{Lang: r.cell("lang"), Label: r.cell("label"), Text: r.cell("text"), Queue: r.queue("queue")}.Checked()
		if r.refused(err) {
			continue
		}
		if before, twice := seen[p.Key()]; twice {
			r.add(line, "label", "this label stands in line %d too", before)
		}
		seen[p.Key()] = line
		list = append(list, p)
	}
	return list, r.problems
}
