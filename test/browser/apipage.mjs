// Opens the API page, signs in with a token, tries a call, and prints what it
// saw as JSON. Addresses and secrets come from the environment.
import { chromium } from "playwright-core";

const { SERVER, TOKEN, CHROMIUM, NO_SANDBOX } = process.env;
const base = SERVER + "/dolphinscheduler";
const seen = { elsewhere: [], complaints: [] };

const browser = await chromium.launch({
  executablePath: CHROMIUM,
  timeout: 180_000,
  args: NO_SANDBOX ? ["--no-sandbox"] : [],
});
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(180_000);
  page.on("request", (r) => {
    if (/^(https?|wss?):/.test(r.url()) && !r.url().startsWith(SERVER + "/")) seen.elsewhere.push(r.url());
  });
  page.on("console", (m) => {
    if (m.type() === "error") seen.complaints.push(m.text());
  });
  page.on("pageerror", (e) => seen.complaints.push(String(e)));

  await page.goto(base + "/doc.html?language=en_US&lang=en");
  await page.waitForSelector(".opblock-tag-section");
  seen.groups = await page.locator(".opblock-tag-section h3.opblock-tag").evaluateAll((tags) => tags.map((t) => t.dataset.tag));
  seen.title = await page.title();

  await page.click(".btn.authorize");
  const entry = page.locator(".auth-container", { hasText: "token" }).first();
  await entry.locator("input").fill(TOKEN);
  await entry.locator("button.authorize").click();
  await page.click(".btn-done");

  const open = async (group, operation) => {
    const id = `#operations-${group}-${group}_${operation}`;
    if (!(await page.locator(id).count())) await page.click(`#operations-tag-${group}`);
    await page.locator(id).locator(".opblock-summary-control").click();
    return page.locator(id);
  };
  const answer = async (operation) => {
    await operation.locator("button.execute").click();
    const live = operation.locator(".live-responses-table");
    await live.waitFor();
    return {
      status: (await live.locator("tbody .response-col_status").first().textContent()).trim(),
      body: await live.locator("tbody .highlight-code, tbody .microlight").first().textContent(),
    };
  };

  const info = await open("Users", "getUserInfo");
  await info.locator(".try-out__btn").click();
  seen.userInfo = await answer(info);

  const project = await open("Project", "createProject");
  await project.locator(".try-out__btn").click();
  await project.locator('tr[data-param-name="projectName"] input').fill("made in a browser");
  seen.created = await answer(project);

  await page.goto(base + "/swagger-ui.html?language=zh_CN");
  await page.waitForSelector(".opblock-tag-section");
  await page.click("#operations-tag-Project");
  seen.chinese = await page.locator("#operations-Project-Project_createProject .opblock-summary-description").textContent();
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
