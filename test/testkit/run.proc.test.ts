import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCommand } from './processes.ts';
import { removeFolder } from './throwaway.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** The output at the end of a run, with the project's configuration over a tree of sample tests. */
describe('a run', () => {
  let root: string;
  beforeAll(() => {
    // Inside the repository, so that Node finds the packages from there.
    mkdirSync(join(repository, '.data'), { recursive: true });
    root = mkdtempSync(join(repository, '.data', 'run-'));
    mkdirSync(join(root, 'test'));
    symlinkSync(join(repository, 'test', 'testkit'), join(root, 'test', 'testkit'));
    symlinkSync(join(repository, 'vitest.config.ts'), join(root, 'vitest.config.ts'));
    const write = (name: string, body: string): void => {
      writeFileSync(join(root, 'test', name), `import { test } from 'vitest';\n${body}\n`);
    };
    write('good.test.ts', "test('is fine', () => undefined); test.skip('rests', () => undefined);");
    write('bad.test.ts', "test('fails', () => { throw new Error('on purpose'); });");
    write('broken.test.ts', "throw new Error('not loadable');");
    write('figures.data.test.ts', "test('never runs here', () => undefined);");
    write('page.browser.test.ts', "test('never runs here', () => undefined);");
  });
  afterAll(() => removeFolder(root));

  async function run(words: string[], env: Record<string, string | null> = {}) {
    const vitest = join(repository, 'node_modules', 'vitest', 'vitest.mjs');
    const command = startCommand([process.execPath, vitest, 'run', '--root', root, ...words], {
      cwd: root,
      env: { DATASETS: '/nonexistent', CHROMIUM_PATH: '/nonexistent', NOTHING_LEFT_OUT: null, ...env },
    });
    const { code } = await command.ended(60_000);
    return { code, lines: command.stdout.trimEnd().split('\n'), output: command.output };
  }

  const leftOut = 'LEFT OUT: test/figures.data.test.ts – no data sets: DATASETS=/nonexistent is not a folder';

  test('lists skipped files and ends with only the count on the last line', async () => {
    const { code, lines } = await run(['test/good', 'test/figures']);
    expect(code).toBe(0);
    expect(lines.slice(-2)).toEqual([leftOut, '1 passed, 0 failed, 2 skipped']);
  }, 60_000);

  test('fails for a skipped file if nothing may be skipped', async () => {
    const { code, lines } = await run(['test/good', 'test/page'], { NOTHING_LEFT_OUT: '1' });
    expect(code).toBe(1);
    expect(lines.at(-1)).toBe('1 passed, 1 failed, 1 skipped');
  }, 60_000);

  test('fails for missing data sets, unless DATASETS is empty', async () => {
    const missing = await run(['test/good', 'test/figures'], { NOTHING_LEFT_OUT: '1' });
    expect(missing.code).toBe(1);
    expect(missing.lines.at(-1)).toBe('1 passed, 1 failed, 1 skipped');
    const none = await run(['test/good', 'test/figures'], { NOTHING_LEFT_OUT: '1', DATASETS: '' });
    expect(none.code).toBe(0);
    expect(none.lines.at(-1)).toBe('1 passed, 0 failed, 2 skipped');
  }, 60_000);

  test('counts failed tests and files that cannot be loaded', async () => {
    const { code, lines } = await run(['test/good', 'test/bad', 'test/broken']);
    expect(code).toBe(1);
    expect(lines.at(-1)).toBe('1 passed, 2 failed, 1 skipped');
    expect(lines).not.toContain(leftOut);
  }, 60_000);

  test('fails without tests', async () => {
    const { code, lines } = await run(['test/nonexistent']);
    expect(code).toBe(1);
    expect(lines.at(-1)).toBe('0 passed, 1 failed, 0 skipped');
  }, 60_000);
});
