package ws

import (
	"github.com/gorilla/websocket"

	"sidetone/internal/errs"
)

// farewell is why a socket closes and what its client should do (spec 1.8).
type farewell struct {
	Code     int    `json:"code"`
	WhatToDo string `json:"what_to_do"`
	Message  string `json:"message"`
}

// The close codes. 1009 (frame too large) is written by the websocket library itself.
var (
	sessionEnded = farewell{4001, "sign_in", "The session has ended"}
	tooSlow      = farewell{4002, "reconnect", "This connection is too slow; what it lacks comes with resume"}
	restart      = farewell{websocket.CloseServiceRestart, "reconnect", "The server restarts"}
	resight      = farewell{websocket.CloseServiceRestart, "reconnect", "How numbers are shown has changed"}
	broken       = farewell{websocket.CloseInternalServerErr, "reconnect", "Something went wrong on our side"}
)

// refusal is the data of an error answer.
type refusal struct {
	Code    errs.Code `json:"code"`
	Message string    `json:"message"`
	By      string    `json:"by,omitempty"`
	Field   string    `json:"field,omitempty"`
}
