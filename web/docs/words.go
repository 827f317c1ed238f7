package docs

import (
	"net/http"
	"strings"
)

// langs are those of the pages' own words; the contracts themselves are written in English.
var langs = []string{"en", "es"}

// words are what the pages say themselves, in English and Spanish.
var words = map[string][2]string{
	"title":      {"APIs", "API"},
	"skip":       {"Skip to content", "Saltar al contenido"},
	"contracts":  {"Contracts", "Contratos"},
	"operations": {"Operations", "Operaciones"},
	"version":    {"version", "versión"},
	"other":      {"Español", "English"},
	"input":      {"Input", "Entrada"},
	"in":         {"In", "En"},
	"type":       {"Type", "Tipo"},
	"about":      {"About", "Qué es"},
	"answer":     {"Answer", "Respuesta"},
	"error":      {"Error", "Error"},
	"when":       {"When", "Cuándo"},
	"example":    {"Example", "Ejemplo"},
	"contract":   {"Contract", "Contrato"},
	"try":        {"Try it", "Probar"},
	"read":       {"What it does", "Qué hace"},
	"tryTitle":   {"Try the API", "Probar la API"},
	"token":      {"Token", "Token"},
	"tokenAbout": {"It stays in this page. Administrators make one under", "Se queda en esta página. Los administradores crean uno en"},
	"tokens":     {"Credentials", "Credenciales"},
	"real":       {"Requests are real: a text sent here reaches its phone. In the demo every phone is simulated.", "Las peticiones son reales: un mensaje enviado aquí llega a su teléfono. En la demo todos los teléfonos son simulados."},
	"required":   {"required", "obligatorio"},
	"list":       {"several with commas", "varios con comas"},
	"body":       {"Body", "Cuerpo"},
	"send":       {"Send", "Enviar"},
	"sending":    {"Sending", "Enviando"},
	"in ms":      {"{status} in {ms} ms", "{status} en {ms} ms"},
	"empty":      {"The answer has no body.", "La respuesta no tiene cuerpo."},
	"noAnswer":   {"The server did not answer. Nothing says whether it heard. Try again.", "El servidor no respondió. No se sabe si lo recibió. Vuelva a intentarlo."},
	"noToken":    {"A request needs a token.", "Una petición necesita un token."},
	"noJSON":     {"This is not JSON. Check commas and quotes.", "Esto no es JSON. Revise las comas y las comillas."},
	"needed":     {"This is needed.", "Esto hace falta."},
	"noScript":   {"This page needs scripts. What it sends is written out in the contract.", "Esta página necesita scripts. Lo que envía está escrito en el contrato."},
}

func say(lang, key string) string {
	texts, ok := words[key]
	if !ok {
		return key
	}
	if lang == "es" {
		return texts[1]
	}
	return texts[0]
}

// langOf is the language that a reader asked for, or that the browser asks for first.
func langOf(r *http.Request) string {
	asked := append([]string{r.URL.Query().Get("lang")}, strings.Split(r.Header.Get("Accept-Language"), ",")...)
	for _, a := range asked {
		for _, lang := range langs {
			if a = strings.ToLower(strings.TrimSpace(a)); a == lang || strings.HasPrefix(a, lang+"-") || strings.HasPrefix(a, lang+";") {
				return lang
			}
		}
	}
	return langs[0]
}
