package arch

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

// Refusals are told in the reader's language: their Spanish stands in this file, under the English format.
const spanishFile = "internal/errs/es.json"

// inEnglish are the units whose refusals only programs and operators read. What the console calls is none of them.
var inEnglish = []string{"cmd", "web/api", "web/hooks", "smsapi", "internal/carrier/twilio", "internal/errs", "internal/seedtest"}

// makers are the functions of internal/errs that take a format, and at which place they do.
var makers = map[string]int{"New": 1, "Field": 1, "Say": 0}

func TestEveryRefusalIsToldInBothLanguages(t *testing.T) {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	wrong, err := checkWords(root)
	require.NoError(t, err)
	for _, line := range wrong {
		t.Error(line)
	}
}

func TestTheRulesOfWordsBite(t *testing.T) {
	const head = `package chat; import ("fmt"; "sidetone/internal/errs"); `
	for _, c := range []struct {
		name, code, spanish string
		want                []string
	}{
		{
			name:    "sentences in order",
			code:    head + `const gone = "%s is " + "gone"; func f(s string) error { _ = errs.Field("to", "It has %d of %s", 1, errs.Say("a word")); return errs.New(errs.Conflict, gone, s) }`,
			spanish: `{"It has %d of %s": "De %[2]s tiene %[1]d", "%s is gone": "%s no está", "a word": "una palabra"}`,
		},
		{
			name: "a sentence without Spanish, through a function that hands formats on",
			code: head + `func clash(field, format string, args ...any) error { return errs.Field(field, format, args...) }
func worse(format string, args ...any) error { return clash("x", format, args...) }
func f() { clash("to", "Taken"); worse("Gone by %s", "1") }`,
			spanish: `{}`,
			want:    []string{`chat/a.go:3: es.json lacks "Gone by %s"`, `chat/a.go:3: es.json lacks "Taken"`},
		},
		{
			name:    "Spanish that nobody says, or with other arguments",
			code:    head + `func f() { errs.Say("It has %d") }`,
			spanish: `{"It has %d": "Tiene %s", "Old": "Viejo"}`,
			want:    []string{`chat/a.go:1: es.json has other arguments for "It has %d"`, `internal/errs/es.json: nobody says "Old"`},
		},
		{
			name:    "words that no catalogue can have",
			code:    head + `func f(s string) { errs.New(errs.Invalid, "The "+s); errs.Field("x", "A %s", fmt.Sprintf("b %s", s)); errs.Field("x", "A %s", s+" or c"); _ = &errs.Error{} }`,
			spanish: `{"A %s": "Un %s"}`,
			want: []string{
				`chat/a.go:1: a refusal is made by errs.New or errs.Field`,
				`chat/a.go:1: the format of a refusal is a constant`,
				`chat/a.go:1: words inside an argument are an errs.Say`,
				`chat/a.go:1: words inside an argument are an errs.Say`,
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			for name, text := range map[string]string{"chat/a.go": c.code, spanishFile: c.spanish} {
				at := filepath.Join(root, name)
				require.NoError(t, os.MkdirAll(filepath.Dir(at), 0o700))
				require.NoError(t, os.WriteFile(at, []byte(text), 0o600))
			}
			wrong, err := checkWords(root)
			require.NoError(t, err)
			require.Equal(t, c.want, wrong)
		})
	}
}

// speech is what is known of the sentences while the tree is read.
type speech struct {
	spanish map[string]string
	said    map[string]bool
	handsOn map[string]int               // folder and name of a function that hands its format on; at which place it takes it
	consts  map[string]map[string]string // by folder
	wrong   []string
}

// checkWords reports all that is wrong with the sentences of the tree at root, sorted.
func checkWords(root string) ([]string, error) {
	raw, err := os.ReadFile(filepath.Join(root, spanishFile))
	if err != nil {
		return nil, err
	}
	s := speech{said: map[string]bool{}, handsOn: map[string]int{}, consts: map[string]map[string]string{}}
	if err := json.Unmarshal(raw, &s.spanish); err != nil {
		return nil, err
	}
	all, err := parse(root)
	if err != nil {
		return nil, err
	}
	files := slices.DeleteFunc(all, func(f file) bool {
		return f.isTest() || slices.ContainsFunc(inEnglish, func(unit string) bool { return strings.HasPrefix(f.path, unit+"/") })
	})
	for _, f := range files {
		s.learnConsts(f)
	}
	for known := -1; known != len(s.handsOn); { // who hands on to who hands on
		known = len(s.handsOn)
		for _, f := range files {
			s.learnForwarders(f)
		}
	}
	for _, f := range files {
		s.read(f)
	}
	for _, format := range slices.Sorted(maps.Keys(s.spanish)) {
		if !s.said[format] {
			s.wrong = append(s.wrong, fmt.Sprintf("%s: nobody says %q", spanishFile, format))
		}
	}
	slices.Sort(s.wrong)
	return s.wrong, nil
}

func (s *speech) learnConsts(f file) {
	dir := path.Dir(f.path)
	if s.consts[dir] == nil {
		s.consts[dir] = map[string]string{}
	}
	for _, d := range f.ast.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, spec := range g.Specs {
			v := spec.(*ast.ValueSpec)
			for i, name := range v.Names {
				if i < len(v.Values) {
					if text, ok := s.constant(dir, v.Values[i]); ok {
						s.consts[dir][name.Name] = text
					}
				}
			}
		}
	}
}

