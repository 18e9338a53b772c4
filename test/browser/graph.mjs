// Measures the editor and the graph of an instance with many tasks: what a
// person does with mouse and keys, and what each step of it costs the page's
// main thread, by the browser's own counters. They say the same on a busy
// machine as on an idle one, but for what else runs on its processors. SIZES are
// numbers of tasks; without them 1,000 are only drawn and moved. With CONSOLE, the console is that folder's
// build instead of the server's.
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { enter, must, settled, tell, ui } from "./support.mjs";

const { SERVER, CONSOLE } = process.env;
const sizes = (process.env.SIZES || "1000").split(",").map(Number);
const thorough = Boolean(process.env.SIZES);
const project = "graph";

// watch counts in the page what is drawn, and tasks that hold it up.
const watch = () => {
  window.seen = { frames: 0, long: 0, longest: 0 };
  const tick = () => {
    window.seen.frames++;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  new PerformanceObserver((list) => {
    for (const e of list.getEntries()) {
      window.seen.long++;
      window.seen.longest = Math.max(window.seen.longest, e.duration);
    }
  }).observe({ entryTypes: ["longtask"] });
};

const types = { ".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml" };

// built shows another build of the console than the server's.
const built = (page) =>
  page.route(`${ui}/**`, (route) => {
    const path = new URL(route.request().url()).pathname.slice("/ui/".length);
    const file = extname(path) in types ? path : "index.html";
    return route.fulfill({ body: readFileSync(join(CONSOLE, file)), contentType: types[extname(file)] });
  });

// drawn waits until the page has drawn what it knows of.
const drawn = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))));

// idle waits until the page has nothing to do.
const idle = (page) => page.evaluate(() => new Promise((done) => requestIdleCallback(() => requestIdleCallback(() => done()), { timeout: 20_000 })));

// meter gives a function that measures steps, and notes what one of them cost.
async function meter(page, size, note) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Performance.enable");
  const now = async () => Object.fromEntries((await cdp.send("Performance.getMetrics")).metrics.map((m) => [m.name, m.value]));
  await page.evaluate(watch);
  return async (what, most, act) => {
    const steps = thorough ? most : Math.ceil(most / 4);
    await idle(page);
    await page.evaluate(() => Object.assign(window.seen, { frames: 0, long: 0, longest: 0 }));
    const before = await now();
    for (let i = 0; i < steps; i++) {
      await act(i);
      await drawn(page);
    }
    const after = await now();
    const seen = await page.evaluate(() => window.seen);
    const each = (name) => (((after[name] - before[name]) * 1000) / steps).toFixed(1).padStart(6);
    const nodes = await page.locator(".react-flow__node").count();
    note(
      `${String(size).padStart(5)} tasks, ${what.padEnd(32)} a step: script ${each("ScriptDuration")} style ${each("RecalcStyleDuration")} layout ${each("LayoutDuration")}` +
        ` all ${each("TaskDuration")} ms; ${steps} steps, ${seen.frames} frames, longest task ${Math.round(seen.longest)} ms, ${nodes} nodes`,
    );
  };
}

// widthOf is how many tasks are above each other, so that all together are
// about as wide as high.
const widthOf = (size) => Math.ceil(Math.sqrt((size * across) / down));

// Pixels from a task to the next.
const across = 300;
const down = 92;

// documentOf is a workflow of layers, each joined to the one before.
function documentOf(name, size) {
  const width = widthOf(size);
  const tasks = [];
  for (let i = 0; i < size; i++) {
    const layer = Math.floor(i / width);
    const above = (k) => `t${(layer - 1) * width + ((i * 7 + k * 3) % width)}`;
    const needs = layer === 0 ? [] : [...new Set([above(0), above(1)])];
    tasks.push(`  - name: t${i}\n    kind: SHELL\n` + (needs.length ? `    needs: [${needs.join(", ")}]\n` : "") + `    params: {rawScript: "echo ${i} # a line that says what it does"}\n`);
  }
  const places = tasks.map((_, i) => `  t${i}: {x: ${Math.floor(i / width) * across}, y: ${(i % width) * down}}\n`);
  return `name: ${name}\ntasks:\n${tasks.join("")}layout:\n${places.join("")}`;
}

const canvas = (page) => page.locator(".react-flow__pane").boundingBox();

