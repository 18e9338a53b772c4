// What the pages are filled with: something of each kind, and beside it what
// somebody wrote who means ill.
import { call, must, publish, run, until } from "./support.mjs";

// hostile is markup that runs code where it is taken for markup.
export const hostile = `"><script>alert('run')</script><img src=x onerror=alert('run')>`;
const link = "javascript:alert('run')";
export const project = "pages";

const plain = `
name: daily-orders
description: Reads the orders of the day and counts them
params: [{name: day, value: "$[yyyyMMdd-1]"}]
tasks:
  - {name: extract, kind: SHELL, params: {rawScript: "echo \${day}"}}
  - {name: check, kind: SHELL, needs: [extract], params: {rawScript: "printf '\\\\033[31mred\\\\033[0m\\\\n'; for i in 1 2 3; do echo line $i; done"}}
  - {name: report, kind: SHELL, needs: [check], params: {rawScript: "test -e /nowhere"}}
layout: {extract: {x: 0, y: 0}, check: {x: 280, y: 0}, report: {x: 560, y: 60}}
`;

// evil writes ill-meant text wherever a workflow has text.
const evil = JSON.stringify({
  name: `evil ${hostile}`,
  description: hostile + link,
  params: [{ name: "p", value: hostile }],
  tasks: [
    { name: `task ${hostile}`, kind: "SHELL", description: hostile, inputs: [{ name: "q", value: link }], params: { rawScript: `cat <<'END'\n${hostile}\n\u001b]8;;${link}\u0007${link}\u001b]8;;\u0007\nEND\necho '\${setValue(got=${hostile.replaceAll("'", "")})}'` } },
    { name: "next", kind: "SHELL", needs: [`task ${hostile}`], params: { rawScript: "exit 3" } },
  ],
});

// seed fills a server and gives the ids of what it made.
export async function seed() {
  const ids = { ...(await administration()), ...(await files()) };
  await must("POST", "/projects", { name: project, description: hostile });
  await must("PUT", `/projects/${project}/members/${ids.user}`, { role: "OPERATOR" });
  ids.workflow = await publish(project, plain);
  ids.evil = await publish(project, evil);
  const at = `/projects/${project}/workflows/${ids.workflow}`;
  await must("PUT", `${at}/sorting`, { folder: "sales/daily", labels: { team: "bi" } });
  await must("PUT", `/projects/${project}/workflows/${ids.evil}/sorting`, { folder: hostile.replaceAll("/", ""), labels: { team: hostile.slice(0, 50) } });
  await must("PUT", `${at}/draft`, { document: plain.replace("counts them", "counts them twice").replace("echo ${day}", "echo of ${day}") }, { headers: { "If-Match": '"0"' } });
  ids.schedule = await must("POST", `${at}/schedules`, { cron: "0 0 2 * * ?", timezone: "Asia/Shanghai", calendarId: ids.calendar, calendarRule: "WORKDAYS" }).then((s) => s.id);
  await must("PUT", `/projects/${project}/schedules/${ids.schedule}/online`, { online: true });
  ids.instance = await run(project, ids.workflow, "FAILED", { params: { day: "20260101" } });
  ids.evilInstance = await run(project, ids.evil, "FAILED", { params: { p: hostile } });
  for (const [key, of, name] of [["task", ids.instance, "check"], ["evilTask", ids.evilInstance, "task"]]) {
    const { items } = await must("GET", `/projects/${project}/instances/${of}/tasks`);
    ids[key] = items.find((i) => i.task.startsWith(name)).id;
  }
  const began = await must("POST", `${at}/backfills?wait=10s`, { from: "2026-01-01T00:00:00Z", to: "2026-01-03T23:00:00Z" });
  ids.backfill = began.backfillId ?? (await until("the backfill", async () => (await must("GET", `/projects/${project}/backfills`)).items[0]?.id));
  await until("the backfill to end", async () => ((await must("GET", `/projects/${project}/backfills/${ids.backfill}`)).running?.length ? undefined : true));
  return ids;
}

async function administration() {
  const queue = await must("POST", "/queues", { name: `spare ${hostile}`.slice(0, 60), value: "spare" });
  const tenant = await must("POST", "/tenants", { code: "etl", name: "etl", queueId: queue.id, description: hostile });
  const user = await must("POST", "/users", { name: "ada", email: "ada@example.org", password: "a user of tests", tenantId: tenant.id, phone: "" });
  await must("POST", "/environments", { name: `java ${hostile}`.slice(0, 60), description: hostile, variables: { JAVA_HOME: hostile } });
  const { workers } = await must("GET", "/servers");
  await must("POST", "/worker-groups", { name: "gpu", addresses: [workers[0].addr] });
  const calendar = await must("POST", "/calendars", { name: `bank ${hostile}`.slice(0, 60), description: hostile, weekend: [0, 6], days: { "2026-01-01": false } });
  await must("POST", "/task-groups", { name: `loads ${hostile}`.slice(0, 60), description: hostile, size: 3 });
  const channel = await must("POST", "/alert-channels", { name: `hook ${hostile}`.slice(0, 60), kind: "WEBHOOK", description: hostile, enabled: false, settings: { url: "http://127.0.0.1:1/" } });
  await must("POST", "/alert-groups", { name: `on duty ${hostile}`.slice(0, 60), description: hostile, userIds: [user.id], channelIds: [channel.id] });
  const at = new URL(process.env.DATABASE);
  const connection = { host: at.hostname, port: Number(at.port), database: at.pathname.slice(1), user: decodeURIComponent(at.username) };
  const source = await must("POST", "/data-sources", { name: `orders ${hostile}`.slice(0, 60), note: hostile + link, type: "MYSQL", connection, password: decodeURIComponent(at.password) });
  await must("POST", "/tokens", { expires: "2036-01-01T00:00:00Z" });
  return { user: user.id, calendar: calendar.id, source: source.id };
}

async function files() {
  const folder = await must("POST", "/files/folders", { kind: "FILE", name: "scripts", description: hostile });
  const upload = async (kind, name, content, parent = 0) => {
    const form = new FormData();
    for (const [key, value] of Object.entries({ kind, parentId: String(parent), name, description: hostile })) form.append(key, value);
    form.append("file", new Blob([content]), name);
    return must("POST", "/files", form);
  };
  const file = await upload("FILE", "evil.sh", `<html><body onload="alert('run')">${hostile}</body></html>`);
  await upload("FILE", "hello.sh", "echo hello\n", folder.id);
  const jar = await upload("UDF", "lib.jar", "no jar");
  await call("POST", "/udfs", { kind: "HIVE", name: "lower_all", className: "org.example.Lower", resourceId: jar.id, description: hostile });
  return { folder: folder.id, file: file.id };
}
