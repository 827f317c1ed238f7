package reply

import (
	"fmt"
	"strings"
	"time"
)

// manner is how a language speaks of a day and an hour. Days and months stand as they follow "we open again".
type manner struct {
	today, tomorrow string
	days            [7]string // in the order of time.Weekday
	date            string    // of a further day: [1] the day, [2] the month
	year            string    // what follows the date in another year
	months          [12]string
	clock           func(hour, minute int) string
}

// manners is never changed.
var manners = map[string]manner{
	"en": {
		today: "today", tomorrow: "tomorrow",
		days: [7]string{"on Sunday", "on Monday", "on Tuesday", "on Wednesday", "on Thursday", "on Friday", "on Saturday"},
		date: "on %[2]s %[1]d", year: ", %d",
		months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		clock: func(hour, minute int) string {
			half := "AM"
			if hour >= 12 {
				half = "PM"
			}
			return fmt.Sprintf("at %d:%02d %s", (hour+11)%12+1, minute, half)
		},
	},
	"es": {
		today: "hoy", tomorrow: "mañana",
		days: [7]string{"el domingo", "el lunes", "el martes", "el miércoles", "el jueves", "el viernes", "el sábado"},
		date: "el %[1]d de %[2]s", year: " de %d",
		months: [12]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
		clock:  oneOrMore("a la %d:%02d", "a las %d:%02d"),
	},
	"fr": {
		today: "aujourd'hui", tomorrow: "demain",
		days: [7]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"},
		date: "le %[1]d %[2]s", year: " %d",
		months: [12]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
		clock:  oneOrMore("à %dh%02d", "à %dh%02d"),
	},
	"pt": {
		today: "hoje", tomorrow: "amanhã",
		days: [7]string{"no domingo", "na segunda-feira", "na terça-feira", "na quarta-feira", "na quinta-feira", "na sexta-feira", "no sábado"},
		date: "em %[1]d de %[2]s", year: " de %d",
		months: [12]string{"janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"},
		clock:  oneOrMore("à %d:%02d", "às %d:%02d"),
	},
}

func oneOrMore(one, more string) func(hour, minute int) string {
	return func(hour, minute int) string {
		if hour == 1 {
			return fmt.Sprintf(one, hour, minute)
		}
		return fmt.Sprintf(more, hour, minute)
	}
}

// When names a time to come as a consumer would: "today at 5:00 PM", "on Monday at 9:00 AM", "on March 9 at 9:00 AM". Both
// times are in the zone that counts; a language without a manner of its own is spoken to in English.
func When(at, now time.Time, lang string) string {
	base, _, _ := strings.Cut(strings.ToLower(lang), "-")
	m, ok := manners[base]
	if !ok {
		m = manners["en"]
	}
	return m.day(at, now) + " " + m.clock(at.Hour(), at.Minute())
}

func (m manner) day(at, now time.Time) string {
	switch days := int(noon(at).Sub(noon(now)).Hours() / 24); {
	case days == 0:
		return m.today
	case days == 1:
		return m.tomorrow
	case days > 1 && days < 7:
		return m.days[at.Weekday()]
	}
	date := fmt.Sprintf(m.date, at.Day(), m.months[at.Month()-1])
	if at.Year() != now.Year() {
		date += fmt.Sprintf(m.year, at.Year())
	}
	return date
}

// noon is the middle of a date, free of zones: all days between two of them have 24 hours.
func noon(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, time.UTC)
}
