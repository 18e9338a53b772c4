// What the stories have in common: a browser whose pages are watched, the
// console's own texts, and the API. Addresses and secrets come from the
// environment.
import { readFileSync, readdirSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const { SERVER, PASSWORD, TOKEN, CONTROL, TEXTS, CHROMIUM, NO_SANDBOX, SHOTS } = process.env;
export const ui = SERVER + "/ui";
// Machines that run tests may be slow: what has not come by then never will.
const patience = Number(process.env.PATIENCE ?? 180_000);

// tell runs a story and prints what is to be judged, as JSON: its faults and
// measurements, and what the watched pages did that pages must not do.
export async function tell(story) {
  const seen = { faults: [], notes: [], elsewhere: [], complaints: [], dialogs: [] };
  // A processor that is made to draw like a graphics card is slower than one that draws.
  const args = ["--disable-gpu", ...(NO_SANDBOX ? ["--no-sandbox"] : [])];
  const browser = await chromium.launch({ executablePath: CHROMIUM, timeout: patience, args });
  const pages = [];
  const world = {
    check: (holds, fault) => void (holds || seen.faults.push(fault)),
    note: (text) => void seen.notes.push(text),
    open: async (language, options) => {
      const page = await open(browser, language, options);
      watch(page, seen);
      pages.push(page);
      return page;
    },
  };
  try {
    await story(world);
  } catch (e) {
    // Where it ended helps to find out why.
    for (const [i, page] of pages.entries()) await shot(page, `broken-${process.pid}-${i}`).catch(() => undefined);
    throw e;
  } finally {
    await browser.close();
  }
  console.log(JSON.stringify(seen));
}

async function open(browser, language, { theme = "light", ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, colorScheme: theme, timezoneId: "UTC", ...options });
  await context.addInitScript((l) => {
    if (!localStorage.getItem("porpoise.language")) localStorage.setItem("porpoise.language", l);
  }, language);
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  return page;
}

// watch notes what no page may do: ask another host, complain, run what
// somebody wrote. It also counts the answers that are awaited.
function watch(page, seen) {
  const awaited = new Set();
  page.awaited = awaited;
  page.on("request", (r) => {
    if (/^(https?|wss?):/.test(r.url()) && !r.url().startsWith(SERVER + "/")) seen.elsewhere.push(r.url());
    if (!/\/events(\?|$)/.test(r.url())) awaited.add(r); // streams never end
  });
  page.on("requestfinished", (r) => awaited.delete(r));
  page.on("requestfailed", (r) => awaited.delete(r));
  page.on("console", (m) => {
    // What the browser says of refused requests is the server's answer to us.
    if (m.type() === "error" && !/Failed to load resource/.test(m.text())) seen.complaints.push(`${page.url()}: ${m.text()}`);
  });
  page.on("pageerror", (e) => seen.complaints.push(`${page.url()}: ${e}`));
  page.on("dialog", (d) => {
    seen.dialogs.push(`${page.url()}: ${d.message()}`);
    return d.dismiss();
  });
}

// texts gives what the console says in a language, by its key; t.button gives a
// pattern of it, for Chinese words on buttons are set wider.
export function texts(language) {
  const all = {};
  for (const file of readdirSync(TEXTS).filter((f) => f === `${language}.json` || f.endsWith(`.${language}.json`))) {
    for (const [area, part] of Object.entries(JSON.parse(readFileSync(join(TEXTS, file), "utf8")))) all[area] = { ...all[area], ...part };
  }
  const t = (key, values = {}) => {
    const text = key.split(".").reduce((o, part) => o?.[part], all);
    if (typeof text !== "string") throw new Error(`the console has no text ${key} in ${language}`);
    return text.replace(/\{\{(\w+)\}\}/g, (_, name) => values[name] ?? "");
  };
  const plain = (text) => [...text].map((c) => c.replace(/[.*+?^${}()|[\]\\]/, "\\$&")).join(" ?");
  t.button = (...keys) => new RegExp(`^(.* )?(${keys.map((key) => plain(t(key))).join("|")})$`);
  return t;
}

