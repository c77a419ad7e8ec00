import { Presets, SingleBar } from 'cli-progress';
import type { LineFault } from './fault.ts';

/** Faults printed during a run without JSON; in a file of another kind every line would be one. */
const faultsTold = 100;

/** Milliseconds between two progress lines without a terminal: logs are read afterwards. */
const linesEvery = 1_000;

/** Milliseconds before the same message is repeated: several calls meet the same outage. */
const againAfter = 2_000;

export interface ProgressOptions {
  total: number;
  /** What is counted: `lines`. */
  unit: string;
  isTerminal: boolean;
}

/** The loader's progress: a bar on a terminal, else plain lines. */
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

  /** Updates the count; `figures` are shown beside it. */
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
      if (this.#told === faultsTold) this.say(`Further invalid lines after these ${faultsTold} are only counted.`);
    }
  }

  /** Prints a message to standard error: standard output is for programs. */
  say(text: string): void {
    // Overwrites the bar's line; the bar redraws itself below.
    process.stderr.write(this.#bar ? `\r\u001B[K${text}\n` : `${text}\n`);
  }

  stop(): void {
    this.#bar?.stop();
  }
}

/** Reports waiting, once for all calls that wait for the same reason. */
export class Waiting {
  readonly #say: (text: string) => void;
  readonly #said = new Map<string, number>();

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  readonly told = (error: Error, pause: number): void => {
    const now = Date.now();
    // Request ids differ from call to call; the reason does not.
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

/** A rate per second, rounded. */
export function perSecond(count: number, seconds: number): number {
  return seconds > 0 ? Math.round(count / seconds) : 0;
}

/** Formats rows as a table: the first column aligned left, the others right. */
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
