// The server is killed with -9 while one page follows a log and another watches
// an instance. Both say so, come back by themselves, and show every line once.
import { control, enter, must, publish, settled, shot, tell, texts, until } from "./support.mjs";
import { appendFileSync, writeFileSync } from "node:fs";

const t = texts("en");
const project = "restart";
// The task says what is put into a file, line by line, until there is an end.
const source = `${process.env.MARK}-lines`;
const say = (from, to) => appendFileSync(source, Array.from({ length: to - from }, (_, i) => `said ${from + i}\n`).join(""));

tell(async ({ open, check }) => {
  await must("POST", "/projects", { name: project });
  writeFileSync(source, "", { mode: 0o644 });
  say(0, 100);
  const script = `tail -n +1 -f ${source} | while read -r line; do echo "$line"; [ "$line" != "said 299" ] || { pkill -P $$ tail; break; }; done`;
  const id = await publish(project, JSON.stringify({ name: "teller", tasks: [{ name: "tell", kind: "SHELL", onLost: "fail", params: { rawScript: script } }, { name: "after", kind: "SHELL", needs: ["tell"], params: { rawScript: "echo done" } }] }));
  const { instanceId } = await must("POST", `/projects/${project}/workflows/${id}/runs?wait=10s`, {});
  const task = await until("the task to run", async () => (await must("GET", `/projects/${project}/instances/${instanceId}/tasks`)).items.find((i) => i.state === "RUNNING")?.id);

  const [log, graph] = [await open("en"), await open("en")];
  await enter(log, `/projects/${project}/tasks/${task}/log`);
  await log.getByRole("log").getByText("said 99", { exact: true }).waitFor();
  await enter(graph, `/projects/${project}/instances/${instanceId}`);
  const pages = [log, graph];
  const connected = async (state) => {
    for (const page of pages) await page.locator(`[data-connection=${state}]`).first().waitFor();
  };
  await connected("live");

  await control("kill");
  await connected("lost");
  await graph.getByText(t("runs.lostTitle")).waitFor();
  await shot(log, "lost-log");
  await shot(graph, "lost-instance");
  say(100, 200); // the task goes on while nobody serves
  await control("start");
  await connected("live");
  await log.getByRole("log").getByText("said 199", { exact: true }).waitFor();
  check((await graph.getByText(t("runs.lostTitle")).count()) === 0, "the instance is live and says that it is not");

  say(200, 300);
  await log.locator("[data-connection=ended]").waitFor();
  await graph.locator(".react-flow__node", { hasText: "after" }).getByText(t("state.SUCCEEDED")).waitFor();
  const lines = await read(log);
  const said = lines.filter((l) => /^said \d+$/.test(l));
  const expected = Array.from({ length: 300 }, (_, i) => `said ${i}`);
  check(said.join() === expected.join(), `the page shows ${said.length} lines: ${odd(said, expected)}`);
});

// read gives all lines of a log, of which the page holds those in sight.
async function read(page) {
  const box = page.getByRole("log");
  const lines = new Map();
  for (let top = 0, end = 1; top < end; top += 400) {
    end = await box.evaluate((e, y) => (e.scrollTo(0, y), e.scrollHeight), top);
    await settled(page);
    const drawn = await page.locator(".log-line").evaluateAll((rows) => rows.map((r) => [r.querySelector(".log-number").textContent, r.querySelector(".log-row").textContent]));
    for (const [number, text] of drawn) lines.set(Number(number), text);
  }
  return [...lines].sort(([a], [b]) => a - b).map(([, text]) => text);
}

function odd(said, expected) {
  const missing = expected.filter((l) => !said.includes(l));
  const twice = said.filter((l, i) => said.indexOf(l) !== i);
  return `missing ${missing.slice(0, 5)}, twice ${twice.slice(0, 5)}`;
}
