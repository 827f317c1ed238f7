package openapi_test

import (
	"context"
	"io/fs"
	"net/url"
	"path"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"sidetone/openapi"
)

// Contracts are sound, and their examples are what their schemas allow.
func TestContractsAndTheirExamplesAreSound(t *testing.T) {
	for _, name := range []string{"common.yaml", "public.yaml", "console.yaml"} {
		t.Run(name, func(t *testing.T) {
			loader := openapi3.NewLoader()
			loader.IsExternalRefsAllowed = true
			loader.ReadFromURIFunc = func(_ *openapi3.Loader, at *url.URL) ([]byte, error) {
				return fs.ReadFile(openapi.FS, path.Base(at.Path))
			}
			text, err := openapi.FS.ReadFile(name)
			require.NoError(t, err)
			doc, err := loader.LoadFromDataWithPath(text, &url.URL{Path: name})
			require.NoError(t, err)
			require.NoError(t, doc.Validate(context.Background(), openapi3.EnableExamplesValidation(), openapi3.AllowExtensionsWithRef()))
		})
	}
}
