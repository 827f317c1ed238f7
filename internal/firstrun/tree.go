package firstrun

import (
	"sidetone/chat/command"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/queues"
)

// Trees are the starting trees that one may choose from (spec 6, 4.2), by what they are called in the contract.
var Trees = []string{"one", "shop", "office"}

// name is what a queue is called, by language.
type name map[string]string

type branch struct {
	name  name
	below []name
}

var trees = map[string]branch{
	"one": {name: name{"en": "Support", "es": "Atención", "fr": "Assistance", "pt": "Suporte"}},
	"shop": {name: name{"en": "Customer care", "es": "Atención al cliente", "fr": "Service client", "pt": "Atendimento"}, below: []name{
		{"en": "Orders", "es": "Pedidos", "fr": "Commandes", "pt": "Pedidos"}, //nolint:misspell // French
		{"en": "Returns", "es": "Devoluciones", "fr": "Retours", "pt": "Devoluções"},
		{"en": "Billing", "es": "Facturación", "fr": "Facturation", "pt": "Faturamento"},
	}},
	"office": {name: name{"en": "Reception", "es": "Recepción", "fr": "Accueil", "pt": "Recepção"}, below: []name{
		{"en": "Appointments", "es": "Citas", "fr": "Rendez-vous", "pt": "Agendamentos"},
		{"en": "Billing", "es": "Facturación", "fr": "Facturation", "pt": "Faturamento"},
		{"en": "Other questions", "es": "Otras preguntas", "fr": "Autres questions", "pt": "Outras perguntas"},
	}},
}

// size is how many queues a tree has.
func size(tree string) int { return 1 + len(trees[tree].below) }

// grow makes the queues of a tree, the top one first. The first language is the tree's own; in the others its queues have names.
func grow(tree string, langs []string, ids []id.Queue) ([]queues.Node, error) {
	b, known := trees[tree]
	if !known {
		return nil, errs.Field("tree", "choose one of the starting trees")
	}
	d := queues.NewTree(nil, command.Normalise).Draft()
	if err := d.Add(b.name.node(ids[0], 0, langs), 0); err != nil {
		return nil, err
	}
	for i, n := range b.below {
		if err := d.Add(n.node(ids[1+i], ids[0], langs), i); err != nil {
			return nil, err
		}
	}
	reserved := func(word string) error { return command.Clash(word) }
	if err := d.Check(reserved); err != nil {
		return nil, err
	}
	out := make([]queues.Node, 0, len(ids))
	for _, q := range ids {
		out = append(out, *d.Node(q))
	}
	return out, nil
}

func (n name) node(q, parent id.Queue, langs []string) queues.Node {
	made := queues.Node{ID: q, Parent: parent, Channel: queues.SMS, Lang: langs[0], Name: n[langs[0]]}
	for _, l := range langs[1:] {
		if made.Names == nil {
			made.Names = map[string]string{}
		}
		made.Names[l] = n[l]
	}
	return made
}

// leaves are the queues of a tree that agents serve.
func leaves(nodes []queues.Node) []queues.Node {
	if len(nodes) == 1 {
		return nodes
	}
	return nodes[1:]
}
