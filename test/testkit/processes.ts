import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from './config.ts';
import { atEnd } from './ending.ts';
import { signal } from './throwaway.ts';

export interface ProcessOptions {
  args?: string[];
  /** On top of this process's environment; `null` takes a variable out. */
  env?: Record<string, string | null>;
  cwd?: string;
  /** What is written to its standard input, which is closed then. */
  input?: string;
}

/** How a process ended: one of the two is null. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A program under test in a process of its own. */
export interface TestProcess {
  readonly pid: number;
  /** Everything it has said so far, both streams in the order in which they came. */
  readonly output: string;
  readonly stdout: string;
  readonly stderr: string;
  /**
   * The first line that contains the text or matches, also one said before; with its groups when it is a pattern. Fails with
   * the output when the process ends or `limit` milliseconds (60,000) pass without one.
   */
  line(wanted: string | RegExp, limit?: number): Promise<readonly string[]>;
  /** Waits for its end; fails with the output after `limit` milliseconds (60,000). */
  ended(limit?: number): Promise<Ending>;
  /** Sends a signal and does not wait. */
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL when it still runs after `limit` milliseconds (10,000). Ended already is fine. */
  stop(limit?: number): Promise<Ending>;
  /** kill -9: what a power cut looks like to the program. */
  kill(): Promise<Ending>;
}

/** What is kept of the output; a program that says more is not one of ours, and its beginning tells most. */
const outputLimit = 4_000_000;
const defaultLimitMs = 60_000;

/** Node's flags with which every program of ours is started. */
export const programFlags = ['--import', fileURLToPath(new URL('../../platform/config/compiled.ts', import.meta.url))];

/**
 * Starts a TypeScript program under this Node. It is killed, with the processes that it has started, when this process ends
 * in whatever way; a test still calls `stop` or `kill`, or writes `await using`.
 */
export function startProcess(file: string, options: ProcessOptions = {}): TestProcess & AsyncDisposable {
  return startCommand([process.execPath, ...programFlags, file, ...(options.args ?? [])], options);
}

/** Starts any program; else like `startProcess`. */
export function startCommand(
  [command, ...args]: [string, ...string[]],
  options: Omit<ProcessOptions, 'args'> = {},
): TestProcess & AsyncDisposable {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: childEnvironment(options.env),
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own, so that its children can be ended with it.
    detached: true,
  });
  // A program that does not read its input and ends closes the pipe under us; how it ended is told by `ended`.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const { pid } = child;
  if (pid === undefined) {
    // The reason comes by an event that a caller of this synchronous function cannot see any more.
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
    // 'close' and not 'exit': by then everything it said has been read.
    child.on('close', (code, signalName) => {
      this.ending = { code, signal: signalName };
      // What it started itself may have outlived it.
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
