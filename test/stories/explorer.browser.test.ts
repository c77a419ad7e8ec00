import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type TestBrowser, startChromium } from '../testkit/chromium.ts';
import { builtConsole } from '../testkit/console.ts';
import { Explorer, Watch } from '../testkit/explorer.ts';
import { startProcess } from '../testkit/processes.ts';
import { removeFolder, throwawayFolder } from '../testkit/throwaway.ts';
import { openWorld, type Person, type World } from '../testkit/world.ts';

/*
 * The explorer as analysts and front-end developers use it: a real Chromium, the built console, the real gateway.
 */

// A story takes five seconds; loading a page on a machine under load takes many times that.
vi.setConfig({ testTimeout: 90_000 });

const root = fileURLToPath(new URL('../../', import.meta.url));
const catalogue = join(root, 'test/fixtures/works.ndjson');
const museum = 'Museum of Small Things';
const folder = throwawayFolder('explorer');

interface Work {
  id: string;
  title: string;
  department: string;
  classification: string;
}

const works = readFileSync(catalogue, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Work);

let world: World;
let browser: TestBrowser;
let watch: Watch;
let ann: Person;
/** The page for all stories: loading it takes most of a test's time. */
let explorer: Explorer;

beforeAll(async () => {
  const [console, started] = await Promise.all([builtConsole(), startChromium()]);
  if ('missing' in started) throw new Error(started.missing);
  browser = started;
  world = await openWorld({ env: { CONSOLE_DIR: console } });
  watch = new Watch(browser.context, world.url);
  ann = await world.signUp({ displayName: 'Ann Analyst', organization: museum });
  const lines = works.map(({ id, title, department, classification }, index) => ({
    line: index + 1,
    sourceId: id,
    title,
    kind: 'ART',
    department,
    classification,
  }));
  await ann.ask('mutation ($input: AssetImportInput!) { assetImport(input: $input) { created } }', {
    input: { ownerId: ann.organizationId, source: 'catalogue', run: 'first', lines },
  });
  await world.settled();
  // Chromium loads the editor's three megabytes for the first time, which is slow on a machine under load.
  explorer = await Explorer.visit(browser.context, world.url, { patience: 120_000 });
}, 300_000);
afterAll(async () => {
  await browser?.stop();
  await world?.close();
  removeFolder(folder);
});
afterEach(() => watch.check());

/** The number of works of each kind, as the aggregate should count them. */
function counted(key: (work: Work) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const work of works) counts.set(key(work), (counts.get(key(work)) ?? 0) + 1);
  return counts;
}

test('a first visitor presses play and gets assets with their owners, from two systems, without signing in', async () => {
  await explorer.page.getByTestId('systems-panel').waitFor();
  expect(await explorer.written()).toContain('query NewestAssets');
  await explorer.picture('first-visit');
  expect(await explorer.play()).toBe('Done');
  expect(await explorer.failures()).toEqual([]);
  await explorer.show('table');
  const { columns, rows } = await explorer.table();
  expect(columns).toEqual(['id', 'title', 'creators', 'owner.displayName']);
  expect(rows).toHaveLength(10);
  expect(new Set(rows.map((row) => row.at(-1)))).toEqual(new Set([museum]));
  expect(works.map(({ title }) => title)).toContain(rows[0]?.[1]);
  expect(await explorer.page.getByTestId('row-count').innerText()).toBe(`10 rows of ${works.length}`);
  await explorer.picture('table');
});

// test/schema/operations.test.ts proves without a browser that every example runs without errors.
test('an example of each system runs from the panel without signing in', async () => {
  const { catalog } = await world.anonymous.ask('{ catalog { systems { examples { name operation public } } } }');
  const systems = catalog.systems as {
    examples: { name: string; operation: string; public: boolean }[];
  }[];
  const examples = systems.flatMap((system) =>
    system.examples.filter((example) => example.public && example.operation.startsWith('query')).slice(-1),
  );
  expect(examples.length).toBeGreaterThan(1);
  for (const { name, operation } of examples) {
    await explorer.search(name);
    await explorer.example(name);
    // The editor renders only its visible part.
    const written = await explorer.written();
    expect(operation.replaceAll(/\s+/g, ' ').trim().slice(0, written.length)).toBe(written);
    expect(written).toContain(name);
    expect([name, await explorer.play(), await explorer.failures()]).toEqual([name, 'Done', []]);
  }
});

