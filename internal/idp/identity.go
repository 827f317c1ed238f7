package idp

import (
	"errors"
	"fmt"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
)

// Identity is a person as a provider vouches for them.
type Identity struct {
	Issuer   string
	Subject  string // theirs at the issuer, for good
	Email    string
	Verified bool // the provider knows that the address is theirs
	Name     string
	Roles    []string // the values of the claim that was asked for
	IDToken  string
}

// identify makes an identity of a token whose signature, issuer, audience and expiry have been checked, and checks the rest.
func identify(t *oidc.IDToken, p Provider, f Flow, roleClaim string) (who Identity, err error) {
	var claims map[string]any
	if err := t.Claims(&claims); err != nil {
		return who, err
	}
	party, hasParty := claims["azp"].(string)
	switch {
	case f.Nonce == "" || t.Nonce != f.Nonce:
		return who, errors.New("its nonce is not ours")
	case t.Subject == "" || len(t.Subject) > 255:
		return who, errors.New("its subject is none")
	case hasParty && party != p.ClientID, !hasParty && len(t.Audience) > 1:
		return who, fmt.Errorf("it was issued to %q", party)
	}
	who = Identity{Issuer: p.Issuer, Subject: t.Subject}
	who.read(claims, roleClaim)
	return who, nil
}

// read takes what is not known yet. An address counts with its own mark of being verified alone.
func (who *Identity) read(claims map[string]any, roleClaim string) {
	if email, _ := claims["email"].(string); who.Email == "" && email != "" {
		who.Email = email
		who.Verified = yes(claims["email_verified"]) || claims["email_verified"] == nil && yes(claims["xms_edov"])
	}
	if who.Name == "" {
		who.Name = nameOf(claims)
	}
	if who.Roles == nil {
		who.Roles = values(claims, roleClaim)
	}
}

func (who *Identity) lacks(roleClaim string) bool {
	return who.Email == "" || roleClaim != "" && who.Roles == nil
}

// complete adds what the UserInfo endpoint says, which must be of the same person (Core 5.3.2).
func (who *Identity) complete(info *oidc.UserInfo, roleClaim string) error {
	if info.Subject != who.Subject {
		return errors.New("the details are those of another person")
	}
	var claims map[string]any
	if err := info.Claims(&claims); err != nil {
		return fmt.Errorf("read a person's details: %w", err)
	}
	who.read(claims, roleClaim)
	return nil
}

// yes reads a claim that some providers write as a word or a number.
func yes(claim any) bool {
	switch v := claim.(type) {
	case bool:
		return v
	case string:
		return strings.EqualFold(v, "true") || v == "1"
	case float64:
		return v == 1
	}
	return false
}

func nameOf(claims map[string]any) string {
	if name, _ := claims["name"].(string); strings.TrimSpace(name) != "" {
		return strings.TrimSpace(name)
	}
	given, _ := claims["given_name"].(string)
	family, _ := claims["family_name"].(string)
	return strings.TrimSpace(given + " " + family)
}

// values are those of a claim, by its whole name or by a path of dots (realm_access.roles); nil when it is not there.
func values(claims map[string]any, name string) []string {
	if name == "" {
		return nil
	}
	found, ok := claims[name]
	if !ok {
		at := any(claims)
		for _, part := range strings.Split(name, ".") {
			inner, _ := at.(map[string]any)
			at = inner[part]
		}
		found = at
	}
	switch v := found.(type) {
	case string:
		return []string{v}
	case []any:
		out := []string{}
		for _, each := range v {
			if s, ok := each.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}
