package simulator

import (
	"bytes"
	"encoding/base64"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier/wire"
)

func (w *world) fetch(t *testing.T, method, address, user, pass string) (int, string, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	require.NoError(t, err)
	if user != "" {
		req.SetBasicAuth(user, pass)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	if to, err := res.Location(); err == nil {
		return res.StatusCode, to.String(), b
	}
	return res.StatusCode, res.Header.Get("Content-Type"), b
}

func TestBundledPicturesAreServedAsTheCarrierServesMedia(t *testing.T) {
	w := newWorld(t)
	dot := base64.StdEncoding.EncodeToString([]byte("not really a png"))
	body := `{"from":"` + ann + `","to":"` + ours + `","media":["sample:mug","sample:label","sample:dot","data:image/png;base64,` + dot + `",
		"https://pictures.example/cat.png?x=1",{"url":"https://pictures.example/film","content_type":"video/mp4"}]}`
	require.Equal(t, http.StatusOK, w.call(t, "POST", "/sim/texts", body, nil))
	in, _ := w.desk.told(t)
	require.Len(t, in[0].Media, 6)
	require.Empty(t, in[0].Text)
	require.Regexp(t, `^MM`, in[0].ProviderID)
	require.Equal(t, []wire.Media{
		{URL: "https://pictures.example/cat.png?x=1", ContentType: "image/png"},
		{URL: "https://pictures.example/film", ContentType: "video/mp4"},
	}, in[0].Media[4:])
	for i, want := range []string{"jpeg", "png", "gif"} {
		m := in[0].Media[i]
		require.Equal(t, "image/"+want, m.ContentType)
		status, _, _ := w.fetch(t, "GET", m.URL, "", "")
		require.Equal(t, http.StatusUnauthorized, status)
		status, _, _ = w.fetch(t, "GET", m.URL, "AC2", "other")
		require.Equal(t, http.StatusUnauthorized, status)
		status, place, _ := w.fetch(t, "GET", m.URL, "AC1", token)
		require.Equal(t, http.StatusTemporaryRedirect, status)
		status, kind, content := w.fetch(t, "GET", place, "", "")
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, m.ContentType, kind)
		_, format, err := image.Decode(bytes.NewReader(content))
		require.NoError(t, err)
		require.Equal(t, want, format)
	}
	mug := in[0].Media[0].URL
	status, place, _ := w.fetch(t, "GET", mug, "AC1", token)
	require.Equal(t, http.StatusTemporaryRedirect, status)
	status, _, _ = w.fetch(t, "DELETE", mug, "AC1", token)
	require.Equal(t, http.StatusNoContent, status)
	for _, gone := range []string{mug, place} {
		status, _, _ = w.fetch(t, "GET", gone, "AC1", token)
		require.Equal(t, http.StatusNotFound, status)
	}
	status, _, _ = w.fetch(t, "DELETE", mug, "AC1", token)
	require.Equal(t, http.StatusNotFound, status)
	require.Equal(t, in[0].Media[4].URL, w.texts(t, "?direction=in")[0].Media[4])
}

func TestOldFilesMakeRoom(t *testing.T) {
	var m mediaStore
	for i := range maxFiles + 1 {
		m.put(&file{id: string(rune('a' + i))})
	}
	require.Nil(t, m.get("a"))
	require.NotNil(t, m.get("b"))
	require.Len(t, m.files, maxFiles)

	m = mediaStore{}
	half := make([]byte, maxFileBytes/2)
	for _, id := range []string{"a", "b", "c"} {
		m.put(&file{id: id, bytes: half})
	}
	require.Nil(t, m.get("a"))
	require.NotNil(t, m.get("b"), "two halves are exactly what there is room for")
	m.remove("b")
	m.put(&file{id: "d", bytes: []byte{1}})
	require.NotNil(t, m.get("c"))
	require.Equal(t, maxFileBytes/2+1, m.bytes, "what was removed counts until its turn")
}

func TestSamplesCanBeSeenBeforeTheyAreSent(t *testing.T) {
	w := newWorld(t)
	for name, want := range map[string]string{"mug": "image/jpeg", "label": "image/png", "dot": "image/gif"} {
		status, kind, content := w.fetch(t, "GET", w.srv.URL+"/sim/samples/"+name, "", "")
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, want, kind)
		_, _, err := image.Decode(bytes.NewReader(content))
		require.NoError(t, err)
	}
	status, _, _ := w.fetch(t, "GET", w.srv.URL+"/sim/samples/cat", "", "")
	require.Equal(t, http.StatusNotFound, status)
}

func TestAFileOfFiveMegabytesComesWithAText(t *testing.T) {
	w := newWorld(t)
	photo := base64.StdEncoding.EncodeToString(make([]byte, 5<<20))
	require.Equal(t, http.StatusOK, w.call(t, "POST", "/sim/texts", `{"from":"`+ann+`","to":"`+ours+`","media":["data:image/jpeg;base64,`+photo+`"]}`, nil))
	in, _ := w.desk.told(t)
	require.Len(t, in[0].Media, 1)
}
