// Two people edit one draft: whose save comes second is told, nothing of either
// is lost, and both texts stand beside each other.
import { enter, must, shot, tell, texts } from "./support.mjs";

const t = texts("en");
const project = "drafts";
const text = (script) => `name: shared\ntasks:\n  - {name: only, kind: SHELL, params: {rawScript: "echo ${script}"}}\n`;

tell(async ({ open, check }) => {
  await must("POST", "/projects", { name: project });
  const { id } = await must("POST", `/projects/${project}/workflows`, { document: text("begun") });
  const path = `/projects/${project}/workflows/${id}/edit?view=canvas&task=only`;
  const people = [await open("en"), await open("en")];
  for (const page of people) {
    await enter(page, path);
    await page.locator(".side-form .cm-content").first().waitFor();
  }
  const [first, second] = people;
  const write = async (page, words) => {
    await page.locator(".side-form .cm-content").first().click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type(`echo ${words}`);
    await page.keyboard.press("Control+s");
  };
  await write(first, "of the first");
  await first.getByText(t("editor.unsaved")).waitFor({ state: "detached" });
  await write(second, "of the second");
  const dialog = second.getByRole("dialog");
  await dialog.getByText(t("editor.conflict.title")).waitFor();
  await dialog.getByText("of the first").waitFor();
  await dialog.getByText("of the second").waitFor();
  await shot(second, "conflict");

  const saved = async () => (await must("GET", `/projects/${project}/workflows/${id}/draft`)).document;
  check((await saved()).includes("of the first"), "the second save went over the first unasked");
  await dialog.getByRole("button", { name: t("editor.conflict.later") }).click();
  await dialog.waitFor({ state: "detached" });
  check((await second.locator(".side-form .cm-content").first().innerText()).includes("of the second"), "what the second wrote is lost when he puts it off");
  await second.keyboard.press("Control+s");
  await dialog.getByText("of the first").waitFor();
  // He takes both.
  await dialog.locator(".cm-content[contenteditable=true]").focus();
  await dialog.locator(".cm-focused").waitFor();
  await second.keyboard.press("Control+End"); // an empty line
  await second.keyboard.press("ArrowLeft");
  await second.keyboard.type(" # of the first");
  // Night falls meanwhile.
  await second.emulateMedia({ colorScheme: "dark" });
  await second.locator("html[data-theme=dark]").waitFor({ state: "attached" });
  await dialog.getByRole("button", { name: t("editor.conflict.saveMerged") }).click();
  await dialog.waitFor({ state: "detached" });
  await second.getByText(t("editor.unsaved")).waitFor({ state: "detached" });
  check(/of the second.*of the first/.test(await saved()), `the merged draft is ${await saved()}`);

  // The first does not know yet: his next save is told as well, and he may take theirs.
  await write(first, "too late");
  await first.getByRole("dialog").getByRole("button", { name: t("editor.conflict.takeTheirs") }).click();
  await first.locator(".side-form .cm-content").getByText("of the second").waitFor();
});
