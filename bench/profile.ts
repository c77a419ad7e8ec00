import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { figure, now, type Bar, type Bench } from './bench.ts';
import { only } from './config.ts';
import { ours, start, type Contestant } from './gateway/gateways.ts';
import { loaded, Surroundings } from './gateway/measure.ts';
import { operations, type Operation } from './gateway/operations.ts';
import { readProfile, type Profiled } from './gateway/profile.ts';
import { composeSystems } from './gateway/systems/index.ts';

/** Profiled unless BENCH_ONLY names others. */
const byDefault = ['small', 'entities'];
const seconds = { warming: 10, measured: 15 };
const connections = { light: 64, heavy: 8 };
const functionsShown = 30;

export const profile: Bench = {
  name: 'profile',
  sentence: 'Where the CPU time of our gateway goes, in front of the subgraphs of `gateway`.',
  async run(say) {
    const bars: Bar[] = [];
    const chosen = only() ?? byDefault;
    for (const operation of operations.filter(({ name }) => chosen.includes(name))) {
      const { areas, functions, cpu } = await profiled(operation);
      const list = (shares: Profiled['areas']): string =>
        shares.map(([name, share]) => `${(share * 100).toFixed(1).padStart(5)} %  ${name}`).join('\n');
      say(`\n${operation.name}, ${operation.sentence}: the functions with the most time\n`);
      say(list(functions.slice(0, functionsShown)));
      bars.push(figure(`${operation.name}: CPU time of a request, profiled`, cpu, 'µs'));
      for (const [area, share] of areas) bars.push(figure(`${operation.name}: ${area}`, share * 100, '%'));
    }
    return bars;
  },
};

async function profiled(operation: Operation): Promise<Profiled & { cpu: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'ensemble-profile-'));
  const around = new Surroundings();
  try {
    const { urls } = await around.subgraphs.next();
    const supergraph = join(folder, 'supergraph.graphql');
    await writeFile(supergraph, composeSystems(urls));
    const running = await start(profiling(folder), supergraph, false);
    const load = { ...running, lengths: operation.variables.map(() => null) };
    const atOnce = operation.isHeavy ? connections.heavy : connections.light;
    await loaded(around, operation, load, atOnce, { ...seconds, measured: 0.01 });
    const from = now();
    const { cpu } = await loaded(around, operation, load, atOnce, { ...seconds, warming: 0 });
    const until = now();
    await running.stop();
    const files = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'));
    const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
    const profiles = texts.map((text) => readProfile(text, from, until));
    // Other threads of the gateway have profiles of their own and were idle.
    const [busiest] = profiles.toSorted((a, b) => b.busy - a.busy);
    if (!busiest) throw new Error('The gateway wrote no profile.');
    return { ...busiest, cpu };
  } finally {
    around.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Our program from its sources, since functions of the compiled one are all in a few files. */
function profiling(folder: string): Contestant {
  return {
    ...ours,
    command: (place) => {
      const [node = '', ...rest] = ours.command(place).map((each) => each.replace('compiled.ts', 'typescript.ts'));
      return [node, '--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=250', ...rest];
    },
  };
}
