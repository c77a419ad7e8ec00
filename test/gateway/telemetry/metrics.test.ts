import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newRecord, logOperation, countError } from '../../../gateway/http/record.ts';
import { answerMetrics } from '../../../platform/telemetry/expose.ts';
import { createLog } from '../../../platform/telemetry/log.ts';
import { openWorld, type World } from '../../testkit/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'] });
});
afterAll(() => world?.close());

/** The metrics at an address, by name and labels. */
async function read(url = world.url, headers: Record<string, string> = {}): Promise<Map<string, number>> {
  const response = await fetch(`${url}/metrics`, { headers });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

/** How much each metric has grown since. */
async function growth(work: () => Promise<unknown>): Promise<(name: string) => number> {
  const before = await read();
  await work();
  const after = await read();
  return (name) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
}

test('operations, their errors, fetches, statements, plans and facts are counted', async () => {
  const person = await world.signUp();
  await world.settled();
  const more = await growth(async () => {
    await person.ask('mutation ($input: AssetImportInput!) { assetImport(input: $input) { created } }', {
      input: { source: 'counted', run: 'one', lines: [{ line: 1, sourceId: '1', title: 'One', kind: 'ART' }] },
    });
    await world.anonymous.answer('query Counted { viewer { id } asset(id: "nonsense") { id } }');
    await world.settled();
  });
  expect(more('ensemble_operation_duration_seconds_count{kind="mutation",outcome="ok"}')).toBe(1);
  expect(more('ensemble_operation_duration_seconds_count{kind="query",outcome="errors"}')).toBe(1);
  expect(more('ensemble_operation_errors_total{code="INVALID"}')).toBe(1);
  expect(more('ensemble_fetch_duration_seconds_count{subgraph="assets",outcome="ok"}')).toBe(1);
  expect(more('ensemble_fetch_duration_seconds_count{subgraph="assets",outcome="errors"}')).toBe(1);
  expect(more('ensemble_plans_made_total')).toBeGreaterThanOrEqual(1);
  expect(more('ensemble_statement_duration_seconds_count{outcome="ok"}')).toBeGreaterThan(5);
});

test('open streams are shown, and those of Node', async () => {
  const person = await world.signUp();
  const live = await person.subscribe('subscription { assetImportProgressed { cursor } }');
  const metrics = await read();
  expect(metrics.get('ensemble_subscriptions')).toBe(1);
  expect(metrics.get('ensemble_sockets')).toBe(1);
  await live.close();
  expect(metrics.get('nodejs_eventloop_lag_seconds')).toBeGreaterThanOrEqual(0);
  expect(metrics.get('ensemble_requests_in_flight')).toBe(1);
});

test("the dashboard's panels show metrics that exist", async () => {
  await read();
  const text = await (await fetch(`${world.url}/metrics`)).text();
  // A metric without values yet has only its description.
  const names = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
  const { panels } = JSON.parse(
    readFileSync(new URL('../../../platform/telemetry/dashboard.json', import.meta.url), 'utf8'),
  ) as { panels: { title: string; targets: { expr: string }[] }[] };
  const shown = panels.flatMap(({ targets }) =>
    targets.flatMap(({ expr }) => expr.match(/\b(ensemble|nodejs|process)_\w+/g) ?? []),
  );
  expect(shown.length).toBeGreaterThan(panels.length);
  expect(shown.filter((name) => !names.has(name.replace(/_(bucket|count)$/, '')))).toEqual([]);
});

test('codes of foreign subgraphs are one value, so that nobody makes as many as they like', async () => {
  const more = await growth(() => {
    const record = { ...newRecord(), kind: 'query' as const };
    for (const code of ['SHOP_CLOSED', 'SHOP_OPEN']) countError(record, code);
    logOperation(createLog({ level: 'silent' }), record, null, {});
    return Promise.resolve();
  });
  expect(more('ensemble_operation_errors_total{code="other"}')).toBe(2);
  expect([...(await read()).keys()].join('\n')).not.toContain('SHOP_');
});

test('a page of another name that points to this machine gets nothing', async () => {
  const { port } = new URL(world.url);
  const status = await new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: '/metrics', headers: { host: `evil.example:${port}` } });
    sent.once('response', (response) => resolve(response.resume().statusCode)).once('error', reject);
    sent.end();
  });
  expect(status).toBe(404);
  expect((await fetch(`${world.url}/metrics`, { headers: { 'x-forwarded-for': '203.0.113.7' } })).status).toBe(404);
});

test('elsewhere they need the token, and without one they do not exist', async () => {
  const token = 'a token for reading of thirty-two characters';
  const asked = (authorization?: string): never => ({ headers: { host: 'graph.example', authorization } }) as never;
  const status = async (given: string | undefined, access: Parameters<typeof answerMetrics>[1]): Promise<number> =>
    (await answerMetrics(asked(given), access)).status;
  expect(await status(undefined, { token: null, isLocal: false })).toBe(404);
  expect(await status(undefined, { token, isLocal: false })).toBe(401);
  expect(await status('Bearer wrong', { token, isLocal: true })).toBe(401);
  expect(await status(`Bearer ${token}`, { token, isLocal: false })).toBe(200);
});

test('METRICS_TOKEN is required of everybody once it is set', async () => {
  const token = 'a token for reading of thirty-two characters';
  const guarded = await openWorld({ oses: ['identity'], env: { METRICS_TOKEN: token } });
  try {
    expect((await fetch(`${guarded.url}/metrics`)).status).toBe(401);
    expect((await read(guarded.url, { authorization: `Bearer ${token}` })).size).toBeGreaterThan(10);
  } finally {
    await guarded.close();
  }
});
