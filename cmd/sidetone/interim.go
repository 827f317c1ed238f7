package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"sidetone/internal/carrier"
	"sidetone/internal/carrier/twilio"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/seal"
)

func addAccount(ctx context.Context, db *pg.DB, box *seal.Box, t id.Tenant, k carrierKey, base string) (id.Account, string, error) {
	key := randomHex(16)
	of, err := carrier.NewQueries().InsertAccount(ctx, db.Pool(), carrier.InsertAccountParams{
		TenantID: t, Key: key, Carrier: "twilio", Sid: k.SID, BaseUrl: base,
		Secret: box.Seal(seal.Place{Tenant: t, Table: "carrier_accounts", Column: "secret", Row: key}, []byte(k.AuthToken)),
	})
	return of, "/hooks/twilio/" + key, err
}

func seedAccount(ctx context.Context, db *pg.DB, box *seal.Box, t id.Tenant, k carrierKey, base string) (of id.Account, hooks string, err error) {
	var key string
	err = db.Pool().QueryRow(ctx, "update carrier_accounts set base_url = $3 where tenant_id = $1 and sid = $2 returning id, key", t, k.SID, base).Scan(&of, &key)
	if err == nil {
		return of, "/hooks/twilio/" + key, nil
	}
	return addAccount(ctx, db, box, t, k, base)
}

func verify(ctx context.Context, db *pg.DB, box *seal.Box, t id.Tenant, of id.Account, number string) (string, error) {
	return carrier.Unverified, nil
}

func (n *node) senders() func(ctx context.Context, account id.Account) (carrier.Sender, error) {
	client := twilio.NewHTTPClient()
	return func(ctx context.Context, account id.Account) (carrier.Sender, error) {
		a, err := carrier.NewQueries().AccountByID(ctx, n.db.Pool(), account)
		if err != nil {
			return nil, err
		}
		secret, err := n.cfg.Seal.Open(seal.Place{Tenant: a.TenantID, Table: "carrier_accounts", Column: "secret", Row: a.Key}, a.Secret)
		if err != nil {
			return nil, err
		}
		return twilio.New(twilio.Config{AccountSID: a.Sid, AuthToken: string(secret), BaseURL: a.BaseUrl, HTTP: client, StatusURL: n.url + "/hooks/twilio/" + a.Key + "/status"})
	}
}

func (n *node) startDoors(ctx context.Context) error {
	srv := n.serve("http", n.cfg.Listener, http.NotFoundHandler())
	n.started.push("the server", srv.Shutdown, false)
	_ = errors.New
	_ = fmt.Sprint
	return nil
}
