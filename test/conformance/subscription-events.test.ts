import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorTable, goingAway } from '../../gateway/errors.ts';

const section =
  /### What happens to a subscription\n([\s\S]*?)\n## /.exec(readFileSync('README.md', 'utf8'))?.[1] ?? '';
const rows = section.split('\n').flatMap((line) => {
  const [, event = '', , code = '', proof = ''] = line.split('|').map((cell) => cell.trim());
  return line.startsWith('| ') && !/^\| (event|-)/.test(line) ? [{ event, code, proof }] : [];
});

test('the table has its rows', () => expect(rows.length).toBeGreaterThan(15));

test.each(rows)('$event: the test that the table names exists', ({ proof }) => {
  const [, file = '', title = ''] = /^`([\w/.-]+)`: (.+)$/.exec(proof) ?? [];
  const path = `test/${file}.test.ts`;
  expect(existsSync(path), path).toBe(true);
  expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`\\(\\s*'${title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}'`));
});

test.each(rows)('$event: the codes are those of the errors', ({ code }) => {
  const [, name] = /`(\w+)`/.exec(code) ?? [];
  const [, close] = /(\d{4})/.exec(code) ?? [];
  if (name) expect(Object.keys(errorTable)).toContain(name);
  if (close === undefined) return;
  const expected = code.startsWith(close) ? goingAway.code : errorTable[name as keyof typeof errorTable].close;
  expect(Number(close)).toBe(expected);
});