test('an aggregate is shown as a table, sorted and saved as CSV with the same figures', async () => {
  await explorer.write(
    'query Departments { assetAggregate(groupBy: [DEPARTMENT, CLASSIFICATION]) { rows { department classification count } } }',
  );
  expect(await explorer.play()).toBe('Done');
  await explorer.show('table');
  const expected = counted(({ department, classification }) => `${department},${classification}`);
  const { columns, rows } = await explorer.table();
  expect(columns).toEqual(['department', 'classification', 'count']);
  expect(new Set(rows.map((row) => row.join(',')))).toEqual(
    new Set([...expected].map(([names, count]) => `${names},${count}`)),
  );

  await explorer.page.getByTitle('Sort by count').click();
  await explorer.page.locator('th[aria-sort="ascending"]').waitFor();
  const ascending = [...expected.values()].sort((a, b) => a - b).map(String);
  expect((await explorer.table()).rows.map((row) => row[2])).toEqual(ascending);

  const { name, text } = await explorer.saveCsv();
  expect(name).toMatch(/^Departments-assetAggregate-\d{8}-\d{6}\.csv$/);
  const [header, ...lines] = text.split('\r\n');
  expect(header).toBe('department,classification,count');
  expect(lines.pop()).toBe('');
  expect(lines.map((line) => line.split(',').at(-1))).toEqual(ascending);
  expect(new Map(lines.map((line) => [line.replace(/,\d+$/, ''), Number(line.match(/\d+$/)?.[0])]))).toEqual(expected);
});

test('the systems panel finds examples and roots by names and descriptions; an example runs, a root opens to be filled in', async () => {
  const { page } = explorer;
  await page.keyboard.press('Control+K');
  await page.keyboard.type('aggregate');
  await explorer.example('AssetsByOwner');
  await explorer.picture('systems');
  expect(await explorer.play()).toBe('Done');
  await explorer.show('table');
  expect((await explorer.table()).rows.map((row) => row.slice(1))).toEqual([[museum, 'ART', String(works.length)]]);

  await explorer.search('the key is shown only once');
  await page.locator('[data-example="CreateActorKey"]').filter({ hasText: 'sign in first' }).waitFor();
  await explorer.search('actorKey');
  await explorer.root('actorKeyCreate');
  expect(await explorer.written()).toContain('actorKeyCreate(input: $input)');
  expect(await explorer.written('variables')).toContain('"actorId": ""');
  expect(await explorer.play()).toBe('1 error');
  expect(await page.getByTestId('failure-code').innerText()).toBe('UNAUTHENTICATED');
  await page.getByTestId('failures-sign-in').click();
  await page.getByTestId('sign-in-form').waitFor();
  await page.keyboard.press('Escape');

  await explorer.search('nothing is called so');
  await page.getByText('Show everything').click();
  await page
    .getByTestId('systems-count')
    .filter({ hasText: /^\d+ systems ·/ })
    .waitFor();

  const tabs = await page.locator('.graphiql-tab').allInnerTexts();
  expect(tabs.slice(-2)).toEqual(['AssetsByOwner', 'ActorKeyCreate']);
  await explorer.open();
  expect(await page.locator('.graphiql-tab').allInnerTexts()).toEqual(tabs);
  expect(await explorer.written()).toContain('actorKeyCreate(input: $input)');
  await page.getByTestId('systems-panel').waitFor();
});

test('a wrong password is reported, and the right one signs in across reloads', async () => {
  const { page } = explorer;
  await explorer.signIn(ann.email, 'not the password');
  expect(await page.getByTestId('sign-in-error').innerText()).toBe('The e-mail address or the password is wrong.');
  await explorer.picture('wrong-password');
  await explorer.signIn(ann.email, ann.password);
  expect(await page.getByTestId('account-button').innerText()).toContain('Ann Analyst');

  await explorer.write('query Me { viewer { displayName memberships { role organization { displayName } } } }');
  expect(await explorer.play()).toBe('Done');
  await explorer.show('table');
  expect((await explorer.table()).rows).toEqual([['OWNER', museum]]);
  // As a chart the only label, in wide capitals, keeps a distance from the edge.
  await explorer.show('chart');
  await explorer.chart();
  await explorer.picture('one-label');
  const label = await page.getByTestId('chart-canvas').getByText('OWNER', { exact: true }).boundingBox();
  const drawn = await page.getByTestId('chart-canvas').boundingBox();
  expect((label?.x ?? 0) - (drawn?.x ?? 0)).toBeGreaterThanOrEqual(12);
  await explorer.show('table');
  await explorer.open();
  await page.getByTestId('account-button').click();
  await page.getByTestId('acting-for').locator('option', { hasText: museum }).waitFor({ state: 'attached' });
  await page.getByTestId('acting-for').selectOption({ label: `${museum} (owner)` });
  await page.keyboard.press('Escape');
  await page
    .getByTestId('account-button')
    .filter({ hasText: `for ${museum}` })
    .waitFor();
  expect(await explorer.play()).toBe('Done');
});

