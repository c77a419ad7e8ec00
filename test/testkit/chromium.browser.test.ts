import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestBrowser, startChromium } from './chromium.ts';

let browser: TestBrowser;
const server = createServer((_, response) => {
  response
    .setHeader('content-type', 'text/html')
    .end('<title>A page</title><script>document.title += " with a script"</script>');
});

beforeAll(async () => {
  const started = await startChromium();
  if ('missing' in started) throw new Error(started.missing);
  browser = started;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});
afterAll(async () => {
  server.close();
  await browser.stop();
});

test('Chromium opens a page of this machine and runs its scripts', async () => {
  const page = await browser.context.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  expect(await page.title()).toBe('A page with a script');
});
