package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"sidetone/internal/carrier"
	"sidetone/internal/carrier/simulator"
	"sidetone/internal/config"
	"sidetone/internal/id"
	"sidetone/internal/seal"
	"sidetone/internal/tenant"
	"sidetone/web/console"
)

type demoCmd struct {
	config.Config `embed:""`
	Data          string `type:"path" placeholder:"DIR" help:"Where the demo keeps its database. Default: demo in the data directory."`
	Fresh         bool   `help:"Forget everything and start over."`
	JSON          bool   `name:"json" help:"Print one line of JSON when ready, and nothing else."`
}

// Run serves until it is told to stop.
func (c demoCmd) Run(ctx context.Context, s streams) error {
	go collectLess(ctx)
	log, err := newLog(c.Config, s.err)
	if err != nil {
		return err
	}
	d, err := startDemo(ctx, c, log)
	if err != nil {
		if ctx.Err() != nil {
			return nil // told to stop while starting
		}
		return err
	}
	if c.JSON {
		line := json.NewEncoder(s.out)
		line.SetEscapeHTML(false)
		err = line.Encode(d.facts) //nolint:gosec // its secrets are what the line is for
	} else {
		err = d.facts.tell(s.out, d.home)
	}
	if err == nil {
		err = d.node.wait(ctx)
	}
	return errors.Join(err, d.stop(context.WithoutCancel(ctx)))
}

// demo is a node, a simulated carrier, and what they were furnished with.
type demo struct {
	home    demoHome
	facts   facts
	node    *node
	carrier *simulator.Carrier
	endSim  func() error
}

// facts is the demo's JSON line, whose form others rely on (DESIGN, contracts).
type facts struct {
	URL       string  `json:"url"`
	Subdomain string  `json:"subdomain"`
	APIToken  string  `json:"api_token"`
	Admin     login   `json:"admin"`
	Manager   login   `json:"manager"`
	Agents    []login `json:"agents"`
	Numbers   struct {
		Menu        string `json:"menu"`
		Leaf        string `json:"leaf"`
		Sessionless string `json:"sessionless"`
		InCall      string `json:"in_call"`
		Outbound    string `json:"outbound"`
	} `json:"numbers"`
	Other struct {
		Subdomain string `json:"subdomain"`
		APIToken  string `json:"api_token"`
		Number    string `json:"number"`
	} `json:"other"`
	CarrierURL  string `json:"carrier_url"`
	DatabaseURL string `json:"database_url"`
}

type login struct {
	ID       id.User `json:"id"`
	Email    string  `json:"email"`
	Password string  `json:"password"`
}

func loginOf(u tenant.User) login { return login{u.ID, u.Email, demoPassword} }

// startDemo returns when everything answers. What it started before an error is stopped again.
func startDemo(ctx context.Context, c demoCmd, log *slog.Logger) (*demo, error) {
	d, undo := &demo{}, &stack{}
	if err := d.start(ctx, c, log, undo); err != nil {
		return nil, errors.Join(err, undo.run(context.WithoutCancel(ctx)))
	}
	return d, nil
}

func (d *demo) start(ctx context.Context, c demoCmd, log *slog.Logger, undo *stack) (err error) {
	if d.home, err = openHome(c, log); err != nil {
		return err
	}
	undo.add(d.home.close)
	cfg := d.home.settings(c.Config)
	if err := cfg.Check(); err != nil {
		return fmt.Errorf("the settings are wrong: %w", err)
	}
	// Both addresses are taken first: a port that is in use ends it before a database is made, and port 0 becomes a real one.
	web, carrierLn, err := listenBoth(ctx, cfg)
	if err != nil {
		return err
	}
	undo.add(func(context.Context) error { return ignoreClosed(errors.Join(web.Close(), carrierLn.Close())) })
	d.facts.CarrierURL = urlOf(carrierLn)

	db, err := openDatabase(ctx, cfg, log)
	if err != nil {
		return err
	}
	undo.add(db.close)
	box, err := seal.Load(cfg.SealKey, cfg.SealKeyPath())
	if err != nil {
		return err
	}
	cfg = withAddress(cfg, web)
	accounts, err := d.furnish(ctx, db, box, cfg.URL())
	if err != nil {
		return fmt.Errorf("furnish the demo: %w", err)
	}
	if d.carrier, err = simulator.New(simulator.Config{Accounts: accounts, BaseURL: d.facts.CarrierURL, Log: log.With("part", "carrier")}); err != nil {
		return err
	}
	d.endSim = runCarrier(d.carrier, carrierLn)
	undo.add(func(context.Context) error { return d.endSim() })
	d.node, err = startNode(ctx, nodeConfig{
		Config: cfg, Database: db, Seal: box, Listener: web, Log: log,
		Simulator: d.phones(), SimulatorURL: d.facts.CarrierURL,
	})
	if err != nil {
		return err
	}
	d.facts.URL, d.facts.DatabaseURL = cfg.URL(), db.URL()
	return nil
}

// stop ends the node while the carrier still takes what is in flight, then the carrier. The database is the node's to close.
func (d *demo) stop(ctx context.Context) error {
	return errors.Join(d.node.stop(ctx), d.endSim(), d.home.close(ctx))
}

// phones are what the console's simulator page shows: the first tenant's numbers and everybody's handsets.
func (d *demo) phones() *console.Simulator {
	c := fernhill()
	s := &console.Simulator{Handsets: c.Consumers}
	for _, n := range c.Numbers {
		s.Numbers = append(s.Numbers, console.SimulatorNumber{Address: n.Address, Label: n.Label, Capabilities: n.Capabilities})
	}
	return s
}

