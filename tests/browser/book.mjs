// Looks at a finished site in the Chromium that is installed, and prints a line for each thing that is not right.
//   node book.mjs SITE WORD
// SITE is the folder of the pages, WORD what its search must find. The last line says how much was looked at.
import { createServer } from "node:http";
import { readFile, readdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { extname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import { chromium } from "playwright-core";

const [, , site, word] = process.argv;
const browserPath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const args = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const WIDTHS = [360, 800, 1400];
const THEMES = ["light", "dark"];

let looked = 0;
let wrong = 0;
function judge(right, what) {
  looked += 1;
  if (!right) {
    wrong += 1;
    console.log(`wrong: ${what}`);
  }
}

/** All pages of the site but the one that has all of them again, which is looked at apart. */
async function pages(folder) {
  const found = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      found.push(...await pages(path));
    } else if (extname(entry.name) === ".html" && !["toc.html", "print.html"].includes(entry.name)) {
      found.push(relative(site, path));
    }
  }
  return found.sort();
}

/** Does it for all, as many at once as there are processors: most of the time goes into one page's own process. */
async function each(names, look) {
  const waiting = [...names];
  const worker = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await look(name);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

/** The site below a path of its own, as a project's pages often are. */
async function served() {
  const kinds = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png" };
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    try {
      if (!path.startsWith("/deep/down/")) throw new Error("not of the site");
      const body = await readFile(join(site, decodeURIComponent(path.slice("/deep/down/".length)) || "index.html"));
      response.writeHead(200, { "Content-Type": kinds[extname(path)] ?? "application/octet-stream" });
      response.end(body);
    } catch {
      response.writeHead(404);
      response.end();
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return server;
}

/** Opens a page and gathers whatever it complains about, and whatever it asks of somebody else. */
async function open(context, address, what) {
  const page = await context.newPage();
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) judge(false, `${what}: console: ${message.text()}`); });
  page.on("pageerror", (error) => judge(false, `${what}: script: ${error.message}`));
  page.on("requestfailed", (request) => judge(false, `${what}: failed: ${request.url()}`));
  page.on("response", (response) => { if (response.status() >= 400) judge(false, `${what}: ${response.status()}: ${response.url()}`); });
  const own = new URL(address).origin;
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith("data:") && new URL(url).origin !== own) judge(false, `${what}: asks elsewhere: ${url}`);
  });
  // The page that is for paper opens the printer's window by itself.
  await page.addInitScript(() => { window.print = () => {}; });
  await page.goto(address, { waitUntil: "load" });
  looked += 1;
  return page;
}

async function form(page, what) {
  const { wide, broken } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth - window.innerWidth,
    broken: [...document.images].filter((it) => !it.complete || it.naturalWidth === 0).map((it) => it.src),
  }));
  judge(wide <= 0, `${what}: is ${wide} pixels wider than the window`);
  judge(broken.length === 0, `${what}: no picture at ${broken.join(", ")}`);
}

/** What depends on colours is asked in both themes, the rest in the first: it would be the same again. */
async function accessible(page, theme, what) {
  await page.evaluate(axe.source);
  const rules = theme === THEMES[0]
    ? { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] }
    : { type: "rule", values: ["color-contrast"] };
  // The button of the sidebar is mdBook's, a label with the attributes of a button.
  const results = await page.evaluate((runOnly) => window.axe.run({ exclude: [["#mdbook-sidebar-toggle"]] }, {
    preload: false,
    runOnly,
    resultTypes: ["violations"],
  }), rules);
  looked += 1;
  for (const violation of results.violations) {
    for (const node of violation.nodes.slice(0, 4)) {
      judge(false, `${what}: ${violation.id}: ${node.target.join(" ")}: ${node.failureSummary.replace(/\s+/g, " ")}`);
    }
  }
}

/** Questions by mouse and by keyboard, pictures that flip. */
async function hands(page, what) {
  const quizzes = page.locator(".quiz");
  if (await quizzes.count() > 0) {
    const first = quizzes.first();
    const miss = first.locator("details.is-wrong").first();
    await miss.locator("summary").click();
    judge(await miss.evaluate((it) => it.open), `${what}: a click does not open an option`);
    await first.locator(".given:not([hidden])").waitFor({ timeout: 5000 }).catch(() => {});
    judge(/You predicted ., and it was not so/.test(await first.locator(".given").innerText()), `${what}: the answer is not told`);
    judge(await first.locator("details.is-right").evaluate((it) => it.open), `${what}: the right answer stays closed`);
  }
  if (await quizzes.count() > 1) {
    const second = quizzes.nth(1);
    const summaries = second.locator("summary");
    await summaries.first().focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    const state = await second.locator("details").evaluateAll((all) => all.map((it) => it.open));
    judge(state[1] === true, `${what}: Tab and Enter do not open the second option`);
  }
  const flip = page.locator("figure.flip").first();
  if (await flip.count() > 0) {
    const shown = () => flip.evaluate((it) => ["before", "after"].filter((when) => getComputedStyle(it.querySelector(`.picture-${when}`)).display !== "none").join());
    judge(await shown() === "after", `${what}: a picture does not begin with what is after the step`);
    await flip.locator("input.after").focus();
    await page.keyboard.press("ArrowLeft");
    judge(await shown() === "before", `${what}: the arrow key does not flip the picture`);
    await flip.locator("label.after").click();
    judge(await shown() === "after", `${what}: a click does not flip the picture`);
  }
  const named = await page.locator("figure.picture svg").evaluateAll((all) => all.every((it) => (it.closest("[role=img]")?.getAttribute("aria-label") ?? "").length > 20));
  judge(named, `${what}: a picture has no words`);
}

