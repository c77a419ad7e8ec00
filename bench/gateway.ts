import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atLeast, atMost, figure, type Bar, type Bench } from './bench.ts';
import { only } from './config.ts';
import { isPinned } from './gateway/cores.ts';
import {
  apollo,
  embedded,
  forward,
  forwarding,
  hiveJs,
  hiveRust,
  installOthers,
  ours,
  start,
  type Contestant,
  type Running,
} from './gateway/gateways.ts';
import { connectionsFor, loaded, Phase, Surroundings, type Cell, type Cells, type Mode } from './gateway/measure.ts';
import { operations, type Operation } from './gateway/operations.ts';
import { ratioOf, tableOf } from './gateway/report.ts';
import { composeSystems } from './gateway/systems/index.ts';

const contestants: readonly Contestant[] = [ours, apollo, hiveJs, hiveRust];
const others = contestants.slice(1);

/** Minimum throughput as a multiple of another gateway's: the geometric mean over all operations. */
const targets = new Map([
  [apollo.key, 4],
  [hiveRust.key, 1.5],
]);

/** Milliseconds that subgraphs wait in the modes with latency; enough connections then keep the gateways busy nevertheless. */
const latency = 4;
const busiest: Mode = { connections: 64, latency: 0, rounds: 3 };
const saturating: readonly Mode[] = [busiest, { connections: 128, latency, rounds: 2 }];
/** Besides, without sharing: how long a single client and a few wait. */
const lighter: readonly Mode[] = [
  { connections: 1, latency: 0, rounds: 1 },
  { connections: 16, latency: 0, rounds: 1 },
];

