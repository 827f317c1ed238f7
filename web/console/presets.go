package console

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
	"sidetone/internal/segments"
	"sidetone/internal/tenant"
	"sidetone/internal/tenant/reply"
	gen "sidetone/openapi/gen/console"
	"sidetone/queues"
)

// ListPresets gives the presets in order, their attributes filled in as far as they are known (spec 1.9, 3.3).
func (s *server) ListPresets(ctx context.Context, req gen.ListPresetsRequestObject) (gen.ListPresetsResponseObject, error) {
	session := callOf(ctx).session
	about, err := s.about(ctx, session, gen.ListShortcutsParams{QueueId: req.Params.QueueId})
	if err != nil {
		return nil, err
	}
	all, err := s.presets(ctx, session.Tenant.ID)
	if err != nil {
		return nil, err
	}
	out := gen.ListPresets200JSONResponse{Presets: []gen.Preset{}, Variables: tenant.PresetVariables()}
	for _, one := range all {
		if one.Queue != 0 && about.queue != 0 && !slices.Contains(about.tree.Chain(about.queue), one.Queue) ||
			req.Params.Lang != nil && *req.Params.Lang != one.Lang {
			continue
		}
		text := reply.Render(one.Text, about.known)
		size := segments.Count(text)
		shown := preset(one, about.tree)
		shown.Ready = &gen.ShortcutReady{Text: text, Encoding: string(size.Encoding), Segments: int32(size.Segments)}
		out.Presets = append(out.Presets, shown)
	}
	return out, nil
}

// CreatePreset adds a preset.
func (s *server) CreatePreset(ctx context.Context, req gen.CreatePresetRequestObject) (gen.CreatePresetResponseObject, error) {
	saved, err := s.savePreset(ctx, 0, *req.Body)
	return gen.CreatePreset201JSONResponse(saved), err
}

// ChangePreset puts another one in its place.
func (s *server) ChangePreset(ctx context.Context, req gen.ChangePresetRequestObject) (gen.ChangePresetResponseObject, error) {
	saved, err := s.savePreset(ctx, id.Preset(req.PresetId), *req.Body)
	return gen.ChangePreset200JSONResponse(saved), err
}

func (s *server) savePreset(ctx context.Context, of id.Preset, in gen.PresetBody) (gen.Preset, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return gen.Preset{}, err
	}
	one := tenant.Preset{ID: of, Lang: orZero(in.Lang), Label: in.Label, Text: in.Text, Queue: queueID(in.QueueId)}
	err = s.DB.InTenantTx(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		one, err = tenant.SavePreset(ctx, tx, session.Tenant.ID, by(session), s.Now(), one)
		return err
	})
	if err != nil {
		return gen.Preset{}, err
	}
	tree, err := s.Chats.Tree(ctx, session.Tenant.ID)
	if err != nil {
		return gen.Preset{}, err
	}
	return preset(one, tree), nil
}

// DeletePreset takes a preset away.
func (s *server) DeletePreset(ctx context.Context, req gen.DeletePresetRequestObject) (gen.DeletePresetResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	err = s.DB.InTenantTx(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		return tenant.DeletePreset(ctx, tx, session.Tenant.ID, by(session), s.Now(), id.Preset(req.PresetId))
	})
	return gen.DeletePreset204Response{}, err
}

// OrderPresets puts all presets into an order.
func (s *server) OrderPresets(ctx context.Context, req gen.OrderPresetsRequestObject) (gen.OrderPresetsResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	order := make([]id.Preset, len(req.Body.PresetIds))
	for i, p := range req.Body.PresetIds {
		order[i] = id.Preset(p)
	}
	err = s.DB.InTenantTx(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		return tenant.OrderPresets(ctx, tx, session.Tenant.ID, by(session), s.Now(), order)
	})
	return gen.OrderPresets204Response{}, err
}

func (s *server) presets(ctx context.Context, of id.Tenant) (all []tenant.Preset, err error) {
	err = s.DB.InTenantTx(ctx, of, func(tx pgx.Tx) error {
		all, err = tenant.Presets(ctx, tx, of)
		return err
	})
	return all, err
}

func preset(p tenant.Preset, tree *queues.Tree) gen.Preset {
	out := gen.Preset{Id: wire(p.ID), Lang: p.Lang, Label: p.Label, Text: p.Text}
	if p.Queue != 0 {
		out.Queue = &gen.QueueRef{Id: wire(p.Queue), Path: tree.Path(p.Queue)}
		if n := tree.Node(p.Queue); n != nil {
			out.Queue.Name = n.Name
		}
	}
	return out
}
