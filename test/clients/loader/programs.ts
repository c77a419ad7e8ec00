import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess, type TestProcess } from '../../testkit/processes.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Milliseconds for a start of the whole graph, or a run of the loader, on a machine under load. */
export const patience = 120_000;

/** Starts the whole graph on an embedded database without the demo; resolves when it is ready. */
export async function startServer(dataDir: string, port: number): Promise<TestProcess & AsyncDisposable> {
  const env = { DATA_DIR: dataDir, PORT: String(port), DATABASE_URL: null };
  const server = startProcess('gateway/start.ts', { args: ['--no-demo'], env });
  await server.line(/^ {2}Health +http/, patience);
  return server;
}

/** Starts the loader with `--json`, as a person would. */
export function startLoader(
  args: readonly string[],
  env: Record<string, string | null> = {},
): TestProcess & AsyncDisposable {
  return startProcess(join(root, 'clients/loader/load.ts'), { args: [...args, '--json'], env, cwd: root });
}

/** The `--json` output at the end of an import. */
export interface ImportJson {
  importId: string;
  lines: number;
  created: number;
  updated: number;
  unchanged: number;
  rejected: number;
  finished: boolean;
  error: string | null;
  faults: { line: number; field: string | null; code: string; message: string }[];
}

/** The last line of the loader's standard output. */
export function jsonOf<T>(child: TestProcess): T {
  return JSON.parse(child.stdout.trim().split('\n').at(-1) ?? '') as T;
}
