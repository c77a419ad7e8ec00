import { Presets, SingleBar } from 'cli-progress';
import type { LineFault } from './fault.ts';

/** Faults told in words while it runs and not as JSON; a file of another kind would be a fault in every line. */
const faultsTold = 100;

/** Without a terminal, a line at most this often, in milliseconds: logs are read afterwards. */
const linesEvery = 1_000;

/** The same sentence is said at most this often, in milliseconds: several calls meet the same silence of a server. */
const againAfter = 2_000;

export interface ProgressOptions {
  total: number;
  /** What is counted: `lines`. */
  unit: string;
  isTerminal: boolean;
}

/** What the loader says while it works: a bar on a terminal, else plain lines. */
export class Progress {
  readonly #bar: SingleBar | null;
  readonly #total: number;
  readonly #unit: string;
  #told = 0;
  #lastLine = 0;

  constructor({ total, unit, isTerminal }: ProgressOptions) {
    this.#total = total;
    this.#unit = unit;
    this.#bar = isTerminal
      ? new SingleBar(
          { format: ` {bar} {value}/{total} ${unit} · {figures}`, hideCursor: true, stream: process.stdout },
          Presets.shades_classic,
        )
      : null;
    this.#bar?.start(total, 0, { figures: '' });
  }

  /** So much is done; `figures` are said beside it. */
  done(count: number, figures: string): void {
    if (this.#bar) this.#bar.update(count, { figures });
    else if (Date.now() - this.#lastLine >= linesEvery || count === this.#total) {
      this.#lastLine = Date.now();
      console.log(`${count} of ${this.#total} ${this.#unit}, ${figures}`);
    }
  }

  faults(faults: readonly LineFault[]): void {
    for (const fault of faults) {
      this.#told += 1;
      if (this.#told <= faultsTold) this.say(faultText(fault));
      if (this.#told === faultsTold) this.say(`Lines at fault beyond these ${faultsTold} are counted only.`);
    }
  }

  /** A sentence for people, on the error stream: standard output stays what it is for programs. */
  say(text: string): void {
    // The bar's line is written over; it draws itself anew below.
    process.stderr.write(this.#bar ? `\r\u001B[K${text}\n` : `${text}\n`);
  }

  stop(): void {
    this.#bar?.stop();
  }
}

/** Tells of waiting, once for all calls that wait for the same reason. */
export class Waiting {
  readonly #say: (text: string) => void;
  readonly #said = new Map<string, number>();

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  readonly told = (error: Error, pause: number): void => {
    const now = Date.now();
    // What names a request differs from call to call; the reason does not.
    const reason = error.message.replace(/ \(.*\)$/, '');
    if (now - (this.#said.get(reason) ?? 0) < againAfter) return;
    for (const [known, at] of this.#said) if (now - at >= againAfter) this.#said.delete(known);
    this.#said.set(reason, now);
    const sentence = /[.)]$/.test(error.message) ? error.message : `${error.message}.`;
    this.#say(`${sentence} Trying again in ${(pause / 1000).toFixed(1)} s.`);
  };
}

export function faultText({ line, field, message }: LineFault): string {
  return `line ${line}${field === null ? '' : `, ${field}`}: ${message}`;
}

/** So many per second, whole. */
export function perSecond(count: number, seconds: number): number {
  return seconds > 0 ? Math.round(count / seconds) : 0;
}

/** Rows as a table: the first column to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  '),
    )
    .join('\n');
}
