// Measures a list of 10,000 rows in the browser, and prints what it measured.
// The rows are made up of a real one: how fast a server gives them is measured
// elsewhere.
import { enter, must, publish, run, tell, ui } from "./support.mjs";

const project = "rows";
const wanted = 10_000;

tell(async ({ open, check, note }) => {
  await must("POST", "/projects", { name: project });
  const workflow = await publish(project, "name: long\ntasks:\n  - {name: one, kind: SHELL, params: {rawScript: 'true'}}\n");
  await run(project, workflow, "SUCCEEDED");
  const [one] = (await must("GET", `/projects/${project}/instances`)).items;
  const page = await open("en");
  await page.route(`**/api/v1/projects/${project}/instances?*`, (route) => {
    const asked = new URL(route.request().url()).searchParams;
    const from = Number(asked.get("cursor") || 0);
    const to = Math.min(from + Number(asked.get("limit") || 20), wanted);
    const items = Array.from({ length: to - from }, (_, i) => ({ ...one, id: wanted - from - i, name: `long-${wanted - from - i}` }));
    return route.fulfill({ json: { items, ...(to < wanted ? { next: String(to) } : {}) } });
  });
  await enter(page, `/projects/${project}`);
  const began = Date.now();
  await page.goto(`${ui}/projects/${project}/instances`);
  await page.getByText(`long-${wanted}`, { exact: true }).waitFor();
  note(`first rows after ${Date.now() - began} ms`);

  // To the end, as somebody who holds the scrollbar down.
  const list = page.locator(".ant-table-tbody-virtual-holder");
  const scrolling = Date.now();
  await page.evaluate(watchFrames);
  await list.hover();
  while (!(await page.getByText("long-1", { exact: true }).count())) await page.mouse.wheel(0, 20_000);
  const frames = await page.evaluate(() => globalThis.frames_);
  note(`${wanted} rows scrolled through in ${Date.now() - scrolling} ms; ${frames.count} frames, the longest ${Math.round(frames.longest)} ms`);
  const drawn = await page.locator(".ant-table-row").count();
  check(drawn < 200, `${drawn} of ${wanted} rows are drawn at once`);

  const choosing = Date.now();
  await page.locator(".ant-table-thead .ant-checkbox-input").check();
  await page.getByText(/10,?000 chosen/).waitFor();
  note(`all of ${wanted} chosen after ${Date.now() - choosing} ms`);
});

function watchFrames() {
  const seen = { count: 0, longest: 0 };
  globalThis.frames_ = seen;
  let last = performance.now();
  const next = (now) => {
    seen.count++;
    seen.longest = Math.max(seen.longest, now - last);
    last = now;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}
