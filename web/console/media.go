package console

import (
	"context"
	"fmt"
	"net/http"

	"sidetone/internal/blob"
	"sidetone/internal/carrier"
	"sidetone/internal/carrier/media"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge"
)

// UploadMedia keeps a file that its author will send.
func (s *server) UploadMedia(ctx context.Context, req gen.UploadMediaRequestObject) (gen.UploadMediaResponseObject, error) {
	session, err := need(ctx, tenant.RoleAgent, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	m, err := s.Media.Upload(ctx, session.Tenant.ID, session.User.ID, req.Body)
	if err != nil {
		return nil, err
	}
	return gen.UploadMedia201JSONResponse(mediaPart(m)), nil
}

// GetMedia gives a file to those who may read its chat, and an upload to its author. What a user may not read looks like
// what is not there.
func (s *server) GetMedia(ctx context.Context, req gen.GetMediaRequestObject) (gen.GetMediaResponseObject, error) {
	session := callOf(ctx).session
	about, err := s.Media.About(ctx, session.Tenant.ID, id.Media(req.MediaId))
	if err != nil {
		return nil, err
	}
	if about.Chat != 0 {
		_, err = s.mayRead(ctx, about.Chat)
	} else if about.Author != session.User.ID && !session.User.Has(tenant.RoleManager, tenant.RoleAdmin) {
		err = errs.New(errs.NotFound, "There is no such file, or not any more")
	}
	if err != nil {
		return nil, err
	}
	file, err := s.Media.Open(ctx, session.Tenant.ID, about)
	if err != nil {
		return nil, err
	}
	return &served{callOf(ctx).request, about, file}, nil
}

// served answers with a file. The generated answers know neither ranges nor whether it has changed.
type served struct {
	request *http.Request
	about   media.About
	file    blob.File
}

// VisitGetMediaResponse writes it.
func (f *served) VisitGetMediaResponse(w http.ResponseWriter) error {
	w.Header().Set("Cache-Control", "private, max-age=3600")
	edge.ServeFile(w, f.request, edge.File{Type: f.about.Type, Name: f.about.Name(), Modified: f.file.Info().Modified, Content: f.file})
	if err := f.file.Close(); err != nil {
		return fmt.Errorf("close a file: %w", err)
	}
	return nil
}

func mediaPart(m carrier.Media) gen.MediaPart {
	out := gen.MediaPart{State: gen.MediaPartState(m.State)}
	if m.ID != 0 {
		out.Id = new(wire(m.ID))
	}
	if m.Reason != "" {
		out.Reason = new(gen.MediaPartReason(m.Reason))
	}
	if m.Type != "" && m.State == media.Ready {
		out.Type = new(gen.MediaPartType(m.Type))
	}
	if m.Bytes != 0 {
		out.Bytes = new(m.Bytes)
	}
	if m.Width != 0 {
		out.Width, out.Height = new(int32(m.Width)), new(int32(m.Height))
	}
	return out
}
