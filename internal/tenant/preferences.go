package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
)

// Preferences are how a person has the console (spec 6, sections 6 to 8). They follow the person to every browser.
type Preferences struct {
	Lang               string // empty: the browser's
	TimeZone           string // empty: the browser's
	Theme              string
	Density            string
	MutedSounds        []string
	MutedNotifications []string
	MutedAnnouncements []string
	SingleKeys         bool
	Keys               map[string]string // by action; what the actions are the console alone knows
	OfferTime          int
}

// PreferencesChange is what shall change about them; nil stays.
type PreferencesChange struct {
	Lang, TimeZone, Theme, Density                      *string
	MutedSounds, MutedNotifications, MutedAnnouncements *[]string
	SingleKeys                                          *bool
	Keys                                                *map[string]string
	OfferTime                                           *int
}

// LongestOffer is how many times as long as others' somebody's offers may stand.
const LongestOffer = 4

const (
	mostKeys    = 100
	longestName = 200
)

// Languages of the console, its themes and densities, and what it alerts people to.
var (
	consoleLangs = []string{"", "en", "es"}
	themes       = []string{"system", "light", "dark"}
	densities    = []string{"compact", "comfortable"}
	alerts       = []string{"offer", "handover", "text"}
)

var (
	actionShape = regexp.MustCompile(`^[A-Za-z]{1,40}$`)
	keyShape    = regexp.MustCompile(`^(Mod\+)?(Alt\+)?(Shift\+)?([^\s\p{C}]|[A-Z][A-Za-z0-9]{1,19})( [^\s\p{C}])?$`)
)

// with is the preferences after a change; each refusal names its field.
func (p Preferences) with(c PreferencesChange) (Preferences, error) {
	put(&p.Lang, c.Lang)
	put(&p.TimeZone, c.TimeZone)
	put(&p.Theme, c.Theme)
	put(&p.Density, c.Density)
	put(&p.SingleKeys, c.SingleKeys)
	put(&p.OfferTime, c.OfferTime)
	for to, from := range map[*[]string]*[]string{
		&p.MutedSounds: c.MutedSounds, &p.MutedNotifications: c.MutedNotifications, &p.MutedAnnouncements: c.MutedAnnouncements,
	} {
		if from != nil {
			*to = slices.Compact(append([]string{}, slices.Sorted(slices.Values(*from))...))
		}
	}
	if c.Keys != nil {
		p.Keys = maps.Clone(*c.Keys)
	}
	return p, p.check()
}

