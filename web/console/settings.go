package console

import (
	"context"
	"encoding/json"

	"github.com/oapi-codegen/nullable"

	"sidetone/chat"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/internal/tenant/reply"
	gen "sidetone/openapi/gen/console"
)

// GetSettings gives everything that can be set, and what holds for the tenant.
func (s *server) GetSettings(ctx context.Context, _ gen.GetSettingsRequestObject) (gen.GetSettingsResponseObject, error) {
	page, err := s.settingsOf(ctx, 0)
	return gen.GetSettings200JSONResponse{SettingsJSONResponse: page}, err
}

// GetQueueSettings gives what can be set for a queue, and what holds for it.
func (s *server) GetQueueSettings(ctx context.Context, req gen.GetQueueSettingsRequestObject) (gen.GetQueueSettingsResponseObject, error) {
	page, err := s.settingsOf(ctx, id.Queue(req.QueueId))
	return gen.GetQueueSettings200JSONResponse{SettingsJSONResponse: page}, err
}

// ChangeSettings changes settings of the tenant.
func (s *server) ChangeSettings(ctx context.Context, req gen.ChangeSettingsRequestObject) (gen.ChangeSettingsResponseObject, error) {
	page, err := s.changeSettings(ctx, 0, req.Body.Values)
	return gen.ChangeSettings200JSONResponse{SettingsJSONResponse: page}, err
}

// ChangeQueueSettings changes settings of a queue.
func (s *server) ChangeQueueSettings(ctx context.Context, req gen.ChangeQueueSettingsRequestObject) (gen.ChangeQueueSettingsResponseObject, error) {
	page, err := s.changeSettings(ctx, id.Queue(req.QueueId), req.Body.Values)
	return gen.ChangeQueueSettings200JSONResponse{SettingsJSONResponse: page}, err
}

func (s *server) settingsOf(ctx context.Context, of id.Queue) (gen.SettingsJSONResponse, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return gen.SettingsJSONResponse{}, err
	}
	page, err := s.Chats.SettingsOf(ctx, session.Tenant.ID, of)
	if err != nil {
		return gen.SettingsJSONResponse{}, err
	}
	return settingsPage(page), nil
}

func (s *server) changeSettings(ctx context.Context, of id.Queue, values map[string]*any) (gen.SettingsJSONResponse, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return gen.SettingsJSONResponse{}, err
	}
	raw, err := rawSettings(values)
	if err != nil {
		return gen.SettingsJSONResponse{}, err
	}
	page, err := s.Chats.SaveSettings(ctx, session.Tenant.ID, of, raw, by(session))
	if err != nil {
		return gen.SettingsJSONResponse{}, err
	}
	return settingsPage(page), nil
}

// rawSettings is settings as they came; nil for one that is to be inherited again.
func rawSettings(values map[string]*any) (map[string]json.RawMessage, error) {
	raw := make(map[string]json.RawMessage, len(values))
	for key, v := range values {
		if raw[key] = nil; v == nil {
			continue
		}
		var err error
		if raw[key], err = json.Marshal(*v); err != nil {
			return nil, errs.Field(key, "The value could not be read")
		}
	}
	return raw, nil
}

func settingsPage(p chat.SettingsPage) gen.SettingsJSONResponse {
	out := gen.SettingsJSONResponse{Languages: p.Languages, Variables: reply.Variables(), Settings: []gen.Setting{}}
	if p.Queue != 0 {
		out.Queue = queueRef(p, p.Queue)
	}
	for _, s := range tenant.Registry() {
		if p.Queue == 0 || s.Level == tenant.LevelQueue {
			out.Settings = append(out.Settings, setting(p, s))
		}
	}
	for _, kind := range reply.Kinds() {
		for _, lang := range p.Languages {
			s, ok := tenant.Find(tenant.TextKey(kind, lang))
			if ok && (p.Queue == 0 || s.Level == tenant.LevelQueue) {
				out.Settings = append(out.Settings, textSetting(p, s, kind, lang))
			}
		}
	}
	return out
}

func setting(p chat.SettingsPage, s tenant.Setting) gen.Setting {
	return described(p, s, s.Key, p.Settings.Value(s.Key), p.Settings.Source(s.Key))
}

// textSetting shows the text that is sent in a language, which may be another language's.
func textSetting(p chat.SettingsPage, s tenant.Setting, kind tenant.TextKind, lang string) gen.Setting {
	text, in, from := p.Settings.TextIn(kind, lang)
	out := described(p, s, tenant.TextKey(kind, in), text, from)
	out.Text = &gen.SettingText{Kind: string(kind), Lang: lang, In: in}
	return out
}

// described is a setting with the value that holds; key is where that value was found.
func described(p chat.SettingsPage, s tenant.Setting, key string, value any, from tenant.Source) gen.Setting {
	out := gen.Setting{
		Key: s.Key, Kind: gen.SettingKind(s.Kind), Level: gen.SettingLevel(s.Level), Doc: s.Doc, Unit: orNil(s.Unit),
		Default: jsonOf(s.Default), Value: jsonOf(value), Source: gen.SettingSource(from.From),
	}
	if s.Kind == tenant.KindDuration || s.Kind == tenant.KindCount {
		out.Min = new(int32(s.Min))
	}
	if s.Max != 0 {
		out.Max = new(int32(s.Max))
	}
	if s.Off {
		out.Off = new(true)
	}
	if len(s.Options) > 0 {
		out.Options = &s.Options
	}
	if from.Queue != 0 {
		out.Queue = queueRef(p, from.Queue)
	}
	if c, ok := p.Changed(key, from); ok {
		out.Changed = &gen.SettingChanged{At: c.At.UTC(), By: userRef(chat.UserRef{ID: c.By, Name: c.Name})}
	}
	return out
}

func queueRef(p chat.SettingsPage, q id.Queue) *gen.QueueRef {
	n := p.Tree.Node(q)
	if n == nil {
		return nil
	}
	return &gen.QueueRef{Id: wire(n.ID), Name: n.Name, Path: p.Tree.Path(q)}
}

// jsonOf is a value as the contract has it: hours that nobody set are null.
func jsonOf(v any) nullable.Nullable[any] {
	if hours, ok := v.(*tenant.Hours); v == nil || ok && hours == nil {
		return nullable.NewNullNullable[any]()
	}
	return nullable.NewNullableWithValue(v)
}