/** Hints and solutions are closed, and open by the keyboard. */
async function secrets(page, what) {
  const closed = page.locator("details.hint, details.give-up, details.wrong");
  judge(await closed.count() > 4, `${what}: no hint or no solution`);
  judge(await closed.evaluateAll((all) => all.every((it) => !it.open)), `${what}: a hint or a solution is open`);
  await closed.first().locator("> summary").focus();
  await page.keyboard.press("Enter");
  judge(await closed.first().evaluate((it) => it.open), `${what}: Enter does not open a hint`);
}

/** A recording is played, from whatever place the pages are at. */
async function recording(page, what) {
  const button = page.locator("figure.recording button").first();
  if (await button.count() === 0) return;
  await button.click();
  const terminal = page.locator("figure.recording .ap-player").first();
  await terminal.waitFor({ timeout: 10000 }).catch(() => {});
  judge(await terminal.count() > 0, `${what}: the player does not come`);
  await page.waitForFunction(() => document.querySelector("figure.recording .ap-term, figure.recording pre.ap-term-text")?.textContent.includes("Lesson"), null, { timeout: 10000 })
    .catch(() => judge(false, `${what}: the recording does not play`));
  // The arrows are the player's now, and turn no page.
  const before = page.url();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowLeft");
  judge(page.url() === before && await terminal.count() > 0, `${what}: an arrow in the player leaves the page`);
}

async function search(page, what) {
  await page.keyboard.press("/");
  await page.locator("#mdbook-searchbar").pressSequentially(word);
  const hit = page.locator("#mdbook-searchresults li a").first();
  await hit.waitFor({ timeout: 20000 }).catch(() => {});
  judge(await hit.count() > 0, `${what}: the search does not find ${word}`);
}

const browser = await chromium.launch({ executablePath: browserPath, headless: true, args });
const server = await served();
try {
  const root = pathToFileURL(site + "/").href;
  const below = `http://127.0.0.1:${server.address().port}/deep/down/`;
  const all = await pages(site);
  for (const theme of THEMES) {
    const context = await browser.newContext({ colorScheme: theme, reducedMotion: "reduce" });
    await each(all, async (name) => {
      const what = `${name} (${theme})`;
      const page = await open(context, root + name, what);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        await form(page, `${what} at ${width}`);
      }
      // Answered, so that replies are judged too.
      if (name.startsWith("lessons/")) await hands(page, what);
      if (name.startsWith("exercises/")) await secrets(page, what);
      await page.locator("main details").evaluateAll((every) => every.forEach((it) => { it.open = true; }));
      await accessible(page, theme, what);
      await page.close();
    });
    await context.close();
  }
  const context = await browser.newContext();
  await each([...all, "print.html"], async (name) => {
    const page = await open(context, below + name, `${name} below a path`);
    if (name === "index.html") await search(page, "below a path");
    if (name.startsWith("lessons/")) await recording(page, `${name} below a path`);
    await page.close();
  });
  const page = await open(context, root + "index.html", "from a file");
  await search(page, "from a file");
  await each(all.filter((it) => it.startsWith("lessons/")), async (name) => {
    const page = await open(context, root + name, `${name} from a file`);
    await recording(page, `${name} from a file`);
    await page.close();
  });
  await context.close();
  // The player is a part of its page, and is judged as that: while it plays, by all rules, in both themes.
  const played = all.find((name) => name === "lessons/02-hostname.html") ?? all.find((name) => name.startsWith("lessons/"));
  for (const theme of THEMES) {
    const playing = await browser.newContext({ colorScheme: theme, reducedMotion: "reduce" });
    const shown = await open(playing, root + played, `${played} that plays (${theme})`);
    await recording(shown, `${played} that plays (${theme})`);
    await accessible(shown, theme, `${played} that plays (${theme})`);
    await playing.close();
  }
  const still = await browser.newContext({ javaScriptEnabled: false });
  // One with a question and with a picture that flips.
  const lesson = all.find((name) => name === "lessons/02-hostname.html") ?? all.find((name) => name.startsWith("lessons/"));
  if (lesson) {
    const page = await still.newPage();
    await page.goto(root + lesson);
    const option = page.locator(".quiz details.is-right").first();
    await option.locator("summary").click();
    judge(await option.locator(".verdict").isVisible(), `${lesson} without scripts: an option does not open`);
    await page.locator("figure.flip label.before").first().click();
    judge(await page.locator("figure.flip .picture-before").first().isVisible(), `${lesson} without scripts: a picture does not flip`);
  }
  const exercise = all.find((name) => name.startsWith("exercises/"));
  if (exercise) {
    const page = await still.newPage();
    await page.goto(root + exercise);
    judge(await page.locator("details.listing pre").first().isVisible(), `${exercise} without scripts: the starter cannot be read`);
    await page.locator("details.hint summary").first().click();
    judge(await page.locator("details.hint p").first().isVisible(), `${exercise} without scripts: a hint does not open`);
  }
} finally {
  await browser.close();
  server.close();
}
console.log(`${looked} looked at, ${wrong} wrong`);
process.exitCode = wrong === 0 ? 0 : 1;