// still waits until the view has stopped to move.
const still = (page) =>
  page.evaluate(
    () =>
      new Promise((done) => {
        const view = document.querySelector(".react-flow__viewport");
        let [last, calm] = ["", 0];
        const look = () => {
          calm = view.style.transform === last ? calm + 1 : 0;
          last = view.style.transform;
          if (calm > 10) done();
          else requestAnimationFrame(look);
        };
        look();
      }),
  );

// near shows the tasks in the middle at the size at which one reads them.
async function near(page, zoom) {
  await page.locator(".react-flow__controls").getByRole("button", { name: "Show all" }).click();
  await still(page);
  for (let i = 0; i < zoom; i++) {
    await page.locator(".react-flow__controls-zoomin").click();
    await drawn(page);
  }
}

async function gestures(page, measure, away) {
  const box = await canvas(page);
  const x = box.x + box.width / 2;
  const y = box.y + box.height / 2;
  const grip = await emptyAt(page, x, y);
  await page.mouse.move(grip.x, grip.y);
  await page.mouse.down();
  await measure(`pan, ${away}`, 30, (i) => page.mouse.move(grip.x - i * 6, grip.y + i * 3));
  await page.mouse.up();
  await page.mouse.move(x, y);
  await measure(`zoom, ${away}`, 20, (i) => page.mouse.wheel(0, i % 2 ? 60 : -60));
}

// emptyAt finds a place without tasks near another.
const emptyAt = (page, x, y) =>
  page.evaluate(
    ([x, y]) => {
      for (let d = 0; d < 300; d += 4)
        for (const [dx, dy] of [[0, d], [0, -d], [d, 0], [-d, 0]])
          if (document.elementFromPoint(x + dx, y + dy)?.classList.contains("react-flow__pane")) return { x: x + dx, y: y + dy };
      throw new Error("the canvas is full");
    },
    [x, y],
  );

// touched notes which tasks the page changes from now on.
const touched = () => {
  window.touched = new Set();
  new MutationObserver((list) => {
    for (const m of list) {
      const node = m.target.closest?.(".react-flow__node");
      if (node) window.touched.add(node.dataset.id);
    }
  }).observe(document.querySelector(".react-flow__nodes"), { subtree: true, attributes: true, characterData: true });
};

// grip is the middle of a task over which nothing lies, and which has room to
// the right.
async function grip(page) {
  const middles = await page.locator(".react-flow__node").evaluateAll((all) => {
    const box = document.querySelector(".react-flow").getBoundingClientRect();
    return all.flatMap((n) => {
      const b = n.getBoundingClientRect();
      const x = b.x + b.width / 2;
      const y = b.y + b.height / 2;
      const hit = x < box.right - 140 && y < box.bottom - 100 && document.elementFromPoint(x, y)?.closest(".react-flow__node") === n;
      return hit ? [{ x, y }] : [];
    });
  });
  if (!middles.length) throw new Error("no task can be gripped");
  return middles[Math.floor(middles.length / 2)];
}

// drag moves a task that is seen, and gives how many tasks the page changed.
async function drag(page, measure, what) {
  const { x, y } = await grip(page);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 4, y + 3);
  await drawn(page);
  await page.evaluate(touched);
  await measure(what, 30, (i) => page.mouse.move(x + (i + 1) * 3, y + (i + 1) * 2));
  const changed = await page.evaluate(() => window.touched.size);
  await measure(`${what}: let go`, 1, () => page.mouse.up());
  return changed;
}

async function editor({ open, check, note }, size) {
  const { id } = await must("POST", `/projects/${project}/workflows`, { document: documentOf(`many-${size}`, size) });
  const page = await open("en");
  if (CONSOLE) await built(page);
  await enter(page, `/projects/${project}`);
  const began = Date.now();
  await page.goto(`${ui}/projects/${project}/workflows/${id}/edit?view=canvas`);
  await page.locator(".react-flow__node").first().waitFor();
  await drawn(page);
  note(`${size} tasks, the editor is open after ${Date.now() - began} ms`);
  await settled(page);
  const measure = await meter(page, size, note);
  await gestures(page, measure, "all in sight");
  check((await page.locator(".react-flow__edge").count()) === 0, "from far away every edge is an element");
  const far = await drag(page, measure, "drag a task, all in sight");
  check(far === 1, `dragging a task, all in sight, changes ${far} tasks`);
  await near(page, size > 1000 ? 12 : 10);
  await gestures(page, measure, "near");
  const seen = await page.locator(".react-flow__node").count();
  check(seen < 300, `${seen} of ${size} tasks are drawn when a few are in sight`);
  const close = await drag(page, measure, "drag a task, near");
  check(close === 1, `dragging a task, near, changes ${close} tasks`);
  if (thorough) await typing(page, measure);
  await page.context().close();
}

