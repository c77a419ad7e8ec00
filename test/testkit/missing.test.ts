import { globSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { findChromium } from './chromium-path.ts';
import { leftOut, needs, needsOf, unmet, unmetPatterns } from './missing.ts';
import { findPostgres } from './postgres.ts';
import { removeFolder } from './throwaway.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the needs of a test file', () => {
  test('are stated in its name', () => {
    expect(needsOf('test/platform/money.test.ts')).toEqual([]);
    expect(needsOf('test/platform/lot.pg.test.ts')).toEqual(['pg']);
    expect(needsOf('test/v1.2/relay.pg.nats.proc.test.ts')).toEqual(['pg', 'nats', 'proc']);
  });

  test('must be known to the testkit', () => {
    expect(() => needsOf('test/relay.redis.test.ts')).toThrow('redis is not a need');
  });

  test('include the Postgres that it uses: in a run with other files it would get one unasked', () => {
    const uses =
      /sharedPostgres\(|onBoth\(|database: ['"]postgres|freshDatabase\('postgres'|'(embedded|postgres)', '(embedded|postgres)'\]/;
    const files = globSync('test/**/*.test.ts').filter((file) => uses.test(readFileSync(file, 'utf8')));
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter((file) => !needsOf(file).includes('pg'))).toEqual([]);
  });
});

describe('the skipped files', () => {
  test('are all files with an unmet need, by name and with each reason', () => {
    const root = mkdtempSync(join(tmpdir(), 'ensemble-tree-'));
    mkdirSync(join(root, 'test'));
    for (const name of ['a.test.ts', 'b.pg.test.ts', 'c.pg.nats.test.ts']) writeFileSync(join(root, 'test', name), '');
    const reasons = new Map([
      ['pg', 'no Postgres'],
      ['nats', 'no NATS'],
    ] as const);
    expect(leftOut(root, reasons)).toEqual([
      { file: 'test/b.pg.test.ts', reason: 'no Postgres', required: true },
      { file: 'test/c.pg.nats.test.ts', reason: 'no Postgres; no NATS', required: true },
    ]);
    expect(leftOut(root, new Map())).toEqual([]);
    removeFolder(root);
  });

  test('are matched by patterns wherever the need is in the name', () => {
    const patterns = unmetPatterns(new Map([['pg', 'no Postgres']]));
    expect(patterns).toEqual(['test/**/*.pg.test.ts', 'test/**/*.pg.*.test.ts']);
  });
});

describe('a need is unmet', () => {
  test('for data sets without a folder that exists', () => {
    vi.stubEnv('DATASETS', '/nonexistent');
    expect(needs.data()).toBe('no data sets: DATASETS=/nonexistent is not a folder');
    vi.stubEnv('DATASETS', tmpdir());
    expect(needs.data()).toBeNull();
  });

  test('never for NATS and Postgres if the address of a server is given', () => {
    vi.stubEnv('PATH', '/nonexistent');
    vi.stubEnv('TEST_NATS_URL', 'nats://127.0.0.1:4222');
    vi.stubEnv('TEST_DATABASE_URL', 'postgres://127.0.0.1/postgres');
    expect([needs.nats(), needs.pg()]).toEqual([null, null]);
  });

  test('for a browser if none is on the PATH or the given one cannot be run', () => {
    vi.stubEnv('PATH', '/nonexistent');
    vi.stubEnv('CHROMIUM_PATH', '');
    expect(needs.browser()).toBe('no Chromium: install chromium or set CHROMIUM_PATH');
    vi.stubEnv('CHROMIUM_PATH', '/nonexistent/chromium');
    expect(needs.browser()).toBe('no Chromium: CHROMIUM_PATH=/nonexistent/chromium is not an executable');
    vi.stubEnv('CHROMIUM_PATH', process.execPath);
    expect(findChromium()).toBe(process.execPath);
  });

  test('for tests that take minutes, unless requested; that fails no run', () => {
    vi.stubEnv('LONG', '');
    expect(needs.long()).toBe('it takes minutes: set LONG=1');
    vi.stubEnv('LONG', '1');
    expect(needs.long()).toBeNull();
    const root = mkdtempSync(join(tmpdir(), 'ensemble-tree-'));
    mkdirSync(join(root, 'test'));
    writeFileSync(join(root, 'test/a.proc.long.test.ts'), '');
    expect(leftOut(root, new Map([['long', 'later']]))).toMatchObject([{ reason: 'later', required: false }]);
    removeFolder(root);
  });

  test('for Hive Gateway, whose package is installed on request', () => {
    expect([null, 'no Hive Gateway: npm ci --ignore-scripts --prefix bench/gateway/hive']).toContain(needs.hive());
  });

  test('for data sets, which a complete run needs unless DATASETS is empty', () => {
    const root = mkdtempSync(join(tmpdir(), 'ensemble-tree-'));
    mkdirSync(join(root, 'test'));
    writeFileSync(join(root, 'test/a.data.test.ts'), '');
    const required = () => leftOut(root, new Map([['data', 'none']])).map((file) => file.required);
    vi.stubEnv('DATASETS', '/nonexistent');
    expect(required()).toEqual([true]);
    vi.stubEnv('DATASETS', '');
    expect(required()).toEqual([false]);
    expect(needs.data()).toMatch(/^no data sets: set DATASETS/);
    removeFolder(root);
  });

  test('never for a process, which only needs Node', () => {
    expect(unmet().has('proc')).toBe(false);
  });

  test('for Postgres without binaries, with advice', () => {
    vi.stubEnv('PATH', '/nonexistent');
    const found = findPostgres();
    // Debian's folder is searched besides the PATH.
    expect('missing' in found ? found.missing : found.bin).toMatch(
      /^no Postgres: install postgresql or set TEST_DATABASE_URL$|^\/usr\/lib\/postgresql\/\d+\/bin$/,
    );
  });
});
