package client_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"sidetone/openapi/client"
)

// A program sends a text and reads what became of the chat.
func Example() {
	installation := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodPost {
			_, _ = io.WriteString(w, `{"id": 2415, "status": "selecting", "created_at": "2021-10-12T19:28:43.000Z"}`)
			return
		}
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"message": "There is no such chat", "code": "not_found"}`)
	}))
	defer installation.Close()

	ctx := context.Background()
	api, err := client.Open(installation.URL, "st_1_…")
	if err != nil {
		panic(err)
	}
	sent, err := api.SendSMSWithResponse(ctx, nil, client.SMS{
		ChatType: new("SMS"), EndUserNumber: new("+14155550142"), OutboundNumber: new("+14155550100"), Message: new("Your order has shipped."),
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(sent.JSON200.Id, sent.JSON200.Status)

	chat, err := api.GetChatWithResponse(ctx, 7)
	if err != nil {
		panic(err)
	}
	if chat.JSON200 == nil {
		fmt.Println(chat.StatusCode(), chat.JSONDefault.Message)
	}
	// Output:
	// 2415 selecting
	// 404 There is no such chat
}