// signIn fills the form of the login, wherever it is shown.
export async function signIn(page, user = "admin", password = PASSWORD) {
  await page.locator("input[autocomplete=username]").fill(user);
  await page.locator("input[type=password]").fill(password);
  await page.locator("button[type=submit]").click();
}

// enter opens a page of the console as somebody.
export async function enter(page, path, user, password) {
  await page.goto(ui + path);
  await signIn(page, user, password);
  await page.locator(".side-menu").first().waitFor();
}

// go shows another page as a click on a link does, without loading all anew. It
// goes by way of none, for pages stay in sight until the next one is there.
export async function go(page, path) {
  const follow = (to) => {
    history.pushState({ idx: (history.state?.idx ?? 0) + 1 }, "", to);
    dispatchEvent(new PopStateEvent("popstate", { state: history.state }));
  };
  await page.evaluate(follow, "/ui/none");
  await page.locator(".ant-result-404").waitFor();
  if (path === "/none") return;
  await page.evaluate(follow, "/ui" + path);
  await page.locator(".ant-result-404").waitFor({ state: "detached" });
  await settled(page);
}

// settled waits until a page shows what it is about and waits for nothing.
export async function settled(page) {
  await page.locator("main h1, main .ant-result-title").first().waitFor();
  const end = Date.now() + patience;
  for (let calm = 0; calm < 2; ) {
    const busy = page.awaited.size + (await page.evaluate((unready) => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(document.querySelectorAll(unready).length)))), ".ant-skeleton, .ant-spin-spinning, .react-flow__node[style*=hidden]"));
    calm = busy === 0 ? calm + 1 : 0;
    if (Date.now() > end) throw new Error(`${page.url()} is never done loading`);
  }
}

// shot keeps a picture, when pictures are wished.
export async function shot(page, name) {
  if (!SHOTS) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`), animations: "disabled" });
}

// call asks the API with a token, the administrator's unless another is given.
// It gives the status, and what was answered.
export async function call(method, path, body, { token = TOKEN, headers = {} } = {}) {
  const form = body instanceof FormData;
  const res = await fetch(`${SERVER}/api/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, ...(body && !form ? { "Content-Type": "application/json" } : {}), ...headers },
    body: form ? body : body && JSON.stringify(body),
  });
  const text = await res.text();
  const json = /json/.test(res.headers.get("Content-Type") ?? "");
  return { status: res.status, body: json && text ? JSON.parse(text) : text, headers: res.headers };
}

// must asks the API for what cannot be refused, and gives the answer.
export async function must(method, path, body, options) {
  const answer = await call(method, path, body, options);
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

// publish makes a workflow of a document that is online.
export async function publish(project, document) {
  const made = await must("POST", `/projects/${project}/workflows`, { document });
  await must("PUT", `/projects/${project}/workflows/${made.id}/online`, { online: true });
  return made.id;
}

// until asks again until there is an answer that is not undefined.
export async function until(what, ask) {
  for (const end = Date.now() + patience; Date.now() < end; ) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`waited in vain for ${what}`);
}

// run starts a workflow and gives its instance, once that is in a state.
export async function run(project, workflow, state, input = {}) {
  const { instanceId } = await must("POST", `/projects/${project}/workflows/${workflow}/runs?wait=10s`, input);
  await until(`instance ${instanceId} to be ${state}`, async () => {
    const now = await must("GET", `/projects/${project}/instances/${instanceId}`);
    return now.state === state ? now : undefined;
  });
  return instanceId;
}

// control tells the test to do something with the server: kill or start.
export async function control(what) {
  const res = await fetch(`${CONTROL}/${what}`, { method: "POST" });
  if (!res.ok) throw new Error(`${what}: ${await res.text()}`);
}
