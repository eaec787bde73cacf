import { applyPatch } from "diff";
import type { Browser, Page } from "puppeteer-core";
import t, { type Test } from "tap";
import { testServer } from "../helper.ts";
import { noBrowser, startBrowser, watchedPage } from "./browser.ts";
import "../patience.ts";

const POD = (name: string, seconds = 5) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${JSON.stringify(name)}}\nspec:\n  containers:\n  - name: web\n    lifecycle: {preStop: {sleep: {seconds: ${seconds}}}}\n`;

/**
 * The DOM properties and globals that the code in the browser uses. The types are declared here because TypeScript's
 * DOM types are not loaded.
 */
interface Shown {
  readonly id: string;
  readonly alt: string;
  readonly textContent: string;
  getAttribute(name: string): string | null;
  querySelector(selector: string): Shown | null;
}
declare const document: {
  readonly body: Shown;
  readonly activeElement: Shown | null;
  querySelector(selector: string): Shown | null;
  createElement(name: "canvas"): { getContext(kind: "2d"): Canvas };
};
interface Canvas {
  drawImage(image: unknown, x: number, y: number): void;
  getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8Array };
}
declare function getComputedStyle(element: Shown): {
  readonly backgroundColor: string;
  readonly outlineStyle: string;
};
declare const location: { hash: string };
declare class DataTransfer {
  readonly items: { add(file: File): void };
}
declare class DragEvent extends Event {
  constructor(type: string, options: object);
}

const LIMIT = 64 * 1024;

/** Starts a server with the page, and a browser. */
async function opened(t: Test): Promise<{ browser: Browser; origin: string }> {
  const server = await testServer(t, { explain: true });
  const origin = `https://127.0.0.1:${server.port}`;
  return { browser: await startBrowser(t), origin };
}

const text = (page: Page, selector: string): Promise<string> =>
  page.$$eval(selector, (found) => found.map((one) => one.textContent).join("\n"));

/** Waits until an element of the page contains this text and no request is pending. */
async function says(page: Page, selector: string, wanted: string): Promise<void> {
  await page.waitForFunction(
    (where: string, what: string) => document.querySelector(where)?.textContent?.includes(what) ?? false,
    { timeout: 60_000 },
    selector,
    wanted,
  );
}

/** Pastes a manifest as a person would: selects the whole text and replaces it. */
async function paste(page: Page, manifest: string): Promise<void> {
  await page.focus("#manifest");
  await page.keyboard.down("Control");
  await page.keyboard.press("a");
  await page.keyboard.up("Control");
  await page.keyboard.sendCharacter(manifest);
}

