package idp

import "fmt"

// Fault is what is wrong with a provider, as a word that pages have a sentence for.
type Fault string

// The faults.
const (
	BadAddress  Fault = "address"     // no https address
	Private     Fault = "private"     // it lies in our own network
	Unreachable Fault = "unreachable" // nobody answers, or not in time
	Untrusted   Fault = "tls"         // its certificate is not to be trusted
	NotFound    Fault = "status"      // discovery answers with another status than 200
	Unreadable  Fault = "unreadable"  // discovery is no JSON object
	OtherIssuer Fault = "issuer"      // it calls itself something else
	BadEndpoint Fault = "endpoint"    // an endpoint is missing, or no https address
	NoCodeFlow  Fault = "code_flow"   // it does not offer the authorization code flow
	NoAlgorithm Fault = "algorithm"   // it signs in no way that we take
	NoKeys      Fault = "keys"        // its keys cannot be read, or there is none
	BadClient   Fault = "client"      // it does not know the client, or the secret is wrong
)

// Problem is a fault with what was seen: a status, another issuer, the name of an endpoint.
type Problem struct {
	Fault  Fault
	Detail string
	Err    error // for the operator
}

func (p *Problem) Error() string {
	text := "the provider: " + string(p.Fault)
	if p.Detail != "" {
		text += " (" + p.Detail + ")"
	}
	if p.Err != nil {
		text += ": " + p.Err.Error()
	}
	return text
}

func (p *Problem) Unwrap() error { return p.Err }

func problem(fault Fault, format string, args ...any) *Problem {
	const longest = 200
	detail := []rune(fmt.Sprintf(format, args...))
	return &Problem{Fault: fault, Detail: string(detail[:min(len(detail), longest)])}
}
