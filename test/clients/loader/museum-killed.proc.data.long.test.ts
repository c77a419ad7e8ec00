import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../../platform/database/database.ts';
import { testConfig } from '../../testkit/config.ts';
import { freePort } from '../../testkit/processes.ts';
import { removeFolder, throwawayFolder } from '../../testkit/throwaway.ts';
import { jsonOf, patience, startLoader, startServer, type ImportJson } from './programs.ts';

let folder: string;
let dataDir: string;
beforeAll(() => {
  folder = throwawayFolder('museum-killed');
  dataDir = join(folder, 'data');
});
afterAll(() => removeFolder(folder));

/** The works in the database of an ended server, and their facts. */
async function stored() {
  const database = await openDatabase({ dataDir: join(dataDir, 'database') });
  try {
    const works = await database.query<{ id: string; source_id: string; status: string; owner: string }>(
      `select s.id, s.source_id, s.status, a.display_name as owner
       from assets.assets s join identity.actors a on a.id = s.owner_id order by s.source_id collate "C"`,
    );
    const facts = await database.query<{ key: string; change: string }>(
      `select key, payload ->> 'change' as change from facts.log where type = 'assets.asset.imported'`,
    );
    return { works, facts };
  } finally {
    await database.close();
  }
}

test('after a kill of the server during 3,000 works the answered ones exist, and a second run imports the rest once', async () => {
  const catalogue = join(testConfig().datasets ?? '', 'cmoa-works.ndjson');
  const lines = readFileSync(catalogue, 'utf8').trimEnd().split('\n');
  const total = lines.length;
  const port = await freePort();
  // Signed in as the operator with the password in the folder, as is usual on one machine.
  const begin = (path: string, ...flags: string[]) =>
    startLoader(['works', path, '--url', `http://127.0.0.1:${port}/graphql`, ...flags], { DATA_DIR: dataDir });
  const load = async (path: string, ...flags: string[]): Promise<ImportJson> => {
    const child = begin(path, ...flags);
    expect(await child.ended(patience)).toEqual({ code: 0, signal: null });
    return jsonOf<ImportJson>(child);
  };

  await using first = await startServer(dataDir, port);
  await using interrupted = begin(catalogue, '--batch', '100');
  // One batch was answered, and others are in progress.
  await interrupted.line(/^([1-9]\d\d|[12]\d{3}) of 3000 lines/, patience);
  expect((await first.kill()).signal).toBe('SIGKILL');
  await interrupted.line('Trying again', patience);
  await interrupted.kill();
  const answered = Math.max(...Array.from(interrupted.stdout.matchAll(/^(\d+) of 3000 lines/gm), ([, n]) => Number(n)));
  const before = await stored();
  expect(answered).toBeGreaterThan(0);
  expect(before.works.length).toBeGreaterThanOrEqual(answered);
  expect(before.works.length).toBeLessThan(total);
  // A batch exists with its facts, or not at all.
  expect(before.works.length % 100).toBe(0);
  expect(before.facts.map(({ key }) => key).toSorted()).toEqual(before.works.map(({ id }) => id).toSorted());

  await using second = await startServer(dataDir, port);
  const inside = before.works.length;
  expect(await load(catalogue)).toMatchObject({
    lines: total,
    created: total - inside,
    unchanged: inside,
    updated: 0,
    rejected: 0,
  });
  expect(await load(catalogue)).toMatchObject({ created: 0, updated: 0, unchanged: total, rejected: 0 });

  const broken = breakTen(lines);
  const path = join(folder, 'broken.ndjson');
  writeFileSync(path, `${broken.lines.join('\n')}\n`);
  const { faults, ...figures } = await load(path, '--lenient');
  expect(figures).toMatchObject({ lines: total, created: 0, updated: 0, unchanged: total - 10, rejected: 10 });
  expect(faults.map(({ line, field, code }) => [line, field, code])).toEqual(broken.faults);
  expect((await second.stop()).code).toBe(0);

  const after = await stored();
  expect(after.works.map(({ source_id }) => source_id)).toEqual(
    lines.map((line) => (JSON.parse(line) as { id: string }).id).toSorted(),
  );
  expect(new Set(after.works.map(({ status, owner }) => `${status} ${owner}`))).toEqual(
    new Set(['PUBLISHED Carnegie Museum of Art']),
  );
  expect(after.facts.map(({ key }) => key).toSorted()).toEqual(after.works.map(({ id }) => id).toSorted());
  expect(new Set(after.facts.map(({ change }) => change))).toEqual(new Set(['CREATED']));
  expect(after.works).toEqual(expect.arrayContaining(before.works));
}, 400_000);

/** A copy of a catalogue with ten invalid lines, spread over all of it, and their expected errors. */
function breakTen(whole: readonly string[]): { lines: string[]; faults: [number, string | null, string][] } {
  const lines = [...whole];
  const change = (changes: Record<string, unknown>) => (line: string) =>
    JSON.stringify({ ...(JSON.parse(line) as object), ...changes });
  const broken: [number, (line: string) => string, string | null, string][] = [
    [1, (line) => line.slice(0, -1), null, 'invalid_json'],
    [250, () => '[]', null, 'invalid_type'],
    [500, change({ title: undefined }), 'title', 'invalid_type'],
    [501, change({ title: 42 }), 'title', 'invalid_type'],
    [1000, change({ id: undefined }), 'sourceId', 'invalid_type'],
    [1500, change({ web_url: 'not an address' }), 'sourceUrl', 'invalid_format'],
    [1501, change({ date_acquired: '2010-02-30' }), 'acquiredOn', 'invalid_format'],
    [2000, change({ title: 'x'.repeat(501) }), 'title', 'too_big'],
    [2500, () => whole[2498] ?? '', 'sourceId', 'duplicate_line'],
    [3000, change({ medium: 'oil \u0000 on canvas' }), 'materials', 'invalid_format'],
  ];
  for (const [number, spoil] of broken) lines[number - 1] = spoil(whole[number - 1] ?? '');
  return { lines, faults: broken.map(([number, , field, code]) => [number, field, code]) };
}
