package bench

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"sidetone/cmd/sidetone/rig"
	"sidetone/internal/gauge"
)

// sockets weighs agents who are connected and silent, each with a chat.
func (b *bench) sockets(ctx context.Context) error {
	n := b.Sockets
	if b.Quick {
		n = min(n, 200)
	}
	houses, err := b.rig.Furnish(ctx, rig.Plan{Houses: 1, Chats: n, PerAgent: 1, PerSecond: 1})
	if err != nil {
		return err
	}
	h := houses[0]
	tokens := make([]string, n)
	if err := side(ctx, n, func(i int) (err error) {
		tokens[i], err = b.rig.SignIn(ctx, h, h.Agents[i])
		return err
	}); err != nil {
		return err
	}
	// A server that has just begun has no room left over from what was measured before.
	if err := b.server.Stop(); err != nil {
		return err
	}
	if b.server, err = b.rig.Serve(ctx); err != nil {
		return err
	}
	before, err := b.server.Memory()
	if err != nil {
		return err
	}
	conns := make([]*rig.Socket, n)
	defer func() {
		for _, s := range conns {
			if s != nil {
				s.Close()
			}
		}
	}()
	began := time.Now()
	if err := side(ctx, n, func(i int) (err error) {
		if conns[i], err = b.rig.Connect(ctx, tokens[i]); err != nil {
			return err
		}
		_, err = conns[i].Read() // hello
		return err
	}); err != nil {
		return err
	}
	took := time.Since(began)
	after, err := b.settled(ctx)
	if err != nil {
		return err
	}
	each := float64(after-before) / float64(n) / 1024
	b.table.Add(gauge.Row{
		Path: fmt.Sprintf("memory of an idle agent's socket, of %d", n), Ours: fmt.Sprintf("%.1f KiB", each), Figure: each, Target: gauge.AtMost(40),
	})
	b.table.Add(gauge.Row{Path: "agents who connect, hello included", Ours: gauge.PerSecond(float64(n) / took.Seconds())})
	return nil
}

// settled is the server's memory when it has stopped shrinking for three looks: what connecting took is given back bit by bit.
func (b *bench) settled(ctx context.Context) (int64, error) {
	least, since := int64(0), 0
	for range 20 {
		now, err := b.server.Memory()
		if err != nil {
			return 0, err
		}
		if since++; least == 0 || now < least-least/200 {
			least, since = now, 0
		}
		if since == 4 {
			break
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(2 * time.Second):
		}
	}
	return least, nil
}

// side does n things, 32 at a time.
func side(ctx context.Context, n int, do func(i int) error) error {
	var team sync.WaitGroup
	var next atomic.Int64
	errs := make(chan error, 32)
	for range cap(errs) {
		team.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := do(i); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	team.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return ctx.Err()
	}
}