func (s *speech) learnForwarders(f file) {
	for _, d := range f.ast.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		format, at := formatOf(fn)
		if format == "" {
			continue
		}
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if place, ok := s.takes(f, call); ok && place < len(call.Args) && isIdent(call.Args[place], format) {
					s.handsOn[path.Dir(f.path)+" "+fn.Name.Name] = at
				}
			}
			return true
		})
	}
}

// formatOf is the parameter of a function that ends in (format string, args ...any), and its place.
func formatOf(fn *ast.FuncDecl) (name string, place int) {
	var names []string
	variadic := false
	for _, p := range fn.Type.Params.List {
		_, variadic = p.Type.(*ast.Ellipsis)
		for _, n := range p.Names {
			names = append(names, n.Name)
		}
	}
	if !variadic || len(names) < 2 {
		return "", 0
	}
	return names[len(names)-2], len(names) - 2
}

// takes tells at which place a call takes a format of ours.
func (s *speech) takes(f file, call *ast.CallExpr) (place int, ok bool) {
	switch fn := call.Fun.(type) {
	case *ast.Ident:
		place, ok = s.handsOn[path.Dir(f.path)+" "+fn.Name]
	case *ast.SelectorExpr:
		if isIdent(fn.X, "errs") {
			place, ok = makers[fn.Sel.Name]
			return place, ok
		}
		place, ok = s.handsOn[path.Dir(f.path)+" "+fn.Sel.Name]
	}
	return place, ok
}

func (s *speech) read(f file) {
	dir := path.Dir(f.path)
	for _, d := range f.ast.Decls {
		own := ""
		if fn, ok := d.(*ast.FuncDecl); ok {
			if _, forwards := s.handsOn[dir+" "+fn.Name.Name]; forwards {
				own, _ = formatOf(fn)
			}
		}
		ast.Inspect(d, func(n ast.Node) bool {
			say := func(format string, args ...any) {
				s.wrong = append(s.wrong, fmt.Sprintf("%s:%d: ", f.path, f.fset.Position(n.Pos()).Line)+fmt.Sprintf(format, args...))
			}
			switch n := n.(type) {
			case *ast.CompositeLit:
				if sel, ok := n.Type.(*ast.SelectorExpr); ok && isIdent(sel.X, "errs") && sel.Sel.Name == "Error" {
					say("a refusal is made by errs.New or errs.Field")
				}
			case *ast.CallExpr:
				place, ok := s.takes(f, n)
				if !ok || place >= len(n.Args) || isIdent(n.Args[place], own) {
					return true
				}
				s.call(dir, n.Args[place], n.Args[place+1:], say)
			}
			return true
		})
	}
}

func (s *speech) call(dir string, format ast.Expr, args []ast.Expr, say func(string, ...any)) {
	english, ok := s.constant(dir, format)
	if !ok {
		say("the format of a refusal is a constant")
		return
	}
	for _, a := range args {
		if holdsWords(a) {
			say("words inside an argument are an errs.Say")
		}
	}
	if !hasLetters(verbs.ReplaceAllString(english, "")) {
		return // it hands on what another text says
	}
	s.said[english] = true
	switch spanish, ok := s.spanish[english]; {
	case !ok:
		say("es.json lacks %q", english)
	case !slices.Equal(arguments(english), arguments(spanish)):
		say("es.json has other arguments for %q", english)
	}
}

// constant is a string that the source itself says.
func (s *speech) constant(dir string, e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.Ident:
		text, ok := s.consts[dir][e.Name]
		return text, ok
	case *ast.ParenExpr:
		return s.constant(dir, e.X)
	case *ast.BinaryExpr:
		left, ok1 := s.constant(dir, e.X)
		right, ok2 := s.constant(dir, e.Y)
		return left + right, ok1 && ok2 && e.Op == token.ADD
	}
	return "", false
}

// holdsWords finds English that would be lost in an argument: a made-up string or one added to others.
func holdsWords(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return e.Kind == token.STRING && hasLetters(verbs.ReplaceAllString(text, ""))
	case *ast.BinaryExpr:
		return e.Op == token.ADD && (holdsWords(e.X) || holdsWords(e.Y))
	case *ast.CallExpr:
		if sel, ok := e.Fun.(*ast.SelectorExpr); ok && isIdent(sel.X, "fmt") {
			return slices.ContainsFunc(e.Args, holdsWords)
		}
	}
	return false
}

var verbs = regexp.MustCompile(`%(?:\[(\d+)\])?[-+# 0]*[\d.]*([a-zA-Z%])`)

// arguments lists a format's arguments, each with its verb, in the order of the arguments.
func arguments(format string) []string {
	var out []string
	next := 1
	for _, m := range verbs.FindAllStringSubmatch(format, -1) {
		if m[2] == "%" {
			continue
		}
		if at, err := strconv.Atoi(m[1]); err == nil {
			next = at
		}
		out = append(out, fmt.Sprintf("%d%s", next, m[2]))
		next++
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func hasLetters(s string) bool { return strings.ContainsFunc(s, unicode.IsLetter) }

func isIdent(e ast.Expr, name string) bool {
	i, ok := e.(*ast.Ident)
	return ok && name != "" && i.Name == name
}
