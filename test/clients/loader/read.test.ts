import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { batches, type Batch } from '../../../clients/loader/works/batches.ts';
import type { Mapping } from '../../../clients/loader/works/line.ts';
import { lineAtMost, readLines, survey, type FileLine } from '../../../clients/loader/read.ts';
import { removeFolder, throwawayFolder } from '../../testkit/throwaway.ts';

const folder = throwawayFolder('loader');
afterAll(() => removeFolder(folder));

function file(text: string | Buffer): string {
  const path = join(folder, `${Math.random()}.ndjson`);
  writeFileSync(path, text);
  return path;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const title: Mapping = (record, line) => ({ line: { line, sourceId: `s${line}`, title: String(record) } });

async function batched(lines: FileLine[], most: { lines: number; bytes: number }, mapping = title): Promise<Batch[]> {
  return all(
    batches(
      (async function* () {
        yield* lines;
      })(),
      mapping,
      most,
    ),
  );
}

test('lines are numbered as in an editor, with any line ending', async () => {
  const lines = await all(readLines(file('\uFEFF{"a":1}\r\n\r\n  \n{"b":"ä"}\n{"c":3}')));
  expect(lines).toEqual([
    { number: 1, text: '{"a":1}' },
    { number: 4, text: '{"b":"ä"}' },
    { number: 5, text: '{"c":3}' },
  ]);
});

test('CR, LF and CRLF end a line, even mixed or split between two chunks', async () => {
  const texts = async (text: string | Buffer): Promise<unknown[]> =>
    (await all(readLines(file(text)))).map((line) => [line.number, line.text]);
  expect(await texts('1\r2\r\n3\n\r4\r\r\n5')).toEqual([
    [1, '1'],
    [2, '2'],
    [3, '3'],
    [5, '4'],
    [7, '5'],
  ]);
  const filler = ' '.repeat(65_535);
  expect(await texts(`${filler}\r\n1\r\n`)).toEqual([[2, '1']]);
  expect(await texts(Buffer.from(`\uFEFF"${'ä'.repeat(40_000)}"\r\n2`, 'utf16le'))).toEqual([
    [1, `"${'ä'.repeat(40_000)}"`],
    [2, '2'],
  ]);
});

test('a line in another encoding is an error, and no character is replaced', async () => {
  const path = file(Buffer.from('"Vase"\n"Mus\xe9e"\n"Bowl"\n', 'latin1'));
  const [batch] = await all(batches(readLines(path), title, { lines: 10, bytes: 10_000 }));
  expect(batch?.lines.map(({ title: text }) => text)).toEqual(['Vase', undefined, 'Bowl']);
  expect(batch?.faults).toMatchObject([{ line: 2, code: 'not_utf8' }]);
  await expect(all(readLines(file(Buffer.from([0xff, 0xfe, 0x31, 0x00, 0x00, 0xd8, 0x31, 0x00]))))).rejects.toThrow(
    'starts as UTF-16',
  );
});

test('a line that is too long is skipped without keeping it in memory, and the next one is read', async () => {
  const path = file(`${'x'.repeat(lineAtMost + 1)}\n1\n${'y'.repeat(3 * lineAtMost)}`);
  expect(await all(readLines(path))).toEqual([
    { number: 1, text: null, fault: 'too_big' },
    { number: 2, text: '1' },
    { number: 3, text: null, fault: 'too_big' },
  ]);
});

test('an empty file has no lines, and a missing one is named', async () => {
  expect(await survey(file(''))).toMatchObject({ lines: 0 });
  expect(await survey(file('1\n\n2'))).toMatchObject({
    lines: 2,
    digest: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
  });
  await expect(survey(join(folder, 'none'))).rejects.toThrow(/There is no file .*none/);
  await expect(survey(folder)).rejects.toThrow('cannot be read');
});

test('batches are limited by lines and by bytes', async () => {
  const lines = Array.from({ length: 7 }, (_, n) => ({ number: n + 1, text: `"${'t'.repeat(n === 3 ? 200 : 10)}"` }));
  const sizes = async (most: { lines: number; bytes: number }): Promise<number[]> =>
    (await batched(lines, most)).map((batch) => batch.lines.length);
  expect(await sizes({ lines: 3, bytes: 10_000 })).toEqual([3, 3, 1]);
  expect(await sizes({ lines: 100, bytes: 250 })).toEqual([3, 1, 3]);
});

test('for an invalid line only its number and the reason are kept', async () => {
  const [batch] = await batched(
    [
      { number: 1, text: '{"cut' },
      { number: 2, text: null, fault: 'too_big' },
      { number: 3, text: '"good"' },
    ],
    { lines: 10, bytes: 10_000 },
  );
  expect(batch?.lines).toEqual([{ line: 1 }, { line: 2 }, { line: 3, sourceId: 's3', title: 'good' }]);
  expect(batch?.faults).toMatchObject([
    { line: 1, code: 'invalid_json' },
    { line: 2, code: 'too_big' },
  ]);
});

test('a duplicate id in the file is an error of the later line, even in another batch', async () => {
  const same: Mapping = (_, line) => ({ line: { line, sourceId: 'one', title: 'T' } });
  const found = await batched(
    [
      { number: 1, text: '1' },
      { number: 2, text: '2' },
    ],
    { lines: 1, bytes: 1000 },
    same,
  );
  expect(found[1]).toMatchObject({
    lines: [{ line: 2 }],
    faults: [{ line: 2, field: 'sourceId', code: 'duplicate_line' }],
  });
});
