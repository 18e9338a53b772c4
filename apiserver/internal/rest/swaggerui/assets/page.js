// Opens the document that the page names, or the one of several that the
// address chooses. The language of the page goes along.
(function () {
  "use strict";
  const root = document.getElementById("swagger-ui");
  const asked = new URLSearchParams(window.location.search);
  const cookie = document.cookie.match(/(?:^|;\s*)language=([^;]*)/);
  const language = asked.get("language") || (cookie && decodeURIComponent(cookie[1])) || navigator.language || "";
  const chinese = language.toLowerCase().startsWith("zh");
  document.documentElement.lang = chinese ? "zh" : "en";
  const tag = chinese ? "zh_CN" : "en_US";

  // choose gives the API to show: its document, and where its login is asked.
  function choose() {
    const choices = Array.from(document.querySelectorAll("#choices a[data-document]"));
    if (choices.length === 0) return { document: root.dataset.document, session: "" };
    const chosen = choices.find((a) => a.dataset.key === asked.get("api")) || choices[0];
    choices.forEach((a) => {
      if (asked.get("language")) a.search += "&language=" + tag;
    });
    chosen.setAttribute("aria-current", "page");
    return chosen.dataset;
  }

  // A login of the console works here too: what changes something carries the
  // word that proves that a page of this server sent it.
  let csrf = "";
  async function sign(session) {
    if (!session) return;
    try {
      const answer = await fetch(session, { credentials: "same-origin" });
      if (answer.ok) csrf = (await answer.json()).csrfToken || "";
    } catch {
      // Without a login a token can still be entered.
    }
  }

  const api = choose();
  sign(api.session).then(function () {
    window.SwaggerUIBundle({
      url: api.document + "?language=" + tag,
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
        if (csrf && new URL(request.url, window.location.href).origin === window.location.origin) {
          request.headers["X-CSRF-Token"] = csrf;
        }
        return request;
      },
    });
  });
})();