func put[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func (p Preferences) check() error {
	if err := among("lang", p.Lang, consoleLangs); err != nil {
		return err
	}
	if err := among("theme", p.Theme, themes); err != nil {
		return err
	}
	if err := among("density", p.Density, densities); err != nil {
		return err
	}
	for field, muted := range map[string][]string{
		"muted_sounds": p.MutedSounds, "muted_notifications": p.MutedNotifications, "muted_announcements": p.MutedAnnouncements,
	} {
		for _, m := range muted {
			if err := among(field, m, alerts); err != nil {
				return err
			}
		}
	}
	if p.TimeZone != "" {
		if err := checkZone(p.TimeZone); err != nil {
			return err
		}
	}
	if p.OfferTime < 1 || p.OfferTime > LongestOffer {
		return errs.Field("offer_time", "offers stand 1 to %d times as long", LongestOffer)
	}
	return checkKeys(p.Keys)
}

func among(field, v string, choices []string) error {
	if slices.Contains(choices, v) {
		return nil
	}
	return errs.Field(field, "%q is none of %s", v, strings.Join(choices, ", "))
}

// checkKeys looks at their form. Whether two of them clash depends on where they are heard, which the console knows.
func checkKeys(keys map[string]string) error {
	if len(keys) > mostKeys {
		return errs.Field("keys", "at most %d keys are changed", mostKeys)
	}
	for _, action := range slices.Sorted(maps.Keys(keys)) {
		if !actionShape.MatchString(action) {
			return errs.Field("keys", "%q is no action", action)
		}
		if !keyShape.MatchString(keys[action]) {
			return errs.Field("keys."+action, "%q is no key like Alt+E, Shift+X or G X", keys[action])
		}
	}
	return nil
}

// Me is what a person sees of themselves.
type Me struct {
	Name        string
	Preferences Preferences
}

// ReadMe reads it.
func ReadMe(ctx context.Context, tx pgx.Tx, tenant id.Tenant, user id.User) (m Me, err error) {
	r, err := sql.Me(ctx, tx, tenant, user)
	if errors.Is(err, pgx.ErrNoRows) {
		return m, errs.New(errs.NotFound, "There is no such user")
	}
	m = Me{Name: r.Name, Preferences: Preferences{
		Lang: r.Lang, TimeZone: r.TimeZone, Theme: r.Theme, Density: r.Density, MutedSounds: r.MutedSounds, MutedNotifications: r.MutedNotifications,
		MutedAnnouncements: r.MutedAnnouncements, SingleKeys: r.SingleKeys, Keys: map[string]string{}, OfferTime: r.OfferTime,
	}}
	if err == nil {
		err = json.Unmarshal(r.Keys, &m.Preferences.Keys)
	}
	if err != nil {
		return m, fmt.Errorf("read user %d and their preferences: %w", user, err)
	}
	return m, nil
}

// ChangeMe saves somebody's own name, when one is given, and what they change of their preferences. renamed says that the
// name is another: caches know it, so Bump and publish event.Settings.
func ChangeMe(ctx context.Context, tx pgx.Tx, tenant id.Tenant, user id.User, name *string, c PreferencesChange, now time.Time) (m Me, renamed bool, err error) {
	if _, err := sql.HoldUser(ctx, tx, tenant, user); err != nil {
		return m, false, fmt.Errorf("hold user %d: %w", user, err)
	}
	if m, err = ReadMe(ctx, tx, tenant, user); err != nil {
		return m, false, err
	}
	was := m
	if m.Preferences, err = was.Preferences.with(c); err != nil {
		return m, false, err
	}
	if name != nil {
		m.Name = strings.TrimSpace(*name)
		if !oneLine(m.Name, longestName) {
			return m, false, errs.Field("name", "a name has 1 to %d characters on one line", longestName)
		}
	}
	by := Actor{User: user}
	if renamed = m.Name != was.Name; renamed {
		if err := sql.RenameUser(ctx, tx, m.Name, tenant, user); err != nil {
			return m, false, fmt.Errorf("rename user %d: %w", user, err)
		}
		if err := Audit(ctx, tx, tenant, by, now, Change{
			Action: "user.renamed", Subject: int64(user), Name: m.Name, Before: map[string]string{"name": was.Name}, After: map[string]string{"name": m.Name},
		}); err != nil {
			return m, false, err
		}
	}
	before, after := differ(was.Preferences, m.Preferences)
	if len(after) == 0 {
		return m, renamed, nil
	}
	if err := m.Preferences.save(ctx, tx, tenant, user); err != nil {
		return m, false, err
	}
	return m, renamed, Audit(ctx, tx, tenant, by, now, Change{Action: "user.preferences", Subject: int64(user), Name: m.Name, Before: before, After: after})
}

func (p Preferences) save(ctx context.Context, tx pgx.Tx, tenant id.Tenant, user id.User) error {
	keys, err := json.Marshal(p.Keys)
	if err == nil {
		err = sql.SavePreferences(ctx, tx, SavePreferencesParams{
			TenantID: tenant, UserID: user, Lang: p.Lang, TimeZone: p.TimeZone, Theme: p.Theme, Density: p.Density,
			MutedSounds: p.MutedSounds, MutedNotifications: p.MutedNotifications, MutedAnnouncements: p.MutedAnnouncements,
			SingleKeys: p.SingleKeys, Keys: keys, OfferTime: p.OfferTime,
		})
	}
	if err != nil {
		return fmt.Errorf("save the preferences of user %d: %w", user, err)
	}
	return nil
}

// differ is what is another between two, for the audit log.
func differ(a, b Preferences) (before, after map[string]any) {
	before, after = a.facts(), b.facts()
	for field, v := range before {
		if fmt.Sprint(v) == fmt.Sprint(after[field]) {
			delete(before, field)
			delete(after, field)
		}
	}
	return before, after
}

func (p Preferences) facts() map[string]any {
	return map[string]any{
		"lang": p.Lang, "time_zone": p.TimeZone, "theme": p.Theme, "density": p.Density, "muted_sounds": p.MutedSounds,
		"muted_notifications": p.MutedNotifications, "muted_announcements": p.MutedAnnouncements, "single_keys": p.SingleKeys, "keys": p.Keys,
		"offer_time": p.OfferTime,
	}
}