test('an import is shown live: event by event, until the last line', async () => {
  const { page } = explorer;
  await explorer.search('assetImportProgressed');
  await explorer.example('ImportProgress');
  const before = world.gateway.open().subscriptions;
  await explorer.press();
  await explorer.until(/^Subscribed/);
  // The gateway counts it a moment before the OS listens; events in between are not replayed.
  await expect.poll(() => world.gateway.open().subscriptions, { timeout: 15_000 }).toBe(before + 1);
  await page.evaluate(`
    window.seen = [];
    const line = document.querySelector('[data-testid="status"]');
    new MutationObserver(() => window.seen.push(line.textContent)).observe(line, { childList: true, characterData: true, subtree: true });
  `);
  await explorer.picture('subscribed');

  const password = join(folder, 'password');
  writeFileSync(password, ann.password);
  const who = ['--url', `${world.url}/graphql`, '--email', ann.email, '--password-file', password];
  await using loader = startProcess(join(root, 'clients/loader/load.ts'), {
    args: ['works', catalogue, ...who, '--owner', ann.organizationId ?? '', '--batch', '2'],
    cwd: root,
  });
  await explorer.until(/^Live/);
  await explorer.show('table');
  await explorer.picture('subscription');
  expect(await loader.ended(60_000)).toEqual({ code: 0, signal: null });
  const batches = works.length / 2;
  await explorer.until(new RegExp(`^Live · ${batches} events$`));
  expect(await page.getByTestId('pace').innerText()).toMatch(/^\d+(\.\d)?\/s · .+ after it happened$/);

  const { columns, rows } = await explorer.table();
  const lines = rows.map((row) => Number(row[columns.indexOf('lastLine')]));
  expect(lines).toEqual(Array.from({ length: batches }, (_, index) => works.length - 2 * index));
  const received = rows.map((row) => row[columns.indexOf('receivedAt')]);
  const times = received.map((time) => Date.parse(time ?? ''));
  expect(times).toEqual([...times].sort((a, b) => b - a));
  expect(new Set(received).size).toBeGreaterThan(batches / 4);
  // Seen one by one, and not all at once at the end.
  const told = (await page.evaluate('window.seen')) as string[];
  const counts = told.flatMap((words) => words.match(/^Live · (\d+)/)?.[1] ?? []).map(Number);
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
  expect(new Set(counts).size).toBeGreaterThan(2);

  await explorer.press();
  await explorer.until(new RegExp(`^Stopped · ${batches} events$`));
  await expect.poll(() => world.gateway.open().subscriptions, { timeout: 15_000 }).toBe(before);
});

test('signing out ends the session here and on the server', async () => {
  const { page } = explorer;
  await explorer.write('query Me { viewer { displayName } }');
  const token = (await page.evaluate('JSON.parse(localStorage.getItem("ensemble:session")).accessToken')) as string;
  await page.getByTestId('account-button').click();
  await page.getByTestId('sign-out-button').click();
  await page.getByTestId('sign-in-button').waitFor();
  expect(await page.evaluate('localStorage.getItem("ensemble:session")')).toBeNull();
  expect(await explorer.play()).toBe('Done');
  await explorer.show('json');
  await page.locator('.result-window').getByText('"viewer": null').waitFor();
  await world.settled();
  const [refused] = await world.bearer(token).askForErrors('{ viewer { id } }');
  expect(refused?.extensions.code).toBe('UNAUTHENTICATED');
});

