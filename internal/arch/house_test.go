package arch

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const module = "sidetone"

// floors lists the house from the top. Imports only fall; units on one line are peers and do not import each other.
// A folder inside a unit belongs to it. "web/*" and "internal/*" are the units there that no other line names.
var floors = [][]string{
	{"cmd"},
	{"web"},
	{"web/api", "web/app", "web/console", "web/files", "web/hooks", "web/ws"},
	{"web/*"},
	{"smsapi", "incall", "afterCall", "internal/firstrun"},
	{"chat"},
	{"queues", "crm"},
	{"internal/carrier"},
	{"internal/tenant"},
	{"internal/*"}, // the ground: its units may import each other, but not in a circle
	{"openapi", "migrations"},
}

// Files that decide: no clock, no database, no goroutine (docs/architecture.md, "the core is pure").
var (
	pureFiles   = []string{"machine.go", "assign.go", "menu.go", "rule.go", "hold.go", "sessionless_pace.go"}
	pureImports = []string{
		"internal/id", "internal/errs", "internal/phone", "internal/event", "internal/segments",
		"internal/carrier/wire", "chat/command", "chat/reply", "queues",
	}
	impureStd = []string{
		"os", "net", "database", "context", "sync", "log", "syscall", "runtime", "math/rand", "crypto/rand", "testing",
	}
)

const (
	testOnly  = "github.com/twilio/twilio-go"          // the oracle of our own signature check
	simulator = module + "/internal/carrier/simulator" // any test may text through it
	generated = module + "/openapi/gen"                // generated types stop at the edge
)

type file struct {
	path    string // from the root, with slashes
	ast     *ast.File
	fset    *token.FileSet
	imports []string
}

func (f file) unit() string { return unitOf(path.Dir(f.path)) }
func (f file) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

// unitOf names the unit a folder belongs to: its first element, its first two below web and internal.
func unitOf(dir string) string {
	parts := strings.Split(dir, "/")
	if (parts[0] == "web" || parts[0] == "internal") && len(parts) > 1 {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

// floorOf counts from the ground up; ok is false for a folder the house does not know.
func floorOf(unit string) (floor int, ok bool) {
	for _, name := range []string{unit, path.Dir(unit) + "/*"} {
		for i, units := range floors {
			if slices.Contains(units, name) {
				return len(floors) - i, true
			}
		}
	}
	return 0, false
}

// check reports all that is wrong with the imports of the tree at root, sorted.
func check(root string) ([]string, error) {
	files, err := parse(root)
	if err != nil {
		return nil, err
	}
	var wrong []string
	ground := map[string][]string{} // unit -> ground units it imports
	for _, f := range files {
		wrong = append(wrong, checkFile(f)...)
		if !f.isTest() {
			for _, imported := range f.imports {
				if to, ok := ownUnit(imported); ok && to != f.unit() && isGround(f.unit()) && isGround(to) {
					ground[f.unit()] = append(ground[f.unit()], to)
				}
			}
		}
	}
	wrong = append(wrong, circles(ground)...)
	slices.Sort(wrong)
	return slices.Compact(wrong), nil
}

func checkFile(f file) []string {
	var wrong []string
	say := func(format string, args ...any) {
		wrong = append(wrong, f.path+": "+fmt.Sprintf(format, args...))
	}
	from, known := floorOf(f.unit())
	if !known {
		say("the folder %s has no floor", f.unit())
		return wrong
	}
	for _, imported := range f.imports {
		if strings.HasPrefix(imported, testOnly) && !f.isTest() {
			say("imports %s, which is for tests", imported)
		}
		if strings.HasPrefix(imported, generated) && !f.isTest() && !strings.HasPrefix(f.path, "web/") && !strings.HasPrefix(f.path, "openapi/") {
			say("imports %s: generated types stop at the edge", imported)
		}
		unit, own := ownUnit(imported)
		if !own || unit == f.unit() || (f.isTest() && imported == simulator) {
			continue
		}
		to, known := floorOf(unit)
		switch {
		case !known:
			say("imports %s, which has no floor", imported)
		case to > from:
			say("imports %s, which is above it", imported)
		case to == from && !isGround(unit):
			say("imports %s, its peer", imported)
		}
	}
	if slices.Contains(pureFiles, path.Base(f.path)) && !strings.HasPrefix(f.path, "web/") && !strings.HasPrefix(f.path, "cmd/") {
		wrong = append(wrong, checkPure(f)...)
	}
	return wrong
}

func ownUnit(imported string) (unit string, own bool) {
	rest, own := strings.CutPrefix(imported, module+"/")
	return unitOf(rest), own
}

func isGround(unit string) bool {
	floor, ok := floorOf(unit)
	ground, _ := floorOf("internal/any")
	return ok && floor == ground
}

// checkPure also looks for what needs no import: a goroutine, and the clock behind package time.
func checkPure(f file) []string {
	var wrong []string
	say := func(pos token.Pos, what string) {
		wrong = append(wrong, fmt.Sprintf("%s:%d: a pure file %s", f.path, f.fset.Position(pos).Line, what))
	}
	for _, spec := range f.ast.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		rest, own := strings.CutPrefix(imported, module+"/")
		if own {
			if !slices.Contains(pureImports, rest) {
				say(spec.Pos(), "imports "+imported)
			}
			continue
		}
		first, _, _ := strings.Cut(imported, "/")
		impure := func(std string) bool { return imported == std || strings.HasPrefix(imported, std+"/") }
		if strings.Contains(first, ".") || slices.ContainsFunc(impureStd, impure) {
			say(spec.Pos(), "imports "+imported)
		}
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			say(n.Pos(), "starts a goroutine")
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "Sleep", "After", "Tick", "NewTimer", "NewTicker", "AfterFunc"}, n.Sel.Name) {
				say(n.Pos(), "reads the clock: time is an argument")
			}
		}
		return true
	})
	return wrong
}

// circles finds units that reach themselves; Go itself only refuses circles of packages.
func circles(imports map[string][]string) []string {
	var found []string
	for start := range imports {
		seen := map[string]bool{}
		var reaches func(unit string) bool
		reaches = func(unit string) bool {
			return slices.ContainsFunc(imports[unit], func(next string) bool {
				if next == start {
					return true
				}
				if seen[next] {
					return false
				}
				seen[next] = true
				return reaches(next)
			})
		}
		if reaches(start) {
			found = append(found, start+": imports itself in a circle")
		}
	}
	return found
}

// parse reads every Go file below root but those of other modules and of tools' folders.
func parse(root string) ([]file, error) {
	var files []file
	tree := os.DirFS(root)
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name == "." {
				return nil
			}
			if strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"node_modules", "testdata", "bin", "tmp"}, d.Name()) {
				return fs.SkipDir
			}
			if _, err := fs.Stat(tree, path.Join(name, "go.mod")); err == nil {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		fset := token.NewFileSet()
		parsed, err := parser.ParseFile(fset, filepath.Join(root, filepath.FromSlash(name)), nil, parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("parse %s: %w", name, err)
		}
		f := file{path: name, ast: parsed, fset: fset}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return fmt.Errorf("parse an import of %s: %w", name, err)
			}
			f.imports = append(f.imports, imported)
		}
		files = append(files, f)
		return nil
	})
	slices.SortFunc(files, func(a, b file) int { return cmp.Compare(a.path, b.path) })
	return files, err
}
