// Opens every page in both languages and themes, full of what was seeded, some
// of it ill-meant. Keeps a picture of each, and looks for what a page must not
// have: more width than the window, keys in place of texts, code of strangers
// that ran, barriers for people who do not see or point well.
import axe from "axe-core";
import { go, settled, shot, signIn, tell, texts, ui } from "./support.mjs";
import { project, seed } from "./seed.mjs";

// pagesOf lists all pages by the patterns of the console's routes.
const pagesOf = (ids) => {
  const of = (path, ...queries) => [path, ...queries.map((q) => path + q)];
  const tabs = (base, ...names) => names.map((n) => `${base}/${n}`);
  const p = `/projects/${project}`;
  const [w, i] = [`${p}/workflows/${ids.workflow}`, `${p}/instances/${ids.instance}`];
  return [
    "/", "/none", "/instances", "/api", "/audit", "/retention",
    ...of("/projects", "?open=new"), p, `${p}/members`,
    ...of(`${p}/workflows`), `${p}/workflows/new`, w, `${w}/edit?view=canvas&task=check`, `${w}/edit?view=both`, `${w}/versions?from=1&to=draft`,
    ...of(`${p}/instances`), ...of(i, "?task=report", "?tab=gantt", "?tab=tasks", "?tab=params", "?tab=history"), `${p}/tasks/${ids.task}/log`,
    ...of(`${p}/schedules`, "?open=new", "?view=calendar"), `${p}/schedules/${ids.schedule}`, `${p}/backfills`, `${p}/backfills/${ids.backfill}`,
    `${p}/workflows/${ids.evil}`, `${p}/workflows/${ids.evil}/edit?view=both`, `${p}/instances/${ids.evilInstance}`, `${p}/instances/${ids.evilInstance}?tab=params`, `${p}/tasks/${ids.evilTask}/log`,
    "/files", "/files/new", `/files?path=/scripts`, `/files/${ids.file}`, ...tabs("/udfs", "functions", "files"),
    ...of("/data-sources", "?open=new"), `/data-sources/${ids.source}`,
    ...of("/environments", "?open=1"), ...of("/calendars"), `/calendars/${ids.calendar}`, ...of("/task-groups", "?open=1"), "/worker-groups",
    ...tabs("/alerts", "groups", "channels?open=new", "deliveries"),
    ...tabs("/security", "users", "users?open=new", "tenants", "queues", "tokens", "logins"),
    ...tabs("/monitor", "overview", "masters", "workers", "apiservers", "shards", "commands", "deliveries"),
    ...tabs("/account", "password", "tokens"),
    // What opens by a button: its page, and the button's text.
    [w, "runs.start"], [w, "runs.backfill"], [`${w}/edit?view=canvas`, "editor.publish.ok"], [`${p}/workflows`, "workflows.import"], ["/", "shell.jump"],
  ].map((page) => (typeof page === "string" ? [page] : page));
};

tell(async (world) => {
  const pages = pagesOf(await seed());
  await Promise.all(["en", "zh"].map((language) => look(world, language, pages)));
  world.note(`${pages.length} pages in 2 languages and 2 themes`);
});

// look goes through all pages in a language.
async function look(world, language, pages) {
  const page = await world.open(language);
  const t = texts(language);
  const answer = await page.goto(ui + "/");
  const policy = (await answer.allHeaders())["content-security-policy"] ?? "";
  world.check(/script-src 'self'(;|$)/.test(policy) && /default-src 'self'/.test(policy), `the page's policy is ${policy}`);
  world.check(!/<script(?![^>]*\ssrc=)|\son\w+=/i.test(await answer.text()), "the page has code within it");
  // Motion would only be waited for.
  await page.addStyleTag({ content: "*, ::before, ::after { transition-duration: 1ms !important; animation-duration: 1ms !important; animation-iteration-count: 1 !important }" });
  await page.evaluate(axe.source);
  await settled(page);
  await settle(page, "login", world, language);
  await signIn(page);
  await page.locator(".side-menu").first().waitFor();
  await page.mouse.move(0, 0); // not to point at something everywhere
  for (const [path, opener] of pages) {
    await go(page, path);
    if (opener) {
      await page.getByRole("button", { name: t(opener) }).first().click();
      await page.getByRole("dialog").waitFor();
      await settled(page);
    }
    await settle(page, opener ? `${path} ${opener}` : path, world, language);
  }
}

