// Who may do what in a project: one table, asked of the API and of the pages,
// for each role. What is not allowed is refused and not offered, and whoever
// comes to such a page by its address is told kindly.
import { call, enter, go, must, publish, run, tell, texts } from "./support.mjs";

const t = texts("en");
const project = "roles";
const roles = ["VIEWER", "OPERATOR", "DEVELOPER", "ADMIN"];
const password = "a user of tests";
const document = "name: theirs\ntasks:\n  - {name: fails, kind: SHELL, params: {rawScript: 'exit 1'}}\n";
const edited = document.replace("exit 1", "exit 2");

// tableOf says of everything from which role on it may be done. Calls without a
// body, or to what is not there, change nothing: who may do it is told what is
// wrong with it. A control is a button, a switch, or any other thing that is to
// be there; one that cannot be used is not offered.
const tableOf = ({ workflow, instance, task, user, schedule }) => {
  const p = `/projects/${project}`;
  const w = `${p}/workflows/${workflow}`;
  const button = (key, values) => (page) => page.locator("main").getByRole("button", { name: t(key, values), exact: false });
  const named = (name) => (page) => page.locator("main").getByRole("button", { name, exact: true });
  const toggle = (page) => page.locator("main tbody").getByRole("switch");
  return [
    ["see a workflow", "VIEWER", ["GET", w], w, (page) => page.getByRole("heading", { name: "theirs" })],
    ["see a version", "VIEWER", ["GET", `${w}/versions`], `${w}/versions`, (page) => page.locator("main h1")],
    ["see a run", "VIEWER", ["GET", `${p}/instances/${instance}`], `${p}/instances/${instance}`, (page) => page.locator(".react-flow__node")],
    ["read a log", "VIEWER", ["GET", `${p}/tasks/${task}/log`], `${p}/tasks/${task}/log`, (page) => page.getByRole("log")],
    ["see who is in it", "VIEWER", ["GET", `${p}/members`], `${p}/members`, (page) => page.locator("main tbody").getByText("role-viewer")],
    ["run", "OPERATOR", ["POST", `${p}/workflows/999999/runs`, {}], w, button("runs.start")],
    ["run from the list", "OPERATOR", ["POST", `${p}/workflows:batch`, { ids: [], action: "RUN" }], `${p}/workflows`, named(t("start.title", { name: "theirs" }))],
    ["backfill", "OPERATOR", ["POST", `${p}/workflows/999999/backfills`, {}], w, button("runs.backfill")],
    ["rerun what failed", "OPERATOR", ["POST", `${p}/instances/999999/actions`, { action: "RERUN_FAILED" }], `${p}/instances/${instance}`, button("runs.action.RERUN_FAILED")],
    ["rerun a task", "OPERATOR", ["POST", `${p}/instances/999999/actions`, { action: "RERUN_FROM", task: "fails" }], `${p}/instances/${instance}?task=fails`, button("runs.action.RERUN_FROM")],
    ["force a success", "OPERATOR", ["POST", `${p}/instances/999999/actions`, { action: "FORCE_SUCCESS", task: "fails" }], `${p}/instances/${instance}?task=fails`, button("runs.action.FORCE_SUCCESS")],
    ["delete a run", "DEVELOPER", ["DELETE", `${p}/instances/999999`], `${p}/instances/${instance}`, button("runs.action.DELETE")],
    ["make a workflow", "DEVELOPER", ["POST", `${p}/workflows`, {}], `${p}/workflows`, button("workflows.new")],
    ["import workflows", "DEVELOPER", ["POST", `${p}/workflows:import`, { document: "-", dryRun: true }], `${p}/workflows`, button("workflows.import")],
    ["save a draft", "DEVELOPER", ["PUT", `${w}/draft`, { document: edited }], `${w}/edit?view=canvas`, (page) => page.locator(".kinds-kind")],
    ["draw", "DEVELOPER", ["GET", `${w}/draft`], `${p}/workflows/new?view=canvas`, (page) => page.locator(".kinds-kind").first()],
    ["publish", "DEVELOPER", ["POST", `${w}/publish`, { revision: 999 }], `${w}/edit?view=canvas`, button("editor.publish.ok")],
    ["take online", "DEVELOPER", ["PUT", `${w}/online`, { online: true }], `${p}/workflows`, toggle],
    ["make a schedule", "DEVELOPER", ["POST", `${w}/schedules`, { cron: "none" }], `${p}/schedules`, button("schedules.new")],
    ["open the form of a schedule", "DEVELOPER", ["PUT", `${p}/schedules/999999`, { cron: "none" }], `${p}/schedules?open=new`, (page) => page.getByRole("dialog")],
    ["switch a schedule", "DEVELOPER", ["PUT", `${p}/schedules/${schedule}/online`, { online: false }], `${p}/schedules`, toggle],
    ["add a member", "ADMIN", ["PUT", `${p}/members/999999`, { role: "VIEWER" }], `${p}/members`, (page) => page.getByLabel(t("projects.chooseUsers"))],
    ["remove a member", "ADMIN", ["DELETE", `${p}/members/999999`], `${p}/members`, (page) => page.locator("main tbody tr", { hasText: "role-viewer" }).getByRole("button")],
    ["rename it", "ADMIN", ["PUT", p, { name: project, description: "" }], "/projects", named(`${t("common.edit")} ${project}`)],
    ["open its form", "ADMIN", ["PUT", p, { name: project, description: "" }], `/projects?open=PROJECT`, (page) => page.getByRole("dialog").getByLabel(t("common.name"))],
    ["delete it", "ADMIN", ["DELETE", p], "/projects", named(`${t("common.delete")} ${project}`)],
    // What is nobody's but the administrator's of the whole system.
    ["read the audit", null, ["GET", "/audit"], "/audit", (page) => page.locator("main tbody")],
    ["see users' secrets", null, ["POST", "/users", {}], "/security/users", (page) => page.locator("main tbody")],
    ["decide what is kept", null, ["PUT", "/retention", {}], "/retention", (page) => page.locator("main tbody")],
    ["make an environment", null, ["POST", "/environments", {}], "/environments?open=new", (page) => page.getByRole("dialog")],
    ["see another project", null, ["GET", "/projects/secret"], "/projects/secret/workflows", (page) => page.locator("main").getByText(t("workflows.welcome"))],
  ].map(([what, from, request, path, control]) => ({ what, from, request, path, control }));
};