// typing writes in the form of a task and in the text of all.
async function typing(page, measure) {
  const description = async () => {
    await still(page); // what is gripped must not move away
    const { x, y } = await grip(page);
    await page.mouse.click(x, y);
    await page.getByRole("tab", { name: "Running" }).click();
    await page.getByLabel("Description").first().focus();
  };
  await description();
  await measure("type in a form", 20, (i) => page.keyboard.type("abcdefghijklmnopqrst"[i]));
  await measure("undo", 2, () => page.getByRole("button", { name: /Undo/ }).first().click());
  await page.getByText("Both", { exact: true }).click();
  await page.locator(".text .cm-content").waitFor();
  await drawn(page);
  await description();
  await measure("type in a form beside the YAML", 12, (i) => page.keyboard.type("abcdefghijkl"[i]));
  await page.locator(".text .cm-line").nth(2).click();
  await page.keyboard.press("End");
  await measure("type in the YAML", 12, (i) => page.keyboard.type("abcdefghijkl"[i]));
}

// running is an instance in the middle of its work, as the server tells of it.
function running(detail, size) {
  const states = ["SUCCESS", "SUCCESS", "RUNNING", "FAILED", "WAITING"];
  const width = widthOf(size);
  const graph = { nodes: [], edges: [] };
  const taskInstances = [];
  for (let i = 0; i < size; i++) {
    const layer = Math.floor(i / width);
    graph.nodes.push({ name: `t${i}`, kind: "SHELL", x: layer * across, y: (i % width) * down });
    if (layer > 0) graph.edges.push([`t${(layer - 1) * width + ((i * 7) % width)}`, `t${i}`]);
    if (i > size * 0.8) continue;
    const state = states[i % states.length];
    const started = new Date(Date.now() - 60_000).toISOString();
    taskInstances.push({ id: i + 1, task: `t${i}`, kind: "SHELL", state, attempt: 1, started, submitted: started, ended: state === "RUNNING" ? null : new Date().toISOString(), durationMs: null, host: "", reason: "" });
  }
  return { ...detail, state: "RUNNING", ended: null, graph, taskInstances, params: [], waiting: [] };
}

async function instance({ open, note }, size) {
  const page = await open("en");
  if (CONSOLE) await built(page);
  await enter(page, `/projects/${project}`);
  const base = `${SERVER}/api/v1/projects/${project}/instances/1`;
  const told = running({ id: 1, name: "many", workflow: "many", workflowId: 1, version: 1, runTimes: 1, actions: [], started: new Date().toISOString() }, size);
  await page.route(base, (route) => route.fulfill({ json: told }));
  await page.route(`${base}/tasks?**`, (route) => route.fulfill({ json: { items: told.taskInstances } }));
  // Events come when the script says so.
  await page.addInitScript(() => {
    window.EventSource = class {
      constructor() {
        this.listeners = {};
        window.source = this;
        queueMicrotask(() => this.onopen?.({}));
      }
      addEventListener(name, f) {
        this.listeners[name] = f;
      }
      close() {}
    };
  });
  const began = Date.now();
  await page.goto(`${ui}/projects/${project}/instances/1`);
  await page.locator(".react-flow__node").first().waitFor();
  await drawn(page);
  note(`${size} tasks, an instance is open after ${Date.now() - began} ms`);
  const measure = await meter(page, size, note);
  await gestures(page, measure, "instance, all in sight");
  await measure("an event of a task", 20, (i) =>
    page.evaluate((task) => window.source.listeners.task({ data: JSON.stringify(task), lastEventId: "1" }), { ...told.taskInstances[i], state: "SUCCESS", reason: "" }),
  );
  await near(page, size > 1000 ? 12 : 10);
  await gestures(page, measure, "instance, near");
  await page.context().close();
}

tell(async (world) => {
  await must("POST", "/projects", { name: project });
  for (const size of sizes) {
    await editor(world, size);
    if (thorough) await instance(world, size);
  }
});
