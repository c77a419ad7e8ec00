import { Presets, SingleBar } from 'cli-progress';
import type { LineFault } from './works/line.ts';
import type { Summary } from './works/import.ts';

/** Faults told in words while it runs and not as JSON; a catalogue of another kind would be a fault in every line. */
const faultsTold = 100;

/** Without a terminal, a line at most this often, in milliseconds: logs are read afterwards. */
const linesEvery = 1_000;

/** What the loader says while it works: a bar on a terminal, else plain lines. */
export class Progress {
  readonly #bar: SingleBar | null;
  readonly #total: number;
  #told = 0;
  #lastLine = 0;

  constructor(total: number, isTerminal: boolean) {
    this.#total = total;
    this.#bar = isTerminal
      ? new SingleBar(
          {
            format: ' {bar} {value}/{total} lines · {rate} works/s · {rejected} rejected',
            hideCursor: true,
            stream: process.stdout,
          },
          Presets.shades_classic,
        )
      : null;
    this.#bar?.start(total, 0, { rate: 0, rejected: 0 });
  }

  batch(summary: Summary, faults: readonly LineFault[], seconds: number): void {
    const rate = rateOf(summary, seconds);
    if (this.#bar) this.#bar.update(summary.lines, { rate, rejected: summary.rejected });
    else if (Date.now() - this.#lastLine >= linesEvery || summary.lines === this.#total) {
      this.#lastLine = Date.now();
      console.log(`${summary.lines} of ${this.#total} lines, ${rate} works/s`);
    }
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

export function faultText({ line, field, message }: LineFault): string {
  return `line ${line}${field === null ? '' : `, ${field}`}: ${message}`;
}

/** Works the graph has taken in per second, whole. */
export function rateOf({ created, updated, unchanged }: Summary, seconds: number): number {
  return seconds > 0 ? Math.round((created + updated + unchanged) / seconds) : 0;
}

/** The summary as a table of two columns. */
export function table(summary: Summary, seconds: number): string {
  const rows: [string, string][] = [
    ['lines', String(summary.lines)],
    ['created', String(summary.created)],
    ['updated', String(summary.updated)],
    ['unchanged', String(summary.unchanged)],
    ['rejected', String(summary.rejected)],
    ['seconds', seconds.toFixed(1)],
    ['works/s', String(rateOf(summary, seconds))],
  ];
  const name = Math.max(...rows.map(([each]) => each.length));
  const value = Math.max(...rows.map(([, each]) => each.length));
  return rows.map(([left, right]) => `${left.padEnd(name)}  ${right.padStart(value)}`).join('\n');
}
