// Package docs shows the contracts to people at /docs (spec 6, 4.6): a page without scripts, made from the same files that the
// servers are generated from or tested against, the files themselves, and at /docs/try forms that send what the public one says.
package docs

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/yaml"
)

var (
	//go:embed page.html
	pageText string
	//go:embed page.css
	styles []byte
	//go:embed try.html
	tryText string
	//go:embed try.js
	tryScript []byte
)

// policy: the page needs its own style sheets and fonts and nothing else.
const policy = "default-src 'none'; style-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// tryPolicy: its forms are sent by its own script, to this server alone.
const tryPolicy = policy + "; script-src 'self'; connect-src 'self'"

// JSON is the contract's other form.
func (c contract) JSON() string { return strings.TrimSuffix(c.File, ".yaml") + ".json" }

// Try says whether the contract can be tried in the browser: it takes what a person can type in.
func (c contract) Try() bool { return c.File == "public.yaml" }

// contract is one file as the page shows it.
type contract struct {
	File, Title, Version, About string
	Base                        string
	Tags                        []tag
	Text                        string // of a contract that is not OpenAPI: shown as it is
}

type tag struct {
	Name, About string
	Operations  []operation
}

type operation struct {
	ID, Method, Path, Summary, About string
	Inputs                           []input
	Example                          string
	Answers                          []answer
	Errors                           []answer // of a contract for programs
	Samples                          []sample
	Answer                           string // an example of it
}

type input struct {
	Name, In, Type, About string
	Required              bool
	example               string
}

// List says whether several values may be given.
func (i input) List() bool { return strings.HasPrefix(i.Type, "array") }

// Rows are the lines that the example of a body takes.
func (op operation) Rows() int { return strings.Count(op.Example, "\n") + 1 }

type answer struct{ Status, About string }

// page is what the templates show: the contracts, and the pages' own words in a language.
type page struct {
	Lang      string
	Contracts []contract
}

// Say is a word of the page's own.
func (p page) Say(key string) string { return say(p.Lang, key) }

// Other is the language that it is not in.
func (p page) Other() string { return langs[(slices.Index(langs, p.Lang)+1)%len(langs)] }

// Handler serves /docs and the files below it, in the colors and sizes of the console's tokens; missing answers what is not
// there. It fails when a contract can't be read.
func Handler(files fs.FS, tokens []byte, missing http.HandlerFunc) (http.Handler, error) {
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list the contracts: %w", err)
	}
	var shown []contract
	for _, name := range names {
		if text, err := fs.ReadFile(files, name); name == "common.yaml" || err == nil && !isContract(text) {
			continue // shown where it is used; what tools are set to
		}
		c, err := read(files, name)
		if err != nil {
			return nil, fmt.Errorf("read the contract %s: %w", name, err)
		}
		shown = append(shown, c)
	}
	place := func(c contract) int {
		switch {
		case c.Try():
			return 0 // what programs call is what is looked for
		case c.Text == "":
			return 1
		default:
			return 2 // plain text last
		}
	}
	slices.SortStableFunc(shown, func(a, b contract) int { return place(a) - place(b) })
	contracts, err := spoken(policy, pageText, shown)
	if err != nil {
		return nil, fmt.Errorf("make the page of the contracts: %w", err)
	}
	try, err := spoken(tryPolicy, tryText, shown)
	if err != nil {
		return nil, fmt.Errorf("make the page to try the contracts: %w", err)
	}
	m := http.NewServeMux()
	m.HandleFunc("/", missing)
	m.HandleFunc("GET /docs", contracts)
	m.HandleFunc("GET /docs/{$}", contracts)
	m.HandleFunc("GET /docs/tokens.css", write("text/css; charset=utf-8", tokens))
	m.HandleFunc("GET /docs/page.css", write("text/css; charset=utf-8", styles))
	m.HandleFunc("GET /docs/try", try)
	m.HandleFunc("GET /docs/try.js", write("text/javascript; charset=utf-8", tryScript))
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read the contract %s: %w", name, err)
		}
		m.HandleFunc("GET /docs/"+name, write("application/yaml", text))
		asJSON, err := toJSON(text)
		if err != nil {
			return nil, fmt.Errorf("write the contract %s as JSON: %w", name, err)
		}
		m.HandleFunc("GET /docs/"+strings.TrimSuffix(name, ".yaml")+".json", write("application/json", asJSON))
	}
	return m, nil
}

// spoken is a page in the language of who asks for it.
func spoken(policy, text string, shown []contract) (http.HandlerFunc, error) {
	from, err := template.New("page").Funcs(template.FuncMap{"prose": prose}).Parse(text)
	if err != nil {
		return nil, err
	}
	pages := map[string]http.HandlerFunc{}
	for _, lang := range langs {
		var out bytes.Buffer
		if err := from.Execute(&out, page{lang, shown}); err != nil {
			return nil, err
		}
		pages[lang] = writeUnder(policy, "text/html; charset=utf-8", out.Bytes())
	}
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Accept-Language")
		pages[langOf(r)](w, r)
	}, nil
}

func write(kind string, body []byte) http.HandlerFunc { return writeUnder(policy, kind, body) }

func writeUnder(policy, kind string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Write(body)
	}
}

