package api

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sidetone/chat"
	"sidetone/internal/errs"
	gen "sidetone/openapi/gen/public"
)

const perPage = 25

// pageOf reads which part of a list is asked for (spec 2.1).
func pageOf(page *gen.Page, per *gen.Per, after *gen.After) (chat.Page, error) {
	p := chat.Page{Number: 1, Per: perPage}
	if per != nil {
		p.Per = int(*per)
	}
	if page != nil {
		p.Number = int(*page)
	}
	if after != nil {
		if page != nil {
			return p, errs.Field("after", "after and page do not go together")
		}
		p.ByPlace, p.After = true, *after
	}
	return p, nil
}

// listed writes the headers of a list: how many there are, and the way to its other pages. A list by places has no numbers.
func (c *call) listed(p chat.Page, total int, next string) {
	var links []string
	link := func(rel, name, value string) {
		q := c.request.URL.Query()
		q.Del("page")
		q.Del("after")
		q.Set(name, value)
		links = append(links, fmt.Sprintf(`<%s>; rel="%s"`, (&url.URL{Path: c.request.URL.Path, RawQuery: q.Encode()}).String(), rel))
	}
	if p.ByPlace {
		link("first", "after", "")
		if next != "" {
			link("next", "after", next)
		}
		c.header.Set("Link", strings.Join(links, ", "))
		return
	}
	last := max(1, (total+p.Per-1)/p.Per)
	link("first", "page", "1")
	if p.Number > 1 {
		link("prev", "page", strconv.Itoa(min(p.Number-1, last)))
	}
	if p.Number < last {
		link("next", "page", strconv.Itoa(p.Number+1))
	}
	link("last", "page", strconv.Itoa(last))
	c.header.Set("X-Total", strconv.Itoa(total))
	c.header.Set("Link", strings.Join(links, ", "))
}

// cut is a page of a list that is in memory. Its places are given by place, in ascending order.
func cut[T any](all []T, p chat.Page, place func(T) int64) (page []T, next string, err error) {
	from := (p.Number - 1) * p.Per
	if p.ByPlace {
		from = 0
		if p.After != "" {
			after, err := strconv.ParseInt(p.After, 10, 64)
			if err != nil {
				return nil, "", errs.Field("after", "after is no place in this list")
			}
			for from < len(all) && place(all[from]) <= after {
				from++
			}
		}
	}
	page = all[min(from, len(all)):min(from+p.Per, len(all))]
	if len(page) > 0 && from+len(page) < len(all) {
		next = strconv.FormatInt(place(page[len(page)-1]), 10)
	}
	return page, next, nil
}

// span reads two ends of a stretch of time. A day ends with its last microsecond.
func span(name string, from, to *gen.When) (s chat.Span, err error) {
	if from != nil {
		if s.From, _, err = when(name+"[from]", *from); err != nil {
			return s, err
		}
	}
	if to != nil {
		day := false
		if s.To, day, err = when(name+"[to]", *to); err != nil {
			return s, err
		}
		if day {
			s.To = s.To.AddDate(0, 0, 1).Add(-time.Microsecond)
		}
	}
	if from != nil && to != nil && s.To.Before(s.From) {
		return s, errs.Field(name+"[to]", "%s[to] is before %s[from]", name, name)
	}
	return s, nil
}

// when reads a moment, or a day in UTC. A plus that was not escaped has become a space.
func when(name, text string) (at time.Time, day bool, err error) {
	text = strings.ReplaceAll(text, " ", "+")
	if at, err = time.Parse(time.RFC3339, text); err == nil && sane(at) {
		return at, false, nil
	}
	if at, err = time.Parse(time.DateOnly, text); err == nil && sane(at) {
		return at, true, nil
	}
	return at, false, errs.Field(name, "%s is a moment like 2021-10-12T19:28:43Z, or a day like 2021-10-12", name)
}

// sane keeps out the years that Postgres and clocks do not agree on.
func sane(at time.Time) bool { return at.Year() >= 1970 && at.Year() < 10000 }
