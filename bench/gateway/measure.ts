import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../bench.ts';
import { bodiesOf, check, type Checked } from './check.ts';
import { Helper, memoryOf } from './cores.ts';
import type { Running } from './gateways.ts';
import type { LoadOrder, LoadSeen } from './load.ts';
import type { Operation } from './operations.ts';
import type { SubgraphsOrder, SubgraphsSeen } from './serve.ts';

/** How requests are sent. */
export interface Mode {
  connections: number;
  /** Milliseconds that each subgraph waits before it answers. */
  latency: number;
  rounds: number;
}

/** The measurement of one operation at one gateway: medians of its rounds. */
export interface Cell {
  /** Requests per second. */
  rate: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Microseconds of the gateway's CPU time per request. */
  cpu: number;
  /** Share of its core that the gateway used. */
  busy: number;
  /** Requests to subgraphs per request. */
  calls: number;
}

/** Cells by operation and gateway. */
export type Cells = Map<string, Map<string, Cell>>;

/** Seconds of each measurement and of the uncounted load before it. */
const seconds = { warming: 0.25, measured: 1 };
/** Seconds of load with each operation before the first round, so that its code is optimized. */
const firstWarming = 2;
const restBeforeMemory = 2_000;

/** The processes beside the gateways. */
export class Surroundings {
  readonly subgraphs = new Helper<SubgraphsOrder, SubgraphsSeen>('./serve.ts');
  readonly load = new Helper<LoadOrder, LoadSeen>('./load.ts');

  close(): void {
    this.load.close();
    this.subgraphs.close();
  }
}

/** A phase of the benchmark: gateways that run at the same time and are loaded in turn. */
export class Phase {
  readonly #around: Surroundings;
  readonly #running: readonly Running[];
  readonly #operations: readonly Operation[];
  readonly #checked = new Map<string, Checked>();

  constructor(around: Surroundings, running: readonly Running[], operations: readonly Operation[]) {
    this.#around = around;
    this.#running = running;
    this.#operations = operations;
  }

  /** Compares the answers of all gateways with those of the first one. Returns how they differ. */
  async check(): Promise<string[]> {
    await this.#around.subgraphs.ask({ latency: 0 });
    for (const operation of this.#operations) {
      let reference: readonly unknown[] | null = null;
      for (const running of this.#running) {
        const checked = await check(operation, running, reference);
        reference ??= checked.data;
        this.#checked.set(keyOf(operation, running), checked);
      }
    }
    return [...this.#checked.values()].flatMap(({ difference }) => difference ?? []);
  }

  async warm(): Promise<void> {
    for (const running of this.#running)
      for (const operation of this.#operations)
        if (this.#isAlike(operation, running))
          await this.#loaded(operation, running, connectionsFor(operation, 64), {
            warming: firstWarming,
            measured: 0.01,
          });
  }

  /** Measures each operation at each gateway in alternation. */
  async measure({ connections, latency, rounds }: Mode): Promise<Cells> {
    await this.#around.subgraphs.ask({ latency });
    const seen = new Map<string, Map<string, Cell[]>>();
    for (let round = 0; round < rounds; round++) {
      for (const [n, operation] of this.#operations.entries()) {
        const cells = seen.get(operation.name) ?? new Map<string, Cell[]>();
        seen.set(operation.name, cells);
        for (const at of this.#running.keys()) {
          const running = this.#running[(at + n + round) % this.#running.length];
          if (!running || !this.#isAlike(operation, running)) continue;
          const cell = await this.#loaded(operation, running, connectionsFor(operation, connections), seconds);
          const { key } = running.contestant;
          cells.set(key, [...(cells.get(key) ?? []), cell]);
        }
      }
    }
    await this.#around.subgraphs.ask({ latency: 0 });
    return new Map(
      [...seen].map(([name, cells]) => [name, new Map([...cells].map(([key, each]) => [key, medianOf(each)]))]),
    );
  }

  /** Resident MiB of each gateway after a rest, and at most until then. */
  async memory(): Promise<Map<string, { now: number; peak: number }>> {
    await sleep(restBeforeMemory);
    return new Map(
      this.#running.map(({ contestant, pid }) => [
        contestant.key,
        { now: memoryOf(pid, 'VmRSS'), peak: memoryOf(pid, 'VmHWM') },
      ]),
    );
  }

  #isAlike(operation: Operation, running: Running): boolean {
    return this.#checked.get(keyOf(operation, running))?.difference === null;
  }

  async #loaded(
    operation: Operation,
    running: Running,
    connections: number,
    time: LoadOrder['seconds'],
  ): Promise<Cell> {
    const lengths = this.#checked.get(keyOf(operation, running))?.lengths ?? [];
    return loaded(this.#around, operation, { ...running, lengths }, connections, time);
  }
}

/** Loads one address with an operation. */
export async function loaded(
  { subgraphs, load }: Surroundings,
  operation: Operation,
  { url, pid, lengths }: { url: string; pid: number; lengths: readonly (number | null)[] },
  connections: number,
  time: LoadOrder['seconds'] = seconds,
): Promise<Cell> {
  const before = await subgraphs.ask({});
  const seen = await load.ask({ url, pid, lengths, connections, seconds: time, bodies: bodiesOf(operation) });
  if (seen.wrong) throw new Error(`${operation.name} at ${url}: ${seen.wrong}`);
  const { calls } = await subgraphs.ask({});
  return {
    rate: seen.answered / seen.seconds,
    p50: seen.p50,
    p99: seen.p99,
    cpu: (seen.cpu * 1_000) / seen.answered,
    busy: seen.cpu / 1_000 / seen.seconds,
    calls: (calls - before.calls) / seen.total,
  };
}

/** An operation of some milliseconds is measured with fewer requests at once: more would only wait for one another. */
export function connectionsFor({ isHeavy }: Operation, connections: number): number {
  return isHeavy ? Math.ceil(connections / 8) : connections;
}

function keyOf(operation: Operation, { contestant }: Running): string {
  return `${operation.name} ${contestant.key}`;
}

function medianOf(cells: readonly Cell[]): Cell {
  const middle = (key: keyof Cell): number =>
    quantile(
      cells.map((cell) => cell[key]),
      0.5,
    );
  return {
    rate: middle('rate'),
    p50: middle('p50'),
    p99: middle('p99'),
    cpu: middle('cpu'),
    busy: middle('busy'),
    calls: middle('calls'),
  };
}
