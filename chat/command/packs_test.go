package command

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// packCases are what a pack must read and what it must leave alone. Accents stand where people write them.
var packCases = map[string]struct {
	stop, help, start []string // exact, tier 1
	phrases           []string // tier 2
	flags             []string // tier 3
	ordinary          []string
}{
	"en": {
		stop:     []string{"STOP", "stopall", "opt-out", "Remove", "End", "QUIT"},
		help:     []string{"help", "INFO?"},
		start:    []string{"START", "Unstop"},
		phrases:  []string{"please stop texting me", "Remove me from your list.", "don't text me again"},
		flags:    []string{"cancel my order", "when does it end"},
		ordinary: []string{"the weekend works", "yes please, the blue one"},
	},
	"es": {
		stop:     []string{"ALTO", "Baja", "PARAR", "cancelar", "Cancelar suscripción", "anular suscripcion", "darme de baja", "desuscribirme"},
		help:     []string{"AYUDA", "¿Ayuda?", "auxilio"},
		start:    []string{"INICIO", "iniciar", "Reanudar"},
		phrases:  []string{"No más mensajes", "por favor dejen de enviarme mensajes", "Quítenme de la lista", "no quiero recibir más mensajes", "ya no me escriban"},
		flags:    []string{"número equivocado", "déjenme en paz", "la presión está baja"},
		ordinary: []string{"¿Qué precio tiene el envío?", "quiero más información sobre los mensajes de voz", "mi pedido no llegó", "no me enviaron el paquete"},
	},
	"fr": {
		stop:     []string{"ARRET", "Arrêt", "ARRÊTE", "arrêtez", "Désabonner", "Désinscription", "STOP SMS", "se désabonner"},
		help:     []string{"AIDE", "aide !"},
		start:    []string{"reprendre", "REPRISE"},
		phrases:  []string{"Arrêtez de m'envoyer des messages", "arrêtez de m’écrire", "Je ne veux plus recevoir de messages", "Désabonnez-moi", "Retirez-moi de votre liste", "plus de SMS"},
		flags:    []string{"mauvais numéro", "laissez-moi tranquille"},
		ordinary: []string{"Mon colis n'est pas arrivé", "Pouvez-vous m'aider ?", "je voudrais recevoir un message de confirmation", "quel est le prix de la livraison"},
	},
	"pt": {
		stop:     []string{"PARAR", "pare", "SAIR", "Cancelar", "remover", "Cancelar inscrição", "descadastrar", "desinscrever"},
		help:     []string{"AJUDA", "ajuda?"},
		start:    []string{"REATIVAR", "iniciar"},
		phrases:  []string{"não quero mais receber mensagens", "Parem de me enviar mensagens", "me tire da lista", "não me mande mais mensagens", "chega de mensagens"},
		flags:    []string{"número errado", "me deixem em paz"},
		ordinary: []string{"Qual é o prazo de entrega?", "quero receber a mensagem de confirmação", "não recebi o pedido", "pode me mandar o boleto"},
	},
}

func TestEachPackReadsItsLanguage(t *testing.T) {
	w := defaultWords(t)
	require.Len(t, packCases, len(packLangs))
	for lang, c := range packCases {
		for kind, texts := range map[Kind][]string{Stop: c.stop, Help: c.help, Start: c.start} {
			for _, text := range texts {
				m := w.Match(text)
				require.Equal(t, []any{kind, Exact}, []any{m.Kind, m.Tier}, "%s: %q", lang, text)
				require.Equal(t, lang, m.LangFor(lang), "%s: %q is answered in its language", lang, text)
			}
		}
		for _, text := range c.phrases {
			m := w.Match(text)
			require.Equal(t, []any{Stop, Phrase, lang}, []any{m.Kind, m.Tier, m.Lang}, "%s: %q", lang, text)
		}
		for _, text := range c.flags {
			require.Equal(t, Match{PossibleOptOut: true}, w.Match(text), "%s: %q", lang, text)
		}
		for _, text := range c.ordinary {
			require.Equal(t, Match{}, w.Match(text), "%s: %q", lang, text)
		}
	}
}

// Every word of every pack holds in every form, and none takes a protected word's meaning away.
func TestAPackAddsToTheProtectedWords(t *testing.T) {
	w := defaultWords(t)
	for _, lang := range packLangs {
		text, err := packFiles.ReadFile("packs/" + lang + ".txt")
		require.NoError(t, err)
		p, err := ParsePack(lang, string(text))
		require.NoError(t, err)
		for kind, words := range map[Kind][]string{Stop: p.Stop, Help: p.Help, Start: p.Start} {
			for _, word := range words {
				for _, way := range ways {
					for _, frame := range frames {
						said := fmt.Sprintf(frame, way.with(word))
						m := w.Match(said)
						require.Equal(t, []any{kind, Exact}, []any{m.Kind, m.Tier}, "%s, %s: %q", lang, way.name, said)
						require.Equal(t, lang, m.LangFor(lang), "%s: %q", lang, said)
					}
				}
			}
		}
	}
	for kind, words := range map[Kind][]string{Stop: protected.Stop, Help: protected.Help, Start: protected.Start} {
		for _, word := range words {
			m := w.Match(word)
			require.Equal(t, []any{kind, "en"}, []any{m.Kind, m.Lang}, word)
		}
	}
}

// The words that the rules of spec 1.3 and the carriers name for other languages.
func TestTheNamedWordsOfOtherLanguagesAreThere(t *testing.T) {
	for word, kind := range map[string]Kind{
		"ARRET": Stop, "ARRETE": Stop, "ALTO": Stop, "BAJA": Stop, "PARAR": Stop, "SAIR": Stop, "CANCELAR": Stop,
		"AIDE": Help, "AYUDA": Help, "AJUDA": Help,
	} {
		for _, written := range []string{word, strings.ToLower(word)} {
			require.Equal(t, kind, Words{}.Match(written).Kind, written)
		}
	}
}
