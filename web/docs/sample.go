package docs

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// sample is a request written in a language: it runs as it stands where SIDETONE_URL and SIDETONE_TOKEN are set.
type sample struct{ Lang, Text string }

var pathParam = regexp.MustCompile(`\{(\w+)\}`)

// samples writes a request with all that it needs, and with the contract's own example of a body.
func samples(op operation) []sample {
	at := target(op)
	return []sample{{"curl", inCurl(op, at)}, {"Go", inGo(op, at)}, {"JavaScript", inJavaScript(op, at)}}
}

// target is the address below the server, with its parameters filled in.
func target(op operation) string {
	values := map[string]string{}
	query := url.Values{}
	for _, in := range op.Inputs {
		switch {
		case in.In == "path":
			values[in.Name] = in.example
		case in.In == "query" && in.Required:
			query.Set(in.Name, in.example)
		}
	}
	at := pathParam.ReplaceAllStringFunc(op.Path, func(m string) string { return url.PathEscape(values[strings.Trim(m, "{}")]) })
	if len(query) > 0 {
		at += "?" + query.Encode()
	}
	return at
}

// exampleOf is a value that a parameter may have.
func exampleOf(p *openapi3.Parameter) string {
	s := p.Schema
	switch {
	case p.Example != nil:
		return fmt.Sprint(p.Example)
	case s == nil || s.Value == nil:
		return "1"
	case s.Value.Example != nil:
		return fmt.Sprint(s.Value.Example)
	case len(s.Value.Enum) > 0:
		return fmt.Sprint(s.Value.Enum[0])
	case s.Value.Type.Is("string") && s.Value.Format == "":
		return p.Name
	default:
		return "1"
	}
}

func inCurl(op operation, at string) string {
	lines := []string{fmt.Sprintf(`curl -X %s "$SIDETONE_URL%s"`, op.Method, at), `  -H "Authorization: Bearer $SIDETONE_TOKEN"`}
	if op.Example != "" {
		lines = append(lines, `  -H 'Content-Type: application/json'`, `  -d '`+strings.ReplaceAll(op.Example, `'`, `'\''`)+`'`)
	}
	return strings.Join(lines, " \\\n")
}

func inGo(op operation, at string) string {
	body, kind := "nil", ""
	if op.Example != "" {
		text := "`" + op.Example + "`"
		if strings.Contains(op.Example, "`") {
			text = strconv.Quote(op.Example)
		}
		body, kind = "strings.NewReader("+text+")", "req.Header.Set(\"Content-Type\", \"application/json\")\n"
	}
	return fmt.Sprintf(`req, err := http.NewRequest(%q, os.Getenv("SIDETONE_URL")+%q, %s)
if err != nil {
	return err
}
req.Header.Set("Authorization", "Bearer "+os.Getenv("SIDETONE_TOKEN"))
%sres, err := http.DefaultClient.Do(req)
if err != nil {
	return err
}
defer res.Body.Close()`, op.Method, at, body, kind)
}

func inJavaScript(op operation, at string) string {
	kind, body := "", ""
	if op.Example != "" {
		kind, body = ", 'Content-Type': 'application/json'", "\n  body: JSON.stringify("+strings.ReplaceAll(op.Example, "\n", "\n  ")+"),"
	}
	return fmt.Sprintf("const { SIDETONE_URL, SIDETONE_TOKEN } = process.env;\nconst answer = await fetch(`${SIDETONE_URL}%s`, {\n  method: '%s',\n"+
		"  headers: { Authorization: `Bearer ${SIDETONE_TOKEN}`%s },%s\n});\nconsole.log(answer.status, await answer.text());", at, op.Method, kind, body)
}

var refusals = regexp.MustCompile("(?s)Refusals[^`]*\\((\\d{3})\\):\\s*(.*)")

// errorsOf is what may be refused: what the contract lists, and what holds for every operation of its kind.
func errorsOf(op operation, of *openapi3.Operation) []answer {
	out := []answer{}
	if m := refusals.FindStringSubmatch(op.About); m != nil {
		for _, said := range strings.Split(m[2], "·") {
			out = append(out, answer{m[1], strings.Join(strings.Fields(said), " ")})
		}
	} else {
		out = append(out, answer{"400", "Something that is sent can't be right; `field` names it."})
	}
	has := func(in string, name string) bool {
		return slices.ContainsFunc(op.Inputs, func(i input) bool { return i.In == in && (name == "" || i.Name == name) })
	}
	out = append(out, answer{"401", "No credential, or none that is in use."})
	if scope, ok := of.Extensions["x-scope"].(string); ok {
		out = append(out, answer{"403", "The token has not the scope `" + scope + "`."})
	}
	if has("path", "") {
		out = append(out, answer{"404", "There is no such thing in this tenant."})
	}
	if has("header", "Idempotency-Key") {
		out = append(out, answer{"409", "The first request with this `Idempotency-Key` still runs."}, answer{"422", "This `Idempotency-Key` came with another body."})
	}
	return append(out, answer{"429", "Over the rate; `Retry-After` says for how long."})
}
