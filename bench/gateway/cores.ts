import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { findExecutable } from '../../test/testkit/executables.ts';
import { childEnvironment } from '../../test/testkit/config.ts';

const taskset = findExecutable('taskset');

/** Whether the gateway has a core of its own; clients and subgraphs then share another one. */
export const isPinned = taskset !== null && cpus().length > 1;

/** A command that runs on the gateways' core, or on that of everything else. */
export function onCore(whose: 'gateway' | 'others', command: readonly string[]): [string, ...string[]] {
  const core = whose === 'gateway' ? '1' : '0';
  const [first = '', ...rest] = command;
  return isPinned ? [taskset ?? '', '-c', core, first, ...rest] : [first, ...rest];
}

/** A program of a benchmark in a process of its own, by default beside the gateways'. It answers each order with one message. */
export class Helper<Order, Seen> {
  readonly #child: ChildProcess;
  readonly #file: string;

  constructor(
    file: string,
    { core = 'others', flags = [], args = [] }: { core?: 'gateway' | 'others'; flags?: string[]; args?: string[] } = {},
  ) {
    this.#file = file;
    const source = fileURLToPath(new URL(file, import.meta.url));
    const loader = new URL('../../platform/config/typescript.ts', import.meta.url).href;
    const program = [process.execPath, ...flags, '--import', loader, source, ...args];
    const [command, ...rest] = onCore(core, program);
    this.#child = spawn(command, rest, {
      env: childEnvironment({ NODE_ENV: 'production' }),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    this.#child.on('error', (error) => console.error(error));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Its next message: the first one says that it has started. */
  next(): Promise<Seen> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        this.#child.off('message', heard);
        this.#child.off('exit', ended);
      };
      const heard = (message: unknown): void => {
        settle();
        resolve(message as Seen);
      };
      const ended = (code: number | null): void => {
        settle();
        reject(new Error(`${this.#file} ended with ${code}.`));
      };
      this.#child.on('message', heard);
      this.#child.on('exit', ended);
    });
  }

  ask(order: Order): Promise<Seen> {
    const answer = this.next();
    this.#child.send(order as object);
    return answer;
  }

  close(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}

/** Resident memory of a process in MiB, now or at most; NaN where there is no /proc. */
export function memoryOf(pid: number, name: 'VmRSS' | 'VmHWM'): number {
  const status = process.platform === 'linux' ? readFileSync(`/proc/${pid}/status`, 'utf8') : '';
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
}
