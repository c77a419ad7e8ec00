import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCommand } from './processes.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const sources = join(root, 'clients/console');
const built = join(root, 'dist/console');

/** Milliseconds for a build. It takes five seconds; a machine under load gets this long. */
const buildLimit = 120_000;

/**
 * The folder of the console built by `npm ci`. Rebuilt when a source is newer: into a separate folder that then replaces the old one,
 * so that concurrent test files do not disturb each other.
 */
export async function builtConsole(): Promise<string> {
  if (isFresh()) return built;
  const own = `${built}.${process.pid}`;
  const config = join(sources, 'vite.config.ts');
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const args = ['build', '--config', config, '--outDir', own, '--emptyOutDir', '--logLevel', 'warn'];
  const build = startCommand([process.execPath, vite, ...args], { cwd: root });
  const { code } = await build.ended(buildLimit);
  if (code !== 0) throw new Error(`The console could not be built:\n${build.output}`);
  mkdirSync(join(root, 'dist'), { recursive: true });
  const old = `${own}.old`;
  if (existsSync(built)) renameSync(built, old);
  renameSync(own, built);
  rmSync(old, { recursive: true, force: true });
  return built;
}

function isFresh(): boolean {
  const page = statSync(join(built, 'index.html'), { throwIfNoEntry: false });
  if (!page) return false;
  return readdirSync(sources, { recursive: true, encoding: 'utf8' }).every(
    (name) => statSync(join(sources, name)).mtimeMs <= page.mtimeMs,
  );
}