// furnish makes both tenants, or finds them as they were.
func (d *demo) furnish(ctx context.Context, db *database, box *seal.Box, public string) ([]simulator.Account, error) {
	logins, err := tenant.NewLogins(db.DB, nil)
	if err != nil {
		return nil, err
	}
	book := carrier.NewAccounts(db.DB, box, public)
	kept, err := d.home.read()
	if err != nil {
		return nil, err
	}
	var accounts []simulator.Account
	var made []seeded
	for _, c := range []cast{fernhill(), harbor()} {
		k := kept.of(c.Subdomain)
		at, err := seedTenant(ctx, db.DB, logins, c, func(t id.Tenant) (id.Account, error) {
			acc, err := seedAccount(ctx, db.DB, book, t, k.Carrier, d.facts.CarrierURL)
			accounts = append(accounts, simulatedAccount(acc, c, book))
			return acc.ID, err
		})
		if err != nil {
			return nil, fmt.Errorf("tenant %s: %w", c.Subdomain, err)
		}
		if k.Token, err = seedToken(ctx, db.DB, at.tenant.ID, k.Token, time.Now()); err != nil {
			return nil, err
		}
		kept.Tenants[c.Subdomain] = k
		made = append(made, at)
	}
	d.facts.introduce(made[0], made[1], kept)
	return accounts, d.home.write(kept)
}

func (f *facts) introduce(first, other seeded, kept keepsake) {
	f.Subdomain, f.APIToken = first.tenant.Subdomain, kept.of(first.tenant.Subdomain).Token
	f.Admin, f.Manager = loginOf(first.admin), loginOf(first.manager)
	for _, a := range first.agents {
		f.Agents = append(f.Agents, loginOf(a))
	}
	n := first.numbers
	f.Numbers.Menu, f.Numbers.Leaf, f.Numbers.Sessionless, f.Numbers.InCall, f.Numbers.Outbound =
		n[roleMenu], n[roleLeaf], n[roleSessionless], n[roleInCall], n[roleOutbound]
	f.Other.Subdomain, f.Other.APIToken = other.tenant.Subdomain, kept.of(other.tenant.Subdomain).Token
	f.Other.Number = other.numbers[roleLeaf]
}

// simulatedAccount is the carrier's side of an account: it reports to where that account is listened for.
func simulatedAccount(acc carrier.Account, c cast, book *carrier.Accounts) simulator.Account {
	a := simulator.Account{
		SID: acc.SID, AuthToken: acc.AuthToken,
		MessagesURL: book.MessagesURL(acc.Key), StatusURL: book.StatusURL(acc.Key), VoiceURL: book.VoiceURL(acc.Key),
	}
	for _, n := range c.Numbers {
		a.Numbers = append(a.Numbers, simulator.Number{E164: n.Address})
	}
	return a
}

// tell greets a person.
func (f facts) tell(w io.Writer, home demoHome) error {
	_, err := fmt.Fprintf(w, `
Sidetone is ready:  %[1]s

  Sign in as agent    %-24[2]s password %[4]s
             agent    %-24[3]s
             manager  %-24[5]s
             admin    %-24[6]s

  Text in   %[1]s/simulator
            or: curl -s %[7]s/sim/texts -d '{"from":"+14155550142","to":"%[8]s","text":"Hi, a mug from my order arrived chipped"}'
            got back: curl -s '%[7]s/sim/texts?to=%%2B14155550142'

  Numbers   %[8]s menu   %[9]s leaf   %[10]s session-less   %[11]s in-call   %[12]s outbound
  API       token %[13]s
  Data      %[14]s  (sidetone demo --fresh starts over)

Ctrl-C stops everything.

`, f.URL, f.Agents[0].Email, f.Agents[1].Email, demoPassword, f.Manager.Email, f.Admin.Email, f.CarrierURL, f.Numbers.Menu,
		f.Numbers.Leaf, f.Numbers.Sessionless, f.Numbers.InCall, f.Numbers.Outbound, f.APIToken, home.dir)
	if err != nil {
		return fmt.Errorf("say that the demo is ready: %w", err)
	}
	return nil
}

func listenBoth(ctx context.Context, cfg config.Config) (web, sim net.Listener, err error) {
	var lc net.ListenConfig
	if web, err = lc.Listen(ctx, "tcp", cfg.Listen); err != nil {
		return nil, nil, fmt.Errorf("listen for the console: %w (another address: --listen)", err)
	}
	if sim, err = lc.Listen(ctx, "tcp", cfg.CarrierListen); err != nil {
		web.Close()
		return nil, nil, fmt.Errorf("listen for the simulated carrier: %w (another address: --carrier-listen)", err)
	}
	return web, sim, nil
}

// runCarrier serves the simulated carrier; the function returned ends it and waits.
func runCarrier(sim *simulator.Carrier, ln net.Listener) func() error {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- sim.Run(ctx, ln) }()
	return func() error {
		cancel()
		err, open := <-ended
		if open {
			close(ended)
		}
		return err
	}
}

// urlOf is how this machine reaches a listener.
func urlOf(ln net.Listener) string {
	host, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		return "http://" + ln.Addr().String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// withAddress puts the real address where port 0 was asked for.
func withAddress(cfg config.Config, ln net.Listener) config.Config {
	cfg.Listen = ln.Addr().String()
	if cfg.PublicURL == "" {
		cfg.PublicURL = urlOf(ln)
	}
	return cfg
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// demoDir is where the demo keeps what is its own.
func (c demoCmd) demoDir() string {
	if c.Data != "" {
		return c.Data
	}
	return filepath.Join(c.DataDir, "demo")
}
