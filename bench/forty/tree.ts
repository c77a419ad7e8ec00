import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import { startCommand, type TestProcess } from '../../test/testkit/processes.ts';
import { filesOf, writtenSystems } from './systems.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The flags with which `npm start` starts a program. */
const startFlags = packageJson.scripts.start.split(' ').slice(1, -1);

/** Writes a copy of this tree, with 36 more OSes for a house of forty. */
export function writeTree(tree: string, isForty: boolean): void {
  mkdirSync(tree);
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' });
  for (const path of listed.split('\0').filter((each) => each !== '' && existsSync(join(root, each))))
    cpSync(join(root, path), join(tree, path));
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  if (!isForty) return;
  const systems = writtenSystems();
  for (const system of systems)
    for (const [path, text] of filesOf(system)) {
      const file = join(tree, 'subgraphs', path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  const registry = join(tree, 'subgraphs/registry.ts');
  const lines = systems.map(
    ({ name }) => `  ${name}: async () => (await import('./${name}/subgraph.ts')).${name}Subgraph,\n`,
  );
  writeFileSync(registry, readFileSync(registry, 'utf8').replace('  hub:', `${lines.join('')}  hub:`));
}

export function program(
  tree: string,
  file: string,
  args: string[],
  env: Record<string, string>,
): TestProcess & AsyncDisposable {
  return startCommand([process.execPath, ...startFlags, file, ...args], { cwd: tree, env });
}

export async function run(tree: string, file: string, env: Record<string, string> = {}): Promise<void> {
  await using started = program(tree, file, [], env);
  const { code } = await started.ended(600_000);
  if (code !== 0) throw new Error(`${file} ended with ${code}:\n${started.output}`);
}

export function memoryOf({ pid }: TestProcess, name: 'VmRSS' | 'VmHWM'): number {
  const status = process.platform === 'linux' ? readFileSync(`/proc/${pid}/status`, 'utf8') : '';
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
}
