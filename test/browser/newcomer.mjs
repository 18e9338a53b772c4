// A newcomer's first hour, in a language: signs in, draws a workflow by mouse,
// publishes and runs it, watches it, reads the log, finds out why a task fails,
// mends it in the editor, reruns from the failure, makes a schedule, and lets a
// second person in, who may only look.
import { writeFileSync } from "node:fs";
import { enter, settled, shot, signIn, tell, texts, ui } from "./support.mjs";

const language = process.env.LANGUAGE;
const t = texts(language);
const project = `story-${language}`;
const guest = { name: `guest-${language}`, password: "a guest of tests" };
// The second task fails until what it reads is there.
const mark = `${process.env.MARK}-${language}`;
const scripts = [`echo "<img src=x onerror=alert(1)>"`, `cat ${mark}`];

tell(async ({ open, check }) => {
  const page = await open(language);
  const on = stage(page, check);
  await page.goto(ui + "/");
  await signIn(page, "admin", "wrong");
  check((await page.locator(".login-refusal").innerText()).length > 5, "a wrong password is not told");
  await signIn(page);
  await page.getByRole("heading", { name: t("nav.home") }).waitFor();

  await makeProject(on);
  const workflow = await draw(on);
  await publish(on, 1);
  await on.button("workflows.goOnline").click();
  await page.getByText(`${t("workflows.online")} · v1`).waitFor();
  await shot(page, `story-${language}-1-drawn`);
  await runIt(on);
  await on.task("shell").getByText(t("state.SUCCEEDED")).waitFor();
  await on.task("shell_2").getByText(t("state.FAILED")).waitFor();
  await shot(page, `story-${language}-2-failed`);
  const failed = page.url();

  await findOutWhy(on);
  await mend(on, workflow);
  await rerun(on, failed);
  await schedule(on);
  await inviteGuest(on);
  await beGuest(await open(language), check, workflow);
});

// stage is a page with what the story does on it again and again.
function stage(page, check) {
  const dialog = page.getByRole("dialog");
  return {
    page,
    check,
    dialog,
    button: (key) => page.getByRole("button", { name: t.button(key) }).first(),
    task: (name) => page.locator(".react-flow__node").filter({ has: page.getByText(name, { exact: true }) }),
    choose: async (label, what) => {
      await dialog.getByLabel(label).click();
      await page.locator(".ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option").filter({ hasText: new RegExp(`^${what}$`) }).click();
    },
  };
}

async function makeProject({ page, dialog, button }) {
  await page.goto(ui + "/projects");
  await button("projects.new").click();
  await dialog.getByLabel(t("common.name")).fill(project);
  await dialog.getByRole("button", { name: t.button("common.save") }).click();
  await page.waitForURL(`**/projects/${project}/workflows`);
}

// draw makes a workflow of two tasks by mouse and gives its id.
async function draw({ page, check }) {
  await page.goto(`${ui}/projects/${project}/workflows/new?view=canvas`);
  await page.locator(".kinds-kind").first().waitFor();
  await page.getByLabel(t("common.name")).first().fill("drawn");
  const pane = page.locator(".react-flow__pane");
  const nodes = page.locator(".react-flow__node");
  const shell = page.locator(".kinds-kind", { hasText: "Shell" }).first();
  for (const [i, script] of scripts.entries()) {
    const at = { x: 150 + 300 * i, y: 250 + 300 * i };
    await shell.dragTo(pane, { targetPosition: at });
    // Its own editor, not that of the task before, which is about to go.
    await page.locator(".cm-content").filter({ hasNotText: "echo" }).first().click();
    await page.keyboard.type(script);
    const corner = await pane.boundingBox();
    const box = await nodes.nth(i).boundingBox();
    const off = [box.x + box.width / 2 - corner.x - at.x, box.y + box.height / 2 - corner.y - at.y];
    check(off.every((d) => Math.abs(d) < 5), `task ${i} lies ${off} pixels from where it was dropped`);
  }
  await page.keyboard.press("Escape");
  await nodes.nth(1).waitFor();
  check((await nodes.count()) === 2, "two tasks were dropped, and others are there");
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
  return Number(/workflows\/(\d+)/.exec(page.url())[1]);
}

async function publish({ page, dialog, button }, version) {
  await button("editor.publish.ok").click();
  const ok = dialog.getByRole("button", { name: t.button("editor.publish.ok") });
  await ok.waitFor();
  await settled(page); // it takes no click while the draft is being saved
  await ok.click();
  await page.getByText(`· v${version}`).first().waitFor();
}

