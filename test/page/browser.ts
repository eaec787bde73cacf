import { existsSync } from "node:fs";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { DEEP } from "../cases.ts";

const PLACES = [process.env["CHROMIUM"], "/usr/bin/chromium", "/usr/bin/google-chrome"];

const executable = PLACES.find((path) => path !== undefined && existsSync(path));

/** The reason to skip tests in a browser; false if they run. */
export const noBrowser = DEEP
  ? executable === undefined && "there is no Chromium: install one, or set CHROMIUM to its path"
  : "a browser takes its time: npm run test:deep";

/** The part of tap's `t` that tests need. */
interface Teardown {
  teardown(end: () => unknown): void;
}

export async function startBrowser(t: Teardown): Promise<Browser> {
  const browser = await puppeteer.launch({
    executablePath: executable ?? "",
    acceptInsecureCerts: true,
    // Chromium does not start its sandbox as root. The tests only open our pages, so no sandbox is needed.
    args: ["--no-sandbox", "--disable-gpu"],
  });
  t.teardown(() => browser.close());
  return browser;
}

/** A page in the browser, and the faults that occurred in it. */
export interface WatchedPage {
  readonly page: Page;
  /** Violations of the content security policy, errors, dialogs, requests that leave the server. */
  readonly faults: string[];
}

export async function watchedPage(browser: Browser, origin: string): Promise<WatchedPage> {
  const page = await browser.newPage();
  await page.setViewport({ width: 1400, height: 1000 });
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(`error: ${String(error)}`));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith("data:")) faults.push(request.url());
  });
  await page.exposeFunction("reportViolation", (violation: string) => faults.push(`policy: ${violation}`));
  await page.evaluateOnNewDocument(`addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    reportViolation(violatedDirective + " " + blockedURI));`);
  return { page, faults };
}