// toJSON is a contract in the other form; what it refers to is there in that form too.
func toJSON(text []byte) ([]byte, error) {
	out, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, err
	}
	return bytes.ReplaceAll(out, []byte(`"./common.yaml#`), []byte(`"./common.json#`)), nil
}

func read(files fs.FS, name string) (contract, error) {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return contract{}, err
	}
	if !bytes.HasPrefix(text, []byte("openapi:")) {
		title := strings.TrimSuffix(name, path.Ext(name))
		if _, rest, ok := strings.Cut(string(text), "title: "); ok {
			title, _, _ = strings.Cut(rest, "\n")
		}
		return contract{File: name, Title: title, Text: string(text)}, nil
	}
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = true
	loader.ReadFromURIFunc = func(_ *openapi3.Loader, at *url.URL) ([]byte, error) { return fs.ReadFile(files, path.Base(at.Path)) }
	doc, err := loader.LoadFromDataWithPath(text, &url.URL{Path: name})
	if err != nil {
		return contract{}, err
	}
	return describe(name, doc), nil
}

func describe(name string, doc *openapi3.T) contract {
	c := contract{File: name, Title: doc.Info.Title, Version: doc.Info.Version, About: doc.Info.Description}
	if len(doc.Servers) > 0 {
		c.Base = doc.Servers[0].URL
	}
	for _, t := range doc.Tags {
		c.Tags = append(c.Tags, tag{Name: t.Name, About: t.Description})
	}
	for _, p := range doc.Paths.InMatchingOrder() {
		item := doc.Paths.Value(p)
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			op := item.GetOperation(method)
			if op == nil {
				continue
			}
			at := c.tagOf(op.Tags)
			described := describeOperation(method, c.Base+p, item, op)
			if c.Try() {
				described.Errors = errorsOf(described, op)
				described.About = strings.TrimSpace(refusals.ReplaceAllString(described.About, "")) // they stand in the table
				described.Samples = samples(described)
			}
			at.Operations = append(at.Operations, described)
		}
	}
	for i := range c.Tags {
		slices.SortStableFunc(c.Tags[i].Operations, func(a, b operation) int { return strings.Compare(a.Path, b.Path) })
	}
	return c
}

func (c *contract) tagOf(names []string) *tag {
	name := "other"
	if len(names) > 0 {
		name = names[0]
	}
	i := slices.IndexFunc(c.Tags, func(t tag) bool { return t.Name == name })
	if i < 0 {
		c.Tags = append(c.Tags, tag{Name: name})
		i = len(c.Tags) - 1
	}
	return &c.Tags[i]
}

func describeOperation(method, at string, item *openapi3.PathItem, op *openapi3.Operation) operation {
	out := operation{ID: op.OperationID, Method: method, Path: at, Summary: op.Summary, About: op.Description}
	for _, p := range append(slices.Clone(item.Parameters), op.Parameters...) {
		out.Inputs = append(out.Inputs, input{p.Value.Name, p.Value.In, kind(p.Value.Schema), p.Value.Description, p.Value.Required, exampleOf(p.Value)})
	}
	if op.RequestBody != nil {
		if body := op.RequestBody.Value.Content.Get("application/json"); body != nil {
			out.Inputs = append(out.Inputs, properties(body.Schema)...)
			out.Example = indented(body.Example)
		}
	}
	for status, r := range op.Responses.Map() {
		about := ""
		if r.Value.Description != nil {
			about = *r.Value.Description
		}
		if body := r.Value.Content.Get("application/json"); body != nil && strings.HasPrefix(status, "2") && out.Answer == "" {
			out.Answer = indented(body.Example)
		}
		out.Answers = append(out.Answers, answer{status, about})
	}
	slices.SortFunc(out.Answers, func(a, b answer) int { return strings.Compare(a.Status, b.Status) })
	return out
}

func properties(s *openapi3.SchemaRef) (out []input) {
	if s == nil || s.Value == nil {
		return nil
	}
	for name, p := range s.Value.Properties {
		out = append(out, input{name, "body", kind(p), p.Value.Description, slices.Contains(s.Value.Required, name), ""})
	}
	slices.SortFunc(out, func(a, b input) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// kind is a schema in a few words: "string, one of confirm dismiss".
func kind(s *openapi3.SchemaRef) string {
	if s == nil || s.Value == nil {
		return ""
	}
	words := ""
	if s.Value.Type != nil {
		words = strings.Join(*s.Value.Type, " or ")
	}
	if s.Value.Items != nil {
		words += " of " + kind(s.Value.Items)
	}
	if len(s.Value.Enum) > 0 {
		words += ", one of"
		for _, v := range s.Value.Enum {
			words += fmt.Sprintf(" %v", v)
		}
	}
	return words
}

// indented is an example as a person reads it, empty when there is none.
func indented(example any) string {
	if example == nil {
		return ""
	}
	text, err := json.MarshalIndent(example, "", "  ")
	if err != nil {
		return ""
	}
	return string(text)
}

// isContract tells a contract from other files beside it.
func isContract(text []byte) bool {
	return bytes.HasPrefix(text, []byte("openapi:")) || bytes.HasPrefix(text, []byte("asyncapi:"))
}
