package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"

	"sidetone/internal/carrier/simulator"
	"sidetone/internal/config"
)

type carrierSimCmd struct {
	Listen    string   `name:"carrier-listen" aliases:"listen" default:"127.0.0.1:8081" env:"SIDETONE_CARRIER_LISTEN" placeholder:"HOST:PORT" help:"Where it is served."`
	Accounts  string   `type:"existingfile" placeholder:"FILE" help:"A JSON file {\"accounts\":[{\"sid\",\"auth_token\",\"numbers\":[{\"number\"}],\"messages_url\",\"status_url\",\"voice_url\"}]}."`
	SID       string   `name:"sid" default:"AC00000000000000000000000000000001" help:"Without a file: the id of its one account."`
	AuthToken string   `default:"simulated" help:"Its auth token."`
	Numbers   []string `placeholder:"+14155550100,..." help:"Its numbers."`
	Webhook   string   `placeholder:"URL" help:"Where texts to those numbers are reported: the hooks address of the account, without /messages."`
	LogLevel  string   `default:"info" enum:"debug,info,warn,error" env:"SIDETONE_LOG_LEVEL" help:"What is logged: ${enum}."`
	LogFormat string   `default:"text" enum:"text,json" env:"SIDETONE_LOG_FORMAT" help:"How it is logged: ${enum}."`
}

// Run serves until it is told to stop.
func (c carrierSimCmd) Run(ctx context.Context, s streams) error {
	log, err := newLog(config.Config{LogLevel: c.LogLevel, LogFormat: c.LogFormat}, s.err)
	if err != nil {
		return err
	}
	cfg, err := c.config()
	if err != nil {
		return err
	}
	cfg.Log = log
	sim, err := simulator.New(cfg)
	if err != nil {
		return err
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen for the simulated carrier: %w", err)
	}
	fmt.Fprintf(s.out, "simulated carrier ready at http://%s\n", ln.Addr())
	return sim.Run(ctx, ln)
}

func (c carrierSimCmd) config() (cfg simulator.Config, err error) {
	if c.Accounts == "" {
		a := simulator.Account{SID: c.SID, AuthToken: c.AuthToken, Numbers: simulator.Numbers(c.Numbers...)}
		if c.Webhook != "" {
			a.MessagesURL, a.StatusURL, a.VoiceURL = c.Webhook+"/messages", c.Webhook+"/status", c.Webhook+"/voice"
		}
		return simulator.Config{Accounts: []simulator.Account{a}}, nil
	}
	text, err := os.ReadFile(c.Accounts)
	if err != nil {
		return cfg, fmt.Errorf("read the accounts: %w", err)
	}
	if err := json.Unmarshal(text, &cfg); err != nil {
		return cfg, fmt.Errorf("read the accounts in %s: %w", c.Accounts, err)
	}
	return cfg, nil
}