// settle looks at a page in both themes, first in the one that is on: a change
// of theme takes time. Colours differ by theme, all other barriers are looked for
// once.
async function settle(page, path, world, language) {
  const name = path.replace(/^\//, "").replaceAll(/[^\w-]+/g, "_") || "home";
  const at = `${path} ${language}`;
  const frame = path === "/" || path === "login";
  for (const theme of (page.themes ??= ["light", "dark"])) {
    await page.emulateMedia({ colorScheme: theme });
    await page.locator(`html[data-theme=${theme}]`).waitFor({ state: "attached" });
    await shot(page, `${name}-${language}-${theme}`);
    if ((language === "en") === (theme === "light")) for (const found of await barriers(page, frame, theme === "dark")) world.check(false, `${at} ${theme}: ${found}`);
  }
  for (const fault of await page.evaluate(inspect, language)) world.check(false, `${at}: ${fault}`);
  page.themes.reverse();
}

// barriers lists what axe finds against WCAG 2.1 A and AA. The frame around the
// pages is the same for all and is looked at once, on the first.
async function barriers(page, frame, colours) {
  const found = await page.evaluate(
    async ([frame, colours]) => {
      const only = colours ? { type: "rule", values: ["color-contrast"] } : { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] };
      const { violations } = await axe.run(frame ? document : { exclude: [".side", ".top"] }, { runOnly: only, resultTypes: ["violations"], preload: false });
      return violations.map((v) => ({ id: v.id, nodes: v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 200)} ${n.failureSummary}`) }));
    },
    [frame, colours],
  );
  return found.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.replaceAll(/\s+/g, " ").slice(0, 450)}`));
}

// inspect runs in the page and lists its faults.
function inspect(language) {
  const faults = [];
  const html = document.documentElement;
  // Behind a dialog nothing scrolls.
  const dialog = document.querySelector("[role=dialog]");
  const over = dialog ? dialog.getBoundingClientRect().right - innerWidth : html.scrollWidth - html.clientWidth;
  if (over > 0) faults.push(`is ${over}px wider than the window`);
  const title = document.querySelector("main h1, .ant-result-title")?.innerText ?? "";
  if (!title.trim()) faults.push("has no title");
  const text = document.body.innerText;
  // A key of a text is small words with dots between, of an area that exists.
  for (const [key] of text.matchAll(/(?<![\w./@-])(app|login|nav|common|error|project|projects|frame|shell|state|problem|time|workflows|versions|start|editor|runs|reasons|log|live|schedules|backfills|calendars|home|crud|users|tenants|queues|tokens|files|udfs|monitor|audit|retention|alertGroups|alertChannels|deliveries|environments|taskGroups|workerGroups|dataSources|roles)\.[a-z][\w.]*[\w](?![\w/(@-])/g)) faults.push(`shows the key ${key}`);
  if (/\{\{\w+\}\}|undefined|\bNaN\b|\[object |Invalid Date/.test(text)) faults.push(`shows ${text.match(/.{0,30}(\{\{\w+\}\}|undefined|\bNaN\b|\[object |Invalid Date).{0,30}/)?.[0]}`);
  for (const a of document.querySelectorAll("[href], [src], [action], [formaction]")) {
    for (const attribute of ["href", "src", "action", "formaction"]) if (/^\s*(javascript|data:text)/i.test(a.getAttribute(attribute) ?? "")) faults.push(`has the link ${a.getAttribute(attribute)}`);
  }
  if (document.querySelector("[onerror], [onclick], [onload], body script:not([src]), img[src=x]")) faults.push("has markup that somebody wrote");
  const chinese = /\p{Script=Han}/u;
  if (language === "en" && [...document.querySelectorAll("main button, main label, main th, main h1, main h2")].some((e) => chinese.test(e.innerText))) faults.push("speaks Chinese");
  return [...new Set(faults)];
}
