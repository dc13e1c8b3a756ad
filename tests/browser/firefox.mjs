// A patient's way through Firefox, over WebDriver BiDi, which Firefox itself speaks: the link, a tick, the day, a code for
// this device, the progress page. What it read goes out as JSON; test_firefox.py judges it.
//
//   node firefox.mjs MODULES FIREFOX LINK CODE
import { createRequire } from "node:module";

const [modules, executablePath, link, code] = process.argv.slice(2);
const puppeteer = createRequire(`${modules}/`)("puppeteer-core");
const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true });
const told = { version: await browser.version(), faults: [] };
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(20000);
  page.on("console", (message) => message.type() === "error" && told.faults.push(message.text()));
  page.on("pageerror", (error) => told.faults.push(String(error)));
  const read = (selector) => page.$eval(selector, (element) => element.innerText.trim());
  const press = (selector) => Promise.all([page.waitForNavigation(), page.$eval(selector, (element) => element.click())]);

  await page.setViewport({ width: 390, height: 844 });
  await page.goto(link);
  told.secretLeft = new URL(page.url()).hash;
  await press("main form button[type=submit]");
  told.plan = await read("h1");
  told.shownBefore = await page.$eval(".why", (element) => getComputedStyle(element).display);
  await page.$eval('.ex [value="partly"]', (element) => element.click());
  told.shownAfter = await page.$eval(".why", (element) => getComputedStyle(element).display);
  told.wide = await page.evaluate(() => document.documentElement.scrollWidth);
  await press('form[action="/today/log/"] button[type=submit]');
  told.said = await read("[role=status]");

  await page.goto(new URL("/c/", link).href);
  await page.type("[name=code]", code);
  await page.$eval("[name=own]", (element) => element.click());
  await press("main form button[type=submit]");
  await page.goto(new URL("/today/progress/", link).href);
  told.progress = await read("h1");
  told.chart = await page.$$eval(".weeks > li", (weeks) => weeks.length);
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(told));
