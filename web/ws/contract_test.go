package ws

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// contract is openapi/asyncapi.yaml as the tests hold the server to it.
type contract struct {
	doc     map[string]any
	schemas map[string]*jsonschema.Schema // by type of frame
}

var readContract = sync.OnceValues(func() (*contract, error) {
	text, err := os.ReadFile("../../openapi/asyncapi.yaml")
	if err != nil {
		return nil, err
	}
	c := &contract{schemas: map[string]*jsonschema.Schema{}}
	if err := yaml.Unmarshal(text, &c.doc); err != nil {
		return nil, err
	}
	messages := dig(c.doc, "components", "messages")
	for name := range messages {
		shut(dig(messages, name, "payload"))
	}
	for _, schema := range dig(c.doc, "components", "schemas") {
		shut(schema)
	}
	plain, err := json.Marshal(c.doc)
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(plain)))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	if err := compiler.AddResource("asyncapi.json", doc); err != nil {
		return nil, err
	}
	for name := range messages {
		if c.schemas[name], err = compiler.Compile("asyncapi.json#/components/messages/" + name + "/payload"); err != nil {
			return nil, err
		}
	}
	return c, nil
})

func dig(m map[string]any, path ...string) map[string]any {
	for _, p := range path {
		m, _ = m[p].(map[string]any)
	}
	return m
}

// shut makes schemas refuse what they do not name: clients must allow new fields, but our own tests must see them
// written down.
func shut(schema any) {
	switch s := schema.(type) {
	case map[string]any:
		if _, named := s["properties"]; named && s["additionalProperties"] == nil {
			s["additionalProperties"] = false
		}
		for _, inner := range s {
			shut(inner)
		}
	case []any:
		for _, inner := range s {
			shut(inner)
		}
	}
}

func theContract(t testing.TB) *contract {
	t.Helper()
	c, err := readContract()
	require.NoError(t, err)
	return c
}

// check holds one frame to the contract.
func (c *contract) check(t testing.TB, frame []byte) {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(frame)))
	require.NoError(t, err)
	kind, _ := value.(map[string]any)["type"].(string)
	schema := c.schemas[kind]
	require.NotNil(t, schema, "%s is in no contract: %s", kind, frame)
	require.NoError(t, schema.Validate(value), "%s", frame)
}

// named lists the messages of an operation of the contract.
func (c *contract) named(operation string) []string {
	var out []string
	refs, _ := dig(c.doc, "operations", operation)["messages"].([]any)
	for _, ref := range refs {
		at := ref.(map[string]any)["$ref"].(string)
		out = append(out, at[strings.LastIndex(at, "/")+1:])
	}
	slices.Sort(out)
	return out
}

func TestTheServerTakesExactlyTheRequestsOfTheContract(t *testing.T) {
	t.Parallel()
	takes := append(slices.Collect(maps.Keys(handlers)), "resume")
	slices.Sort(takes)
	require.Equal(t, theContract(t).named("ask"), takes)
}

func TestTheServerSendsExactlyTheFramesOfTheContract(t *testing.T) {
	t.Parallel()
	c := theContract(t)
	sends := append([]string{}, frameTypes...)
	slices.Sort(sends)
	want := append(c.named("tell"), "ok", "error")
	slices.Sort(want)
	require.Equal(t, want, sends)
	all := slices.Sorted(maps.Keys(dig(c.doc, "channels", "agent", "messages")))
	require.Equal(t, slices.Sorted(maps.Keys(c.schemas)), all, "the channel names every message")
}

func TestTheContractsExamplesAreValid(t *testing.T) {
	t.Parallel()
	c := theContract(t)
	for name, message := range dig(c.doc, "components", "messages") {
		examples, _ := message.(map[string]any)["examples"].([]any)
		for _, example := range examples {
			plain, err := json.Marshal(example.(map[string]any)["payload"])
			require.NoError(t, err)
			value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(plain)))
			require.NoError(t, err)
			require.NoError(t, c.schemas[name].Validate(value), name)
		}
	}
}
