// Opens the document that the page names. The language of the page goes along.
(function () {
  "use strict";
  const root = document.getElementById("swagger-ui");
  const wanted = new URLSearchParams(window.location.search).get("language");
  const cookie = document.cookie.match(/(?:^|;\s*)language=([^;]*)/);
  const language = wanted || (cookie && decodeURIComponent(cookie[1])) || navigator.language || "";
  const chinese = language.toLowerCase().startsWith("zh");
  document.documentElement.lang = chinese ? "zh" : "en";
  const tag = chinese ? "zh_CN" : "en_US";
  window.SwaggerUIBundle({
    url: root.dataset.document + "?language=" + tag,
    domNode: root,
    deepLinking: true,
    docExpansion: "none",
    displayRequestDuration: true,
    filter: true,
    persistAuthorization: false,
    validatorUrl: null,
    presets: [window.SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    requestInterceptor: function (request) {
      request.headers.language = tag;
      return request;
    },
  });
})();
