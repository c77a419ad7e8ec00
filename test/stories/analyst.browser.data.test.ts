import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type TestBrowser, startChromium } from '../testkit/chromium.ts';
import { testConfig } from '../testkit/config.ts';
import { builtConsole } from '../testkit/console.ts';
import { Explorer, Watch } from '../testkit/explorer.ts';
import { startProcess } from '../testkit/processes.ts';
import { removeFolder, throwawayFolder } from '../testkit/throwaway.ts';
import { openWorld, type World } from '../testkit/world.ts';

/*
 * An analyst explores a museum's catalogue: every figure shown is compared with one counted from the file.
 */

vi.setConfig({ testTimeout: 90_000 });

interface Work {
  title: string;
  classification: string;
  department: string;
  date_acquired: string | null;
  creator: { full_name: string }[] | null;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const catalogue = join(testConfig().datasets ?? '', 'cmoa-works.ndjson');
const works = readFileSync(catalogue, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Work);
const folder = throwawayFolder('analyst');

let world: World;
let browser: TestBrowser;
let watch: Watch;
let explorer: Explorer;

beforeAll(async () => {
  const [console, started] = await Promise.all([builtConsole(), startChromium()]);
  if ('missing' in started) throw new Error(started.missing);
  browser = started;
  world = await openWorld({ env: { CONSOLE_DIR: console } });
  watch = new Watch(browser.context, world.url);
  const ann = await world.signUp({ displayName: 'Ann Analyst' });
  const password = join(folder, 'password');
  writeFileSync(password, ann.password);
  const child = startProcess(join(root, 'clients/loader/load.ts'), {
    args: ['works', catalogue, '--url', `${world.url}/graphql`, '--email', ann.email, '--password-file', password],
    cwd: root,
  });
  const opening = Explorer.visit(browser.context, world.url, { patience: 120_000 });
  const { code } = await child.ended(120_000);
  if (code !== 0) throw new Error(`The works did not go in:\n${child.output}`);
  explorer = await opening;
}, 300_000);
afterAll(async () => {
  await browser?.stop();
  await world?.close();
  removeFolder(folder);
});
afterEach(() => watch.check());

/** The number of works by key; works without one are left out. */
function counted(key: (work: Work) => string | null, among = works): Map<string, number> {
  const counts = new Map<string, number>();
  for (const work of among) {
    const found = key(work);
    if (found !== null) counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  return counts;
}

const decadeOf = ({ date_acquired }: Work): string | null => (date_acquired ? `${date_acquired.slice(0, 3)}0s` : null);
const creatorOf = ({ creator }: Work): string | null =>
  (creator ?? []).map(({ full_name }) => full_name.trim()).find((name) => name !== '') ?? null;
const largest = (counts: Map<string, number>): [string, number][] => [...counts].sort((a, b) => b[1] - a[1]);
const written = (count: number): string => count.toLocaleString('en');

test('a chart of works by classification and decade of acquisition has the figures of the catalogue', async () => {
  await explorer.write(
    'query Acquisitions { assetAggregate(groupBy: [CLASSIFICATION], bucket: { by: ACQUIRED_ON, unit: DECADE }) { rows { bucketStart classification count } } }',
  );
  expect(await explorer.play()).toBe('Done');
  await explorer.show('chart');
  const { series, figures } = await explorer.chart();

  const dated = works.filter((work) => decadeOf(work) !== null);
  const kept = largest(counted(({ classification }) => classification, dated))
    .slice(0, 7)
    .map(([name]) => name);
  const expected = counted((work) => {
    const name = kept.includes(work.classification) ? work.classification : 'All others';
    return `${decadeOf(work)}/${name}`;
  }, dated);
  expect(series).toEqual([...kept, 'All others']);
  expect([...figures.keys()]).toEqual([...counted(decadeOf).keys()].toSorted());
  const shown = [...figures].flatMap(([decade, row]) =>
    [...row].map(([name, text]): [string, string] => [`${decade}/${name}`, text]),
  );
  expect(new Map(shown)).toEqual(new Map([...expected].map(([key, count]) => [key, written(count)])));
  // Rows that cannot be on a time axis are reported.
  const undated = new Set(works.filter((work) => !decadeOf(work)).map(({ classification }) => classification));
  expect(await explorer.page.getByTestId('chart-notes').innerText()).toContain(
    `${undated.size} rows without bucketStart cannot be drawn`,
  );
  await explorer.picture('chart-decades');

  // The table names the buckets as the chart does; the exact start is shown on hover.
  await explorer.show('table');
  const table = await explorer.table();
  expect(table.columns).toEqual(['bucketStart', 'classification', 'count']);
  const named = new Set(table.rows.map(([bucket]) => bucket).filter((bucket) => bucket !== 'null'));
  expect(named).toEqual(new Set(figures.keys()));
  await explorer.picture('table-decades');
  const cells = explorer.page.getByTestId('result-table').locator('tbody td');
  const bucket = cells.filter({ hasText: '1980s' }).first();
  expect(await bucket.getAttribute('title')).toBe('1980-01-01T00:00:00.000Z');
  // The figures are scrolled to, and their bucket stays in sight.
  await cells.nth(2).scrollIntoViewIfNeeded();
  const panel = await explorer.page.locator('.console-table-scroll').boundingBox();
  expect((await cells.nth(0).boundingBox())?.x ?? 0).toBeGreaterThanOrEqual(panel?.x ?? Number.NaN);
  expect((await explorer.saveCsv()).text).toContain('1980-01-01T00:00:00.000Z');
  await explorer.show('chart');
});

test('a chart is accessible: it has a description, the arrow keys read its marks, and the marks have the figures', async () => {
  const { page } = explorer;
  const canvas = page.getByTestId('chart-canvas');
  const { series, figures } = await explorer.chart();
  expect(await canvas.getAttribute('aria-label')).toMatch(
    /^Bar chart of count by bucketStart and classification; \d+ buckets in 8 series; the largest is 1980s, prints: /,
  );
  const first = [...figures][0];
  const read = [...(first?.[1] ?? [])].map(([name, text]) => `${first?.[0]}, ${name}: ${text}`);
  await canvas.focus();
  await page.keyboard.press('Home');
  expect(await page.getByTestId('chart-point').innerText()).toBe(read[0]);
  expect(await canvas.locator('[data-current] title').textContent()).toBe(read[0]?.replace(', ', '\n'));
  await page.keyboard.press('End');
  expect(await page.getByTestId('chart-point').innerText()).toContain('2010s, ');
  const marks = await canvas.locator('.chart-points > *').count();
  expect(marks).toBe([...figures.values()].reduce((sum, row) => sum + row.size, 0));
  const fills = await canvas
    .locator('.chart-points > *')
    .evaluateAll((all) => [...new Set(all.map((mark) => mark.getAttribute('fill')))]);
  expect(fills).toHaveLength(series.length);
});

test('the chart is saved as self-contained SVG and PNG', async () => {
  const svg = await explorer.save('svg');
  expect(svg.name).toMatch(/^Acquisitions-assetAggregate-chart-\d{8}-\d{6}\.svg$/);
  const text = svg.bytes.toString('utf8');
  expect(text).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="960"/);
  expect(text).toContain('Acquisitions · count by bucketStart and classification');
  expect(text).toContain('drawings and watercolors');
  expect(text).not.toMatch(/<script|href=|url\(|@import/);
  const png = await explorer.save('png');
  expect(png.bytes.subarray(1, 4).toString()).toBe('PNG');
  // Twice the resolution of the drawing.
  expect(png.bytes.readUInt32BE(16)).toBe(1_920);
  expect(png.bytes.readUInt32BE(20)).toBe(2 * Number(/ height="(\d+)/.exec(text)?.[1]));
});

test('the chart has the ten creators with the most works; CSV has all creators', async () => {
  const creators = counted(creatorOf);
  await explorer.write(
    'query Creators { assetAggregate(groupBy: [CREATOR], mostRows: 10000) { rows { creator count } } }',
  );
  expect(await explorer.play()).toBe('Done');
  const { figures } = await explorer.chart();
  const shown = [...figures].map(([name, row]): [string, string | undefined] => [name, row.get('count')]);
  const ten = largest(creators).slice(0, 10);
  expect(shown.map(([, count]) => count)).toEqual(ten.map(([, count]) => written(count)));
  for (const [name, count] of shown) expect([name, count]).toEqual([name, written(creators.get(name) ?? 0)]);
  const left = creators.size - 10;
  const sum = works.length - ten.reduce((total, [, count]) => total + count, 0);
  expect(await explorer.page.getByTestId('chart-notes').innerText()).toBe(
    `${written(left)} smaller ones are not drawn: ${written(sum)} of ${written(works.length)}`,
  );
  await explorer.picture('chart-creators');

  const { name, text } = await explorer.saveCsv();
  expect(name).toMatch(/^Creators-assetAggregate-/);
  const [header, ...lines] = text.trimEnd().split('\r\n');
  expect(header).toBe('creator,count');
  const read = lines.map((line): [string, number] => [
    line.replace(/,\d+$/, '').replace(/^"(.*)"$/, (_, inner: string) => inner.replaceAll('""', '"')),
    Number(/\d+$/.exec(line)),
  ]);
  expect(new Map(read)).toEqual(creators);
});

test('a search counts its results, and the chart of one page says that it is one page', async () => {
  const query =
    'query Rivers { assetAggregate(search: "river", groupBy: [CLASSIFICATION]) { rows { classification count } } assets(search: "river", first: 20) { totalCount nodes { title classification } } }';
  await explorer.write(query);
  expect(await explorer.play()).toBe('Done');
  const { figures } = await explorer.chart();
  const told = await world.anonymous.ask(query);
  const rows = told.assetAggregate.rows as {
    classification: string;
    count: number;
  }[];
  expect(rows.length).toBeGreaterThan(1);
  // Every work with the word in its title is found; the search covers other texts too.
  const titled = counted(
    ({ classification }) => classification,
    works.filter(({ title }) => /\briver\b/i.test(title)),
  );
  for (const [name, count] of titled) {
    expect(rows.find((row) => row.classification === name)?.count, name).toBeGreaterThanOrEqual(count);
  }
  expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(told.assets.totalCount);
  const all = new Map(rows.map(({ classification, count }) => [classification, written(count)]));
  for (const [name, row] of figures) expect([name, row.get('count')]).toEqual([name, all.get(name)]);
  await explorer.page.getByTestId('table-picker').selectOption('assets');
  expect(await explorer.page.getByTestId('chart-notes').innerText()).toContain(
    `drawn from 20 of ${written(told.assets.totalCount as number)} rows`,
  );
});

test('facets have the counts of the catalogue: each without its own condition, with the others', async () => {
  await explorer.write(
    'query Narrow { assetFacets(filter: { classification: { eq: "paintings" } }, facets: [CLASSIFICATION, DEPARTMENT, CREATOR], top: 5) { total facets { facet distinct values { value count } } } }',
  );
  expect(await explorer.play()).toBe('Done');
  await explorer.show('table');
  await explorer.page.getByTestId('table-picker').selectOption('assetFacets.facets.values');
  const { columns, rows } = await explorer.table();
  expect(columns).toEqual(['facets.facet', 'value', 'count']);
  const paintings = works.filter(({ classification }) => classification === 'paintings');
  const facets = {
    CLASSIFICATION: counted(({ classification }) => classification),
    DEPARTMENT: counted(({ department }) => department, paintings),
    CREATOR: counted(creatorOf, paintings),
  };
  await explorer.picture('facet-values');
  const cut = `[...document.querySelectorAll('.console-table td')].filter((cell) => cell.scrollWidth > cell.clientWidth)
    .map((cell) => cell.textContent)`;
  expect(await explorer.page.evaluate(cut)).toEqual([]);
  for (const [facet, counts] of Object.entries(facets)) {
    const shown = rows.filter(([name]) => name === facet);
    const top = largest(counts).slice(0, 5);
    expect([facet, shown.map(([, , count]) => Number(count))]).toEqual([facet, top.map(([, count]) => count)]);
    for (const [, value, count] of shown) expect([value, Number(count)]).toEqual([value, counts.get(value ?? '')]);
  }
  await explorer.page.getByTestId('table-picker').selectOption('assetFacets.facets');
  const summary = (await explorer.table()).rows.map(([facet, distinct]) => [facet, Number(distinct)]);
  await explorer.picture('facets');
  expect(summary).toEqual(Object.entries(facets).map(([facet, counts]) => [facet, counts.size]));
  await explorer.show('chart');
});

test('chart settings are kept per operation', async () => {
  const { page } = explorer;
  const kind = page.getByTestId('chart-kind');
  await explorer.write('query Kinds { assetAggregate(groupBy: [CLASSIFICATION]) { rows { classification count } } }');
  await explorer.play();
  await explorer.chart();
  await kind.selectOption('line');
  await page.getByTestId('chart-top').selectOption('5');
  expect((await explorer.chart()).figures.size).toBe(5);
  await explorer.write('query Departments { assetAggregate(groupBy: [DEPARTMENT]) { rows { department count } } }');
  await explorer.play();
  await page.getByTestId('chart-figures').getByText('department', { exact: true }).waitFor();
  expect(await kind.inputValue()).toBe('bar');
  await explorer.open();
  await explorer.write('query Kinds { assetAggregate(groupBy: [CLASSIFICATION]) { rows { classification count } } }');
  await explorer.play();
  await explorer.chart();
  expect(await kind.inputValue()).toBe('line');
});

test('a query is saved, renamed, shared and deleted; its link opens it with its chart, without a token, and runs nothing', async () => {
  const { page } = explorer;
  const variables = '{ "first": 3, "password": "hunter22" }';
  await explorer.write('query Newest($first: Int) { assets(first: $first) { nodes { title classification } } }');
  await explorer.write(variables, 'variables');
  await page.getByTestId('save-query').click();
  await page.getByTestId('notice').getByText('Saved as “Newest” in this browser. One secret was left out.').waitFor();
  await page.getByRole('button', { name: 'Show Saved queries' }).click();
  const entry = (name: string) => page.locator(`[data-testid="saved-query"][data-name="${name}"]`);
  await entry('Newest').getByText('Rename').click();
  await page.getByTestId('saved-name').fill('The newest works');
  await page.keyboard.press('Enter');
  await explorer.picture('saved');
  await entry('The newest works').getByText('Link').click();
  const link = await page.getByTestId('notice-text').inputValue();
  expect(link).toMatch(/\/#op=1\.[\w-]+$/);
  expect(await page.evaluate('navigator.clipboard.readText()').catch(() => link)).toBe(link);
  await entry('The newest works').getByText('Delete').click();
  await page.getByTestId('notice').getByText('Undo').click();
  await entry('The newest works').waitFor();
  await entry('The newest works').getByText('Delete').click();
  await page.getByTestId('saved-empty').waitFor();

  // Another person, on a first visit.
  const friend = await Explorer.visit(browser.context, world.url, { link });
  expect(await friend.written()).toContain('query Newest($first: Int)');
  const opened = JSON.parse(await friend.written('variables')) as unknown;
  expect(opened).toEqual({ first: 3, password: '' });
  expect(await friend.status()).toBe('Ready');
  expect(new URL(friend.page.url()).hash).toBe('');
  expect(await friend.page.getByTestId('view-chart').getAttribute('aria-selected')).toBe('true');
  await friend.play();
  expect((await friend.chart()).figures.size).toBeGreaterThan(0);
  await friend.page.close();
});

test('the link of a mutation warns of its effect; a damaged link is reported', async () => {
  const { page } = explorer;
  await explorer.write('mutation Out { sessionSignOut { signedOut } }');
  await page.getByTestId('share-query').click();
  const link = await page.getByTestId('notice-text').inputValue();
  await explorer.write('{ __typename }');
  await page.evaluate(
    (hash) => void ((globalThis as unknown as { location: { hash: string } }).location.hash = hash),
    new URL(link).hash,
  );
  await page.getByTestId('notice').getByText('it changes data once you run it').waitFor();
  expect(await explorer.written()).toContain('mutation Out');
  expect(await explorer.status()).toBe('Ready');
  await page.evaluate('location.hash = "#op=1.cut-off"');
  await page.getByTestId('notice').getByText('The link is damaged').waitFor();
});

test('cost and time are shown: the closest limit, advice, and the time of the network', async () => {
  const { page } = explorer;
  await explorer.write('query Page { assets(first: 100) { nodes { title owner { displayName } } } }');
  expect(await explorer.play()).toBe('Done');
  expect(await page.getByTestId('cost').innerText()).toContain('page size 100 %');
  await page.getByTestId('cost').click();
  const rows = page.getByTestId('limits').locator('[data-limit]');
  expect(await rows.locator('td:last-child').allInnerTexts()).toContain('201 of 20,000');
  expect(await rows.first().innerText()).toContain('ask for smaller pages');
  expect(await page.getByTestId('times').locator('td:last-child').allInnerTexts()).toHaveLength(4);
  await explorer.picture('cost');
  await page.keyboard.press('Escape');
  await explorer.show('json');
  // The user did not request it, so it is not in the answer.
  expect(await page.locator('.result-window').innerText()).not.toContain('extensions');
  await explorer.write('{ assets(first: 101) { totalCount } }');
  expect(await explorer.play()).toBe('1 error');
  await page.getByTestId('cost').click();
  expect(await page.getByTestId('limits').innerText()).toContain('101 of 100');
  await page.keyboard.press('Escape');
});

test('in a narrow and dark window the chart, its figures and its buttons are visible', async () => {
  const { page } = explorer;
  await page.setViewportSize({ width: 620, height: 800 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await explorer.open();
  await explorer.write('query Kinds { assetAggregate(groupBy: [CLASSIFICATION]) { rows { classification count } } }');
  await explorer.play();
  await explorer.show('chart');
  await explorer.chart();
  await page.locator('[data-testid="chart-canvas"] > svg[fill="#b7c2d7"]').waitFor();
  await explorer.picture('chart-narrow-dark');
  for (const id of ['chart-kind', 'save-svg', 'save-png', 'chart-canvas', 'cost', 'status', 'chart-figures']) {
    // Below the drawing, where a low window scrolls.
    if (id === 'chart-figures') await page.getByTestId(id).scrollIntoViewIfNeeded();
    const box = await page.getByTestId(id).boundingBox();
    expect([id, box && box.x >= 0 && box.y >= 0 && box.y < 800]).toEqual([id, true]);
  }
  expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
});
