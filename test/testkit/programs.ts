import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { programsOf } from '../../compile.ts';
import { compiledProgram, manifestFile, root } from '../../platform/compiled/manifest.ts';
import { startCommand } from './processes.ts';
import { filesOfRun } from './run-files.ts';

/** Milliseconds for a compilation. It takes three seconds; a machine under load gets this long. */
const compileLimit = 120_000;

/** Whether the published compilation has every program, from the present sources and by the present compiler. */
export function programsAreCompiled(): boolean {
  const published = statSync(manifestFile(root), { throwIfNoEntry: false });
  if (!published || statSync(join(root, 'compile.ts')).mtimeMs > published.mtimeMs) return false;
  return programsOf(root).every((program) => compiledProgram(root, program) !== null);
}

/**
 * Compiles the programs, as `npm ci` does, if they have changed since: tests start them in a third of the time of their sources. Runs once
 * before the tests, if any of them starts processes.
 */
export async function setup(project: TestProject): Promise<void> {
  if (!(await filesOfRun(project)).some((file) => /\.(proc|browser)\./.test(file)) || programsAreCompiled()) return;
  await using compiling = startCommand([process.execPath, join(root, 'compile.ts')], { cwd: root });
  const { code } = await compiling.ended(compileLimit);
  if (code !== 0)
    process.stderr.write(`The programs were not compiled, so tests run the sources:\n${compiling.output}\n`);
}