test.each([
  ['dark', 'rgb(33, 42, 59)', 'a wide', { width: 1280, height: 800 }],
  ['light', 'rgb(255, 255, 255)', 'a narrow', { width: 620, height: 720 }],
] as const)('in %s colours (%s) and %s window everything is visible', async (colorScheme, colour, _, size) => {
  const { page } = explorer;
  await page.emulateMedia({ colorScheme });
  if (size.width === 1280) await page.setViewportSize(size);
  else await explorer.afresh({ size });
  const background = 'getComputedStyle(document.body).backgroundColor';
  await expect.poll(() => page.evaluate(background), { timeout: 10_000 }).toBe(colour);
  await page.locator(`.graphiql-query-editor .monaco-editor.vs${colorScheme === 'dark' ? '-dark' : ''}`).waitFor();
  await explorer.write('query Kinds { assetAggregate(groupBy: [KIND]) { rows { kind count } } }');
  expect(await explorer.play()).toBe('Done');
  await explorer.show('table');
  await page.keyboard.press('Control+K');
  await page.keyboard.type('membership');
  await page.locator('[data-root="memberships"]').waitFor();
  await explorer.picture(`${colorScheme}-${size.width}`);
  const seen = ['systems-search', 'view-json', 'save-csv', 'save-json', 'result-table', 'status', 'sign-in-button'];
  for (const id of seen) {
    const box = await page.getByTestId(id).boundingBox();
    expect(box, id).not.toBeNull();
    expect([id, box && box.x >= 0 && box.y >= 0 && box.y < size.height]).toEqual([id, true]);
    if (id !== 'result-table') expect([id, box && box.x + box.width <= size.width]).toEqual([id, true]);
  }
  expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
});

test('on a phone the panel covers the editor, and an opened example becomes visible', async () => {
  const { page } = explorer;
  await explorer.afresh({ size: { width: 390, height: 844 } });
  const editor = page.locator('.graphiql-query-editor .monaco-editor');
  const width = (await editor.boundingBox())?.width ?? 0;
  expect(width).toBeGreaterThan(200);
  // The panel is closed, and the search box has the focus before the next key can be pressed.
  const pressed = `window.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true }))`;
  expect(await page.evaluate(`${pressed}; document.activeElement.dataset.testid`)).toBe('systems-search');
  await explorer.search('aggregate');
  const panel = await page.getByTestId('systems-panel').boundingBox();
  expect(panel?.width ?? 0).toBeGreaterThan(250);
  expect((await editor.boundingBox())?.width).toBe(width);
  await explorer.example('AssetsByOwner');
  await page.getByTestId('systems-panel').waitFor({ state: 'hidden' });
  expect((await editor.boundingBox())?.width).toBe(width);
  expect(await explorer.play()).toBe('Done');
  expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
});

test.each(['light', 'dark'] as const)(
  'on a phone in %s colours a chart is drawn within the window, before its legend',
  async (colorScheme) => {
    const { page } = explorer;
    await page.emulateMedia({ colorScheme });
    await explorer.afresh({ size: { width: 390, height: 844 } });
    await page.keyboard.press('Control+K');
    await explorer.search('aggregate');
    await explorer.example('AssetsByOwner');
    await explorer.write(
      'query Kinds { assetAggregate(groupBy: [DEPARTMENT, CLASSIFICATION]) { rows { department classification count } } }',
    );
    expect(await explorer.play()).toBe('Done');
    await explorer.show('chart');
    const { series } = await explorer.chart();
    await explorer.picture(`phone-chart-${colorScheme}`);
    const panel = await page.getByTestId('chart').boundingBox();
    const canvas = page.getByTestId('chart-canvas');
    // The marks and, below them, the axis: everything of the drawing but its legend.
    for (const part of ['.chart-points', '[aria-label="x-axis tick label"]']) {
      const box = await canvas.locator(part).first().boundingBox();
      expect([part, box && panel && box.y >= panel.y && box.y + box.height <= panel.y + panel.height]).toEqual([
        part,
        true,
      ]);
      expect([part, box && box.x >= 0 && box.x + box.width <= 390 && box.width > 50]).toEqual([part, true]);
    }
    const axis = await canvas.locator('[aria-label="x-axis tick label"]').first().boundingBox();
    const legend = await canvas
      .locator('svg text', { hasText: series[0] ?? '' })
      .first()
      .boundingBox();
    expect(legend?.y).toBeGreaterThan(axis?.y ?? Number.NaN);

    await page.getByTestId('chart-kind').waitFor({ state: 'hidden' });
    await page.getByTestId('chart-options').click();
    await page.getByTestId('chart-kind').selectOption('line');
    await page.getByTestId('chart-options').click();
    await page.getByTestId('chart-kind').waitFor({ state: 'hidden' });
    await explorer.picture(`phone-lines-${colorScheme}`);
    await page.getByTestId('chart-figures').scrollIntoViewIfNeeded();
    await explorer.picture(`phone-figures-${colorScheme}`);
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
  },
);