// runIt starts the workflow of the editor, at a task or at the first.
async function runIt({ page, dialog, button, choose }, from) {
  await button("start.run").click();
  if (from) {
    await dialog.getByText(t("start.more")).click();
    await choose(t("start.startTasks"), from);
    await page.keyboard.press("Escape");
  }
  await dialog.getByRole("button", { name: t.button("start.run") }).click();
  await page.waitForURL(/instances\/\d+/);
}

// findOutWhy goes from the failed task to its log.
async function findOutWhy({ page, task }) {
  await task("shell_2").click();
  const panel = page.getByRole("complementary", { name: t("runs.task", { name: "shell_2" }) });
  await panel.getByText(t("reasons.exit", { code: 1 })).first().waitFor();
  await panel.getByRole("link", { name: t("runs.log") }).first().click();
  await page.waitForURL(/tasks\/\d+\/log/);
  await page.getByRole("log").getByText("No such file").waitFor();
  await shot(page, `story-${language}-3-why`);
}

// mend changes the failed task in the editor, publishes, and runs from it.
async function mend(on, workflow) {
  const { page, check, task } = on;
  await page.goto(`${ui}/projects/${project}/workflows/${workflow}/edit?view=canvas`);
  await task("shell_2").click();
  await page.locator(".side-form .cm-content").first().click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" || echo mended");
  await page.keyboard.press("Control+s");
  await page.getByText(t("editor.unsaved")).waitFor({ state: "detached" });
  await publish(on, 2);
  await runIt(on, "shell_2");
  await task("shell_2").getByText(t("state.SUCCEEDED")).waitFor();
  check(!(await task("shell").innerText()).includes(t("state.SUCCEEDED")), "a run that began at the second task ran the first");
  await page.goto(page.url().replace(/\?.*/, "") + "?tab=tasks");
  const rows = page.locator("tbody tr.ant-table-row");
  await rows.first().waitFor();
  check((await rows.count()) === 1, "one task was to run");
}

// rerun goes on where the first run failed, now that what it reads is there. A
// run keeps the version that it began with.
async function rerun({ page, check, button, task }, failed) {
  writeFileSync(mark, "it is there\n", { mode: 0o644 });
  await page.goto(failed);
  await button("runs.action.RERUN_FAILED").click();
  await task("shell_2").getByText(t("state.SUCCEEDED")).waitFor();
  await page.locator(".sheet-head").getByText(t("state.SUCCEEDED")).waitFor();
  await page.goto(failed + "?tab=tasks");
  const rows = page.locator("tbody tr.ant-table-row");
  await rows.nth(2).waitFor();
  check((await rows.count()) === 3, "a rerun from the failure has one more attempt, of the failed task only");
  await shot(page, `story-${language}-4-rerun`);
}

async function schedule({ page, dialog, button, choose }) {
  await page.goto(`${ui}/projects/${project}/schedules`);
  await button("schedules.new").click();
  await choose(t("runs.workflow"), "drawn");
  await dialog.locator(".fire-preview li").first().waitFor();
  await shot(page, `story-${language}-5-schedule`);
  await dialog.getByRole("button", { name: t.button("common.save") }).click();
  await page.locator("tbody").getByRole("switch").click();
  await page.locator("tbody").getByRole("switch", { checked: true }).waitFor();
}

// inviteGuest makes a user, and lets him look into the project.
async function inviteGuest({ page, dialog, button, choose }) {
  await page.goto(`${ui}/security/users`);
  await button("users.new").click();
  await dialog.getByLabel(t("login.user")).fill(guest.name);
  await dialog.getByLabel(t("login.password")).fill(guest.password);
  await dialog.getByLabel(t("users.email")).fill("guest@example.org");
  await choose(t("users.tenant"), "default");
  await dialog.getByRole("button", { name: t.button("common.save") }).click();
  await page.locator("tbody").getByText(guest.name).waitFor();

  await page.goto(`${ui}/projects/${project}/members`);
  await page.getByLabel(t("projects.chooseUsers")).click();
  await page.locator(".ant-select-item-option").filter({ hasText: guest.name }).click();
  await page.keyboard.press("Escape");
  await button("projects.addMember").click();
  await page.locator("tbody").getByText(guest.name).waitFor();
}

// beGuest looks at what was made: all of it, and no more than that.
async function beGuest(page, check, workflow) {
  await enter(page, `/projects/${project}/workflows/${workflow}`, guest.name, guest.password);
  await page.getByRole("heading", { name: "drawn" }).waitFor();
  await page.getByRole("link", { name: t("runs.openGraph") }).waitFor();
  check((await page.getByRole("button", { name: t.button("runs.start") }).count()) === 0, "a guest is offered to run");
  await shot(page, `story-${language}-6-guest`);
}
