// Shows the public API with the renderer that is built into this program. Credentials stay in the page.
if (window.SwaggerUIBundle) {
  window.SwaggerUIBundle({
    url: '/docs/public.json',
    dom_id: '#contract',
    deepLinking: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    persistAuthorization: false,
    validatorUrl: null,
    presets: [window.SwaggerUIBundle.presets.apis],
  });
}