t.test("the page works in a browser", { skip: noBrowser }, async (t) => {
  const { browser, origin } = await opened(t);

  await t.test("the page first explains an example, in light and dark mode", async (t) => {
    const { page, faults } = await watchedPage(browser, origin);
    const looks: string[] = [];
    for (const value of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
      await page.goto(origin);
      await says(page, "#status", "1 pod explained; findings: 1 warn");
      const [picture] = await page.$$("figure img");
      t.ok(await picture?.evaluate((image) => image.naturalWidth > 0), "the picture is drawn");
      looks.push(
        await page.evaluate(() => getComputedStyle(document.body).backgroundColor),
        await page.$eval("figure img", (image) => {
          const canvas = document.createElement("canvas");
          const context = canvas.getContext("2d");
          context?.drawImage(image, 0, 0);
          return String(context?.getImageData(20, 20, 1, 1).data.slice(0, 3));
        }),
      );
    }
    t.same(looks, ["rgb(246, 248, 250)", "255,255,255", "rgb(1, 4, 9)", "13,17,23"]);
    await says(page, ".fix", "+      terminationGracePeriodSeconds: 40");
    t.match(await text(page, ".findings"), /warncontainer "web": preStop uses 29s .*\[shutdown-too-short\]/);
    t.same(faults, []);
  });

  await t.test("a pasted manifest is explained, and an error is shown with its place", async (t) => {
    const { page, faults } = await watchedPage(browser, origin);
    await page.goto(origin);
    await says(page, "#status", "1 pod explained");
    await paste(page, `${POD("one", 40)}---\n${POD("two")}`);
    await says(page, "h2", 'Pod "one"');
    t.equal(await text(page, "#status"), "2 pods explained; findings: 1 deny.");
    await paste(page, "a: 1\n b: 2\n");
    await says(page, "#error", "line 1, column");
    t.ok(await page.$eval("#documents", (one) => one.classList.contains("stale")), "the old answer is pale");
    await paste(page, POD("three"));
    await says(page, "h2", 'Pod "three"');
    t.ok(await page.$eval("#error", (one) => one.hidden));
    await page.type('[name="grace"]', "3");
    await says(page, "#status", "1 pod explained.");
    await page.select("#on", "spot");
    await page.type('[name="notice"]', "1");
    await page.waitForFunction(() =>
      document.querySelector("img")?.alt.includes("still runs when the power goes off"),
    );
    await page.select("#on", "drain");
    await page.type('[name="grace"]', "x");
    await says(page, "#error", 'grace must be a whole number of seconds from 0 to 2147483647, not "3x".');
    // The browser logs an error for each answer with HTTP 400.
    t.match(faults, [/400/, /400/]);
    t.equal(faults.length, 2);
  });

  await t.test("the fix is a diff that can be copied, and the fixed manifest has no findings", async (t) => {
    const { page, faults } = await watchedPage(browser, origin);
    const clipboard = ["clipboard-read", "clipboard-write", "clipboard-sanitized-write"] as const;
    await browser.defaultBrowserContext().overridePermissions(origin, [...clipboard]);
    await page.goto(origin);
    await says(page, ".fix", "+      terminationGracePeriodSeconds: 40");
    // The clipboard needs the focus, which only the page in front has.
    await page.bringToFront();
    await page.click(".fix button");
    await says(page, ".fix .copied", ".");
    t.equal(await text(page, ".fix .copied"), "Copied.");
    const diff = String(await page.evaluate("navigator.clipboard.readText()"));
    const fixed = applyPatch(String(await page.$eval("#manifest", (area) => area.value)), diff);
    t.type(fixed, "string", diff);
    await paste(page, String(fixed));
    await says(page, "#status", "1 pod explained; findings: none.");
    t.equal((await page.$$(".fix")).length, 0);
    await paste(page, `${POD("one", 40)}---\n${POD("two", 60)}`);
    await says(page, "h2", "Fixes");
    t.match(
      await text(page, ".fix .added"),
      /terminationGracePeriodSeconds: 50\n.*terminationGracePeriodSeconds: 70/,
    );
    t.same(faults, []);
  });

  await t.test("hostile names appear only as text", async (t) => {
    const { page, faults } = await watchedPage(browser, origin);
    const names = [
      "<script>alert(1)</script>",
      '"><img src=x onerror=alert(2)>',
      "</textarea><svg onload=alert(3)>",
    ];
    await page.goto(origin);
    await paste(page, names.map((name) => POD(name, 40)).join("---\n"));
    await says(page, "h2", "<script>alert(1)");
    t.equal(await text(page, "#status"), "3 pods explained; findings: 3 deny.");
    t.equal(
      await page.$$eval("script, svg, #documents img:not([src^='data:image/svg+xml,'])", (all) => all.length),
      1,
    );
    t.match(await text(page, "h2"), names[1]?.replaceAll('"', '\\"'));
    // Hostile names appear only as text in the picture, too.
    await page.goto(`${(await page.$eval("figure img", (image) => image.src)).slice(0, 100_000)}`);
    t.equal(await page.$$eval("script, image, img", (all) => all.length), 0);
    t.match(await text(page, "text"), /<script>alert\(1\)<\/script>/);
    t.same(faults, []);
  });

  await t.test("64 KiB are explained, and a larger manifest is not sent", async (t) => {
    const { page, faults } = await watchedPage(browser, origin);
    await page.goto(origin);
    await says(page, "#status", "1 pod explained");
    const long = `${POD("long")}#`;
    const set = (length: number) =>
      page.$eval(
        "#manifest",
        (area, value) => {
          area.value = value;
          area.dispatchEvent(new Event("input", { bubbles: true }));
        },
        long.padEnd(length, "x"),
      );
    await set(LIMIT);
    await says(page, "h2", 'Pod "long"');
    const sent: string[] = [];
    page.on("request", (request) => sent.push(request.url()));
    await set(LIMIT + 1);
    await says(page, "#error", "The manifest has 65 KiB, and 64 KiB is the limit.");
    t.same(sent, []);
    t.same(faults, []);
  });

  await t.test("the page works without a mouse", async (t) => {
    const { page, faults } = await watchedPage(browser, origin);
    await page.goto(origin);
    await says(page, ".fix", "Copy the diff");
    const focused = () =>
      page.evaluate(() => {
        const one = document.activeElement;
        const seen = one !== null && getComputedStyle(one).outlineStyle !== "none";
        return `${one?.id || one?.getAttribute("name") || (one?.querySelector("img") ? one.textContent : one?.getAttribute("aria-label")) || one?.textContent?.trim()}${seen ? "" : " (unseen)"}`;
      });
    const order: string[] = [];
    for (let step = 0; step < 13; step++) {
      await page.keyboard.press("Tab");
      order.push(await focused());
    }
    t.same(order, [
      ...["To the timelines", "manifest", "open", "share", "on", "grace", "Explain Ctrl+Enter"],
      ...[
        "Save the picture (SVG)",
        "Save the picture (SVG)",
        "Diff that fixes the manifest",
        "Copy the diff",
      ],
      ...["How each container stops", "Other endings"],
    ]);
    await page.keyboard.press("Enter");
    t.notOk(await page.$$eval("details", ([, others]) => others.open), "closed by the keyboard");
    await page.focus("#on");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Tab");
    t.equal(await page.$eval("#on", (one) => one.value), "drain");
    await page.keyboard.type("7");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelector("img")?.alt.includes("--grace-period=7"));
    await page.focus(".skip");
    await page.keyboard.press("Enter");
    t.equal(await page.evaluate(() => document.activeElement?.id), "result");
    t.same(faults, []);
  });

  await t.test(
    "a link contains the manifest and the ending in its fragment, which the server does not get",
    async (t) => {
      const { page, faults } = await watchedPage(browser, origin);
      await page.goto(origin);
      await says(page, "#status", "1 pod explained");
      const manifest = `# caf\u00e9 \u2603\n${POD("shared", 100)}`;
      await paste(page, manifest);
      await page.select("#on", "spot");
      await page.type('[name="notice"]', "30");
      await page.click("#share");
      await says(page, "#shared", "in the address bar");
      const link = page.url();
      t.match(link, /^[^#]+\/#m=[\w-]+&on=spot&notice=30$/);
      const other = await watchedPage(browser, origin);
      const urls: string[] = [];
      other.page.on("request", (request) => urls.push(request.url()));
      await other.page.goto(link);
      await says(other.page, "h2", 'Pod "shared"');
      t.equal(await other.page.$eval("#manifest", (one) => one.value), manifest);
      t.equal(await other.page.$eval('[name="notice"]', (one) => one.value), "30");
      t.ok(urls.every((url) => !url.includes("m=") || url === link));
      const bomb = await other.page.evaluate(async () => {
        const zeros = new Blob([new Uint8Array(50_000_000)])
          .stream()
          .pipeThrough(new CompressionStream("deflate-raw"));
        const bytes = new Uint8Array(await new Response(zeros).arrayBuffer());
        const packed = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
        return packed.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
      });
      await other.page.evaluate((hash: string) => {
        location.hash = hash;
      }, `m=${bomb}`);
      await says(other.page, "#error", "The manifest in the link is above 64 KiB.");
      for (const damaged of ["m=AAAA", "m=%%%", "m=!"]) {
        await other.page.goto("about:blank");
        await other.page.goto(`${origin}/#${damaged}`);
        await says(other.page, "#error", "The link is damaged");
      }
      t.same([...faults, ...other.faults], []);
    },
  );

  await t.test("a file dropped on the page is explained", async (t) => {
    const { page, faults } = await watchedPage(browser, origin);
    await page.goto(origin);
    await says(page, "#status", "1 pod explained");
    const drop = (content: string) =>
      page.$eval(
        "#manifest",
        (area, body) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([body], "web.yaml"));
          area.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
        },
        content,
      );
    await drop(POD("dropped"));
    await says(page, "h2", 'Pod "dropped"');
    await drop("x".repeat(LIMIT + 1));
    await says(page, "#error", "64 KiB is the limit");
    t.same(faults, []);
  });
});
