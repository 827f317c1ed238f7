package chat

import (
	"errors"

	"sidetone/chat/command"
	"sidetone/internal/errs"
	"sidetone/internal/tenant"
)

// reserved says why a word cannot call a queue: it is a command word (spec 1.3).
func (r *Rules) reserved(word string) error {
	var uses []command.Use
	for _, w := range r.byTenant.settings.Words(tenant.BackWords) {
		uses = append(uses, command.Use{Word: w, For: errs.Say("a BACK word")})
	}
	for _, w := range r.byTenant.settings.Words(tenant.ExitWords) {
		uses = append(uses, command.Use{Word: w, For: errs.Say("an EXIT word")})
	}
	var clash *command.ClashError
	if err := command.Clash(word, uses...); errors.As(err, &clash) {
		return clash.With.For
	}
	return nil
}
