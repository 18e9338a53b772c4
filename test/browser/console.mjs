// Does what a newcomer does in the console: signs in, draws a workflow by mouse,
// publishes and runs it, watches it and reads its log. Prints what it saw as
// JSON. Addresses and secrets come from the environment.
import { chromium } from "playwright-core";

const { SERVER, PASSWORD, PROJECT, SCRIPT, CHROMIUM, NO_SANDBOX, SHOTS } = process.env;
const seen = { elsewhere: [], complaints: [], dialogs: [], pages: {} };

const browser = await chromium.launch({ executablePath: CHROMIUM, timeout: 180_000, args: NO_SANDBOX ? ["--no-sandbox"] : [] });
const open = async (language, theme) => {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  await context.addInitScript(
    ([l, t]) => {
      localStorage.setItem("porpoise.language", l);
      localStorage.setItem("porpoise.theme", t);
    },
    [language, theme],
  );
  const page = await context.newPage();
  page.setDefaultTimeout(180_000);
  page.on("request", (r) => {
    if (/^(https?|wss?):/.test(r.url()) && !r.url().startsWith(SERVER + "/")) seen.elsewhere.push(r.url());
  });
  // What the browser says of refused requests is the server's answer to us.
  page.on("console", (m) => m.type() === "error" && !/Failed to load resource/.test(m.text()) && seen.complaints.push(m.text()));
  page.on("pageerror", (e) => seen.complaints.push(String(e)));
  page.on("dialog", (d) => {
    seen.dialogs.push(d.message());
    return d.dismiss();
  });
  return page;
};
const signIn = async (page, password) => {
  await page.locator("#user, input[autocomplete=username]").first().fill("admin");
  await page.locator("input[type=password]").fill(password);
  await page.locator("button[type=submit]").click();
};

// pages are those that a menu leads to.
const pages = () =>
  ["", "/workflows", "/instances", "/schedules", "/backfills", "/members"]
    .map((p) => `/projects/${PROJECT}${p}`)
    .concat(["/projects", "/files", "/udfs", "/data-sources", "/environments", "/calendars", "/task-groups", "/worker-groups"])
    .concat(["/alerts", "/security", "/monitor", "/audit", "/retention", "/api", "/account"]);

try {
  const page = await open("en", "light");
  await page.goto(SERVER + "/");
  await signIn(page, "wrong");
  seen.refused = await page.locator(".ant-alert").first().innerText();
  await signIn(page, PASSWORD);
  await page.getByRole("heading", { name: "Home" }).waitFor();

  await page.goto(`${SERVER}/ui/projects/${PROJECT}/workflows/new?view=canvas`);
  await page.locator(".kinds-kind").first().waitFor();
  await page.getByLabel("Name", { exact: false }).first().fill("drawn");
  const pane = page.locator(".react-flow__pane");
  const shell = page.locator(".kinds-kind", { hasText: "Shell" });
  await shell.dragTo(pane, { targetPosition: { x: 200, y: 200 } });
  await page.locator(".cm-content").first().click();
  await page.keyboard.type(SCRIPT);
  await shell.dragTo(pane, { targetPosition: { x: 200, y: 420 } });
  // The editor of the second task, not the one of the first that is about to go.
  await page.locator(".cm-content").filter({ hasNotText: "echo" }).first().click();
  await page.keyboard.type("echo second");
  await page.keyboard.press("Escape");
  const nodes = page.locator(".react-flow__node");
  await nodes.nth(1).waitFor();
  seen.tasks = await nodes.count();
  const from = await nodes.nth(0).locator(".react-flow__handle-right").boundingBox();
  const to = await nodes.nth(1).locator(".react-flow__handle-left").boundingBox();
  await page.mouse.move(from.x + 5, from.y + 5);
  await page.mouse.down();
  await page.mouse.move(to.x - 30, to.y + 5, { steps: 8 });
  await page.mouse.move(to.x + 5, to.y + 5, { steps: 4 });
  await page.mouse.up();
  await page.locator(".react-flow__edge").first().waitFor({ state: "attached" });
  await page.keyboard.press("Control+s");
  await page.waitForURL(/workflows\/\d+\/edit/);
  await page.getByRole("button", { name: "Publish" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Publish" }).click();
  await page.getByText(/· v1/).first().waitFor();
  seen.workflow = Number(/workflows\/(\d+)/.exec(page.url())[1]);
  await page.getByRole("button", { name: "Go online" }).click();
  await page.getByText("Online · v1").waitFor();
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/drawn.png` });

  await page.getByRole("button", { name: /Run$/ }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: /Run|Start/ }).last().click();
  await page.waitForURL(/instances\/\d+/);
  seen.instance = Number(/instances\/(\d+)/.exec(page.url())[1]);
  // One task is done before the other begins.
  await page.locator(".react-flow__node", { hasText: "Succeeded" }).nth(1).waitFor();
  seen.states = await page.locator(".react-flow__node").allInnerTexts();
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/ran.png` });

  const answer = await page.evaluate(async (path) => (await fetch(path)).json(), `/api/v1/projects/${PROJECT}/instances/${seen.instance}/tasks`);
  const first = answer.items.find((t) => t.task === "shell");
  await page.goto(`${SERVER}/ui/projects/${PROJECT}/tasks/${first.id}/log`);
  await page.getByText("succeeded, exit status 0").waitFor();
  seen.log = await page.locator("main, .page").first().innerText();
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/log.png` });

  for (const [language, theme] of [["en", "light"], ["zh", "dark"]]) {
    const other = await open(language, theme);
    await other.goto(SERVER + "/ui/");
    await signIn(other, PASSWORD);
    await other.locator(".ant-menu").first().waitFor();
    for (const path of pages()) {
      await other.goto(`${SERVER}/ui${path}`);
      const title = other.locator("main h1, main h2").first();
      await title.waitFor();
      seen.pages[`${path} ${language}`] = await title.innerText();
      if (SHOTS) await other.screenshot({ path: `${SHOTS}/${path.replaceAll("/", "_")}-${language}-${theme}.png` });
    }
    await other.context().close();
  }
  console.log(JSON.stringify(seen));
} finally {
  await browser.close();
}