export const gateway: Bench = {
  name: 'gateway',
  sentence: 'Ours, stock Apollo and Hive Gateway in front of the same HTTP subgraphs.',
  async run(say) {
    await installOthers(say);
    const chosen = operations.filter(({ name }) => only()?.includes(name) ?? true);
    say(
      isPinned
        ? 'The gateway under load has core 1 alone; clients, subgraphs and waiting programs are on core 0.'
        : 'There is no taskset or second core: gateway, clients and subgraphs compete, so the bars are of CPU time.',
    );
    say(`Operations:\n${chosen.map(({ name, sentence }) => `  ${name.padEnd(11)} ${sentence}`).join('\n')}`);
    const folder = await mkdtemp(join(tmpdir(), 'ensemble-gateway-'));
    const around = new Surroundings();
    try {
      const { urls } = await around.subgraphs.next();
      const supergraph = join(folder, 'supergraph.graphql');
      await writeFile(supergraph, composeSystems(urls));
      const bars: Bar[] = [];
      for (const sharing of [false, true]) bars.push(...(await phase(around, supergraph, sharing, chosen, say)));
      bars.push(...(await besideOurs(around, supergraph, urls, chosen, say)));
      return bars;
    } finally {
      around.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function withGateways<T>(
  which: readonly Contestant[],
  supergraph: string,
  sharing: boolean,
  use: (running: readonly Running[]) => Promise<T>,
): Promise<T> {
  const running: Running[] = [];
  try {
    for (const contestant of which) running.push(await start(contestant, supergraph, sharing));
    return await use(running);
  } finally {
    await Promise.all(running.map((each) => each.stop()));
  }
}

/** All gateways, with or without sharing of identical fetches. */
function phase(
  around: Surroundings,
  supergraph: string,
  sharing: boolean,
  chosen: readonly Operation[],
  say: (text: string) => void,
): Promise<Bar[]> {
  const title = `sharing ${sharing ? 'on' : 'off'}`;
  // The first one is the reference for the answers of the others.
  return withGateways([apollo, ours, hiveJs, hiveRust], supergraph, sharing, async (running) => {
    const phase = new Phase(around, running, chosen);
    const differences = await phase.check();
    for (const difference of differences) say(difference);
    const bars = [
      atMost(`${title}: operations that a gateway answered otherwise than Apollo`, differences.length, '', 0),
    ];
    say(`\n${title}: warming up`);
    await phase.warm();
    for (const mode of [...saturating, ...(sharing ? [] : lighter)]) {
      const cells = await phase.measure(mode);
      const name = `${mode.connections} connections, ${mode.latency} ms of latency, ${title}`;
      say(`\n${name}\n\n${tableOf(cells, contestants)}`);
      if (saturating.includes(mode)) bars.push(...barsOf(name, cells, sharing));
    }
    const memory = await phase.memory();
    const ourMemory = memory.get(ours.key)?.now ?? Number.NaN;
    for (const { key, title: gatewayTitle } of contestants) {
      const { now = Number.NaN, peak = Number.NaN } = memory.get(key) ?? {};
      bars.push(
        figure(`${title}: memory of ${gatewayTitle} after load`, now, 'MiB'),
        figure(`${title}: most memory of ${gatewayTitle}`, peak, 'MiB'),
      );
      if (key !== ours.key)
        bars.push(atMost(`${title}: memory after load, times ${gatewayTitle}’s`, ourMemory / now, 'times', 1));
    }
    return bars;
  });
}

function barsOf(name: string, cells: Cells, sharing: boolean): Bar[] {
  return others.flatMap(({ key, title, shares }) => {
    const throughput = ratioOf(cells, 'rate', ours.key, key);
    const work = ratioOf(cells, 'cpu', key, ours.key);
    const p99 = ratioOf(cells, 'p99', ours.key, key);
    const target = targets.get(key);
    // Against a gateway that cannot share, sharing is only informative.
    const isEqual = !sharing || shares;
    const held = (bar: string, value: number, counts: boolean): Bar =>
      counts && isEqual && target !== undefined ? atLeast(bar, value, 'times', target) : figure(bar, value, 'times');
    return [
      held(`${name}: throughput, times ${title}’s`, throughput, isPinned),
      held(`${name}: requests per CPU second, times ${title}’s`, work, !isPinned),
      isEqual
        ? atMost(`${name}: p99, times ${title}’s`, p99, 'times', 1)
        : figure(`${name}: p99, times ${title}’s`, p99, 'times'),
    ];
  });
}

/** Ours with subgraphs over HTTP, ours with subgraphs in its process, and what bounds both where one subgraph can answer. */
function besideOurs(
  around: Surroundings,
  supergraph: string,
  urls: Readonly<Record<string, string>>,
  chosen: readonly Operation[],
  say: (text: string) => void,
): Promise<Bar[]> {
  return withGateways([ours, embedded], supergraph, false, async (running) => {
    const phase = new Phase(around, running, chosen);
    for (const difference of await phase.check()) throw new Error(difference);
    await phase.warm();
    const cells = await phase.measure(busiest);
    const limits: Cells = new Map();
    for (const operation of chosen) {
      const url = urls[operation.alone ?? ''];
      const ourCell = cells.get(operation.name)?.get(ours.key);
      if (url === undefined || ourCell === undefined) continue;
      const directly = await loadedAlone(around, operation, { url, pid: around.subgraphs.pid });
      const forwarded = await withGateways([forwarding(url)], supergraph, false, async ([forwarder]) =>
        forwarder ? loadedAlone(around, operation, forwarder) : directly,
      );
      limits.set(
        operation.name,
        new Map([
          [ours.key, ourCell],
          [forward.key, forwarded],
          [direct.key, directly],
        ]),
      );
    }
    say(`\nours apart and embedded\n\n${tableOf(cells, [ours, embedded])}`);
    say(
      `\nours, a program that only forwards, and the subgraph called directly\n\n${tableOf(limits, [ours, forward, direct])}`,
    );
    return [
      figure('embedded: throughput, times apart', ratioOf(cells, 'rate', embedded.key, ours.key), 'times'),
      figure('only forwarding: throughput, times ours', ratioOf(limits, 'rate', forward.key, ours.key), 'times'),
      figure('calling the subgraph: throughput, times ours', ratioOf(limits, 'rate', direct.key, ours.key), 'times'),
    ];
  });
}

/** A subgraph called without a gateway, on the core that it shares with the clients. */
const direct: Pick<Contestant, 'key' | 'title'> = { key: 'direct', title: 'direct' };

/** Loads an address that answers an operation without planning, after a warm-up. */
async function loadedAlone(
  around: Surroundings,
  operation: Operation,
  { url, pid }: Pick<Running, 'url' | 'pid'>,
): Promise<Cell> {
  const lengths = operation.variables.map(() => null);
  const connections = connectionsFor(operation, busiest.connections);
  await loaded(around, operation, { url, pid, lengths }, connections, { warming: 2, measured: 0.01 });
  return loaded(around, operation, { url, pid, lengths }, connections);
}
