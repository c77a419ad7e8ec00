import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from './config.ts';
import { atEnd } from './ending.ts';
import { signal } from './throwaway.ts';

export interface ProcessOptions {
  args?: string[];
  /** Changes to this process's environment; `null` removes a variable. */
  env?: Record<string, string | null>;
  cwd?: string;
  /** Text for its standard input, which is then closed. */
  input?: string;
}

/** How a process ended: one of the two is null. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A program under test in a separate process. */
export interface TestProcess {
  readonly pid: number;
  /** Its output so far, both streams in order of arrival. */
  readonly output: string;
  readonly stdout: string;
  readonly stderr: string;
  /**
   * The first line, including past ones, that contains the text or matches; with the groups of a pattern. Fails with the output if
   * the process ends or `limit` milliseconds (60,000) pass without one.
   */
  line(wanted: string | RegExp, limit?: number): Promise<readonly string[]>;
  /** Waits for its end; fails with the output after `limit` milliseconds (60,000). */
  ended(limit?: number): Promise<Ending>;
  /** Sends a signal and does not wait. */
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL if it still runs after `limit` milliseconds (10,000). It may have ended already. */
  stop(limit?: number): Promise<Ending>;
  /** kill -9: to the program, like a power failure. */
  kill(): Promise<Ending>;
}

/** Maximum characters of output kept; ours write less, and the beginning is the most useful. */
const outputLimit = 4_000_000;
const defaultLimitMs = 60_000;

/** Node's flags for all our programs. */
export const programFlags = ['--import', fileURLToPath(new URL('../../platform/config/compiled.ts', import.meta.url))];

/**
 * Starts a TypeScript program under this Node. It is killed with its children when this process ends in any way; a test still calls
 * `stop` or `kill`, or uses `await using`.
 */
export function startProcess(file: string, options: ProcessOptions = {}): TestProcess & AsyncDisposable {
  return startCommand([process.execPath, ...programFlags, file, ...(options.args ?? [])], options);
}

/** Starts any program, otherwise like `startProcess`. */
export function startCommand(
  [command, ...args]: [string, ...string[]],
  options: Omit<ProcessOptions, 'args'> = {},
): TestProcess & AsyncDisposable {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: childEnvironment(options.env),
    stdio: ['pipe', 'pipe', 'pipe'],
    // A separate process group, so that its children can be ended with it.
    detached: true,
  });
  // A program that ends without reading its input breaks the pipe; `ended` reports how it ended.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const { pid } = child;
  if (pid === undefined) {
    // The reason arrives as an event, too late for this synchronous function.
    child.on('error', () => undefined);
    throw new Error(existsSync(command) ? `${command} cannot be started.` : `There is no ${command}.`);
  }
  return new Running(child, pid, `${command} ${args.join(' ')}`);
}

class Running implements TestProcess, AsyncDisposable {
  stdout = '';
  stderr = '';
  output = '';
  private ending: Ending | null = null;
  private readonly waiting = new Set<() => void>();

  constructor(
    child: ChildProcess,
    readonly pid: number,
    private readonly name: string,
  ) {
    const takeBack = atEnd(() => this.signalGroup('SIGKILL'));
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.setEncoding('utf8').on('data', (text: string) => {
        if (this.output.length < outputLimit) {
          this[stream] += text;
          this.output += text;
        }
        this.wake();
      });
    }
    // 'close' and not 'exit': all output has then been read.
    child.on('close', (code, signalName) => {
      this.ending = { code, signal: signalName };
      // Its children may have outlived it.
      this.signalGroup('SIGKILL');
      takeBack();
      this.wake();
    });
  }

  async line(wanted: string | RegExp, limit = defaultLimitMs): Promise<readonly string[]> {
    const find = (): readonly string[] | undefined => {
      for (const line of this.output.split('\n')) {
        const match = typeof wanted === 'string' ? (line.includes(wanted) ? [line] : null) : line.match(wanted);
        if (match !== null) return match;
      }
      return undefined;
    };
    await this.until(() => find() !== undefined || this.ending !== null, limit, `the line ${String(wanted)}`);
    const found = find();
    if (found === undefined) throw this.failure(`ended (${this.told()}) without the line ${String(wanted)}`);
    return found;
  }

  async ended(limit = defaultLimitMs): Promise<Ending> {
    await this.until(() => this.ending !== null, limit, 'its end');
    if (this.ending === null) throw this.failure('has not ended');
    return this.ending;
  }

  signal(name: NodeJS.Signals): void {
    if (this.ending === null) signal(this.pid, name);
  }

  async stop(limit = 10_000): Promise<Ending> {
    this.signal('SIGTERM');
    const patience = setTimeout(() => this.signalGroup('SIGKILL'), limit);
    try {
      return await this.ended(limit + 5_000);
    } finally {
      clearTimeout(patience);
    }
  }

  async kill(): Promise<Ending> {
    this.signalGroup('SIGKILL');
    return this.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  private signalGroup(name: NodeJS.Signals): void {
    signal(-this.pid, name);
  }

  private wake(): void {
    for (const look of this.waiting) look();
  }

  private async until(is: () => boolean, limit: number, what: string): Promise<void> {
    if (is()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(look);
        reject(this.failure(`was waited for: ${what} did not come within ${limit} ms`));
      }, limit);
      const look = (): void => {
        if (!is()) return;
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
    });
  }

  private told(): string {
    return this.ending?.signal ?? `code ${this.ending?.code}`;
  }

  private failure(what: string): Error {
    return new Error(`The process ${this.name} ${what}. It said:\n${this.output.slice(-4_000)}`);
  }
}

export { freePort } from './throwaway.ts';