tell(async ({ open, check, note }) => {
  const made = await prepare();
  const table = tableOf(made);
  for (const [rank, role] of roles.entries()) {
    const page = await open("en");
    await enter(page, `/projects/${project}`, made.people[role].name, password);
    for (const row of table) {
      const may = row.from !== null && rank >= roles.indexOf(row.from);
      const who = `${role}: ${row.what}`;
      const [method, path, body] = row.request;
      const { status } = await call(method, path, body, { token: made.people[role].token, headers: { "If-Match": '"0"' } });
      const refused = status === 401 || status === 403;
      check(refused !== may, `${who} by API: ${status}`);
      check(status < 500, `${who} by API: ${status}`);
      await byPage(page, row, may, who, check, made);
    }
    await page.context().close();
  }
  note(`${table.length} rights of ${roles.length} roles, by API and by page`);
});

// byPage looks whether a page offers something.
async function byPage(page, { path, control }, may, who, check, made) {
  const address = path.replace("PROJECT", made.project);
  if (!page.url().endsWith(address)) await go(page, address);
  const found = control(page).first();
  if (may) {
    await found.waitFor();
    check(await found.isEnabled(), `${who} by page: is there and cannot be used`);
    return;
  }
  check(!(await found.isVisible()) || !(await found.isEnabled()), `${who} by page: is offered`);
  check((await page.locator("main h1, main .ant-result-title, .ant-alert").first().innerText()).trim() !== "", `${who} by page: nothing is told`);
}

async function prepare() {
  const { id } = await must("POST", "/projects", { name: project });
  await must("POST", "/projects", { name: "secret" });
  const { items: tenants } = await must("GET", "/tenants");
  const people = {};
  for (const role of roles) {
    const name = `role-${role.toLowerCase()}`;
    const user = await must("POST", "/users", { name, email: `${name}@example.org`, password, tenantId: tenants[0].id, phone: "" });
    await must("PUT", `/projects/${project}/members/${user.id}`, { role });
    const token = await must("POST", "/tokens", { userId: user.id, expires: "2036-01-01T00:00:00Z" });
    people[role] = { name, token: token.value };
  }
  const workflow = await publish(project, document);
  const schedule = await must("POST", `/projects/${project}/workflows/${workflow}/schedules`, { cron: "0 0 2 * * ?", timezone: "UTC" });
  const instance = await run(project, workflow, "FAILED");
  const { items } = await must("GET", `/projects/${project}/instances/${instance}/tasks`);
  return { project: id, people, workflow, instance, task: items[0].id, schedule: schedule.id };
}
