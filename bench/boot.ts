import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startProcess, type TestProcess } from '../test/testkit/processes.ts';
import { figure, now, quantile, type Bar, type Bench } from './bench.ts';
import type { Stage } from './boot-stages.ts';

/** Starts of each kind; the median counts. */
const rounds = 5;

/** Milliseconds between readiness checks of a starting process. */
const askEvery = 5;

const root = fileURLToPath(new URL('../', import.meta.url));

/** Milliseconds and MiB of one start of the real program. */
interface Start {
  ready: number;
  stopped: number;
  memory: number;
  peak: number;
}

export const boot: Bench = {
  name: 'boot',
  sentence: 'From `npm start` to the first answer, with time and memory by stage.',
  async run(say) {
    const bars: Bar[] = [];
    // The first start compiles every package and Node caches the result, so it is reported separately.
    await inFolder(async (folder) => {
      const { ready } = await start(folder);
      bars.push(figure('ready, fresh, first of all (compiles what is not in Node’s cache)', ready, 'ms'));
    });
    const fresh: Start[] = [];
    const again: Start[] = [];
    for (let round = 1; round <= rounds; round++) {
      say(`round ${round} of ${rounds}`);
      await inFolder(async (folder) => {
        fresh.push(await start(folder));
        again.push(await start(folder));
      });
    }
    for (const [name, starts] of [
      ['fresh', fresh],
      ['re-opened', again],
    ] as const) {
      const middle = (key: keyof Start): number =>
        quantile(
          starts.map((each) => each[key]),
          0.5,
        );
      bars.push(
        figure(`ready, ${name}`, middle('ready'), 'ms'),
        figure(`memory when ready, ${name}`, middle('memory'), 'MiB'),
        figure(`most memory until ready, ${name}`, middle('peak'), 'MiB'),
        figure(`drained and gone after SIGTERM, ${name}`, middle('stopped'), 'ms'),
      );
    }
    for (const way of ['whole', 'parts'] as const) {
      await inFolder(async (folder) => {
        for (const name of ['fresh', 're-opened']) {
          const found = await stages(way, folder);
          say(`\nThe stages one after the other, ${way}, ${name}:\n${stageTable(found)}`);
          for (const stage of found) bars.push(figure(`${way}, ${name}: ${stage.name}`, stage.milliseconds, 'ms'));
        }
      });
    }
    return bars;
  },
};

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ensemble-boot-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Starts the program as `npm start` does, waits until it is ready, and ends it. */
async function start(folder: string): Promise<Start> {
  const began = now();
  const program = startProcess(join(root, 'gateway/start.ts'), {
    args: ['--no-demo'],
    cwd: root,
    env: { PORT: '0', DATA_DIR: folder, LOG_LEVEL: 'info' },
  });
  try {
    const [, url = ''] = await program.line(/"url":"(http:[^"]+)"/, 120_000);
    while (!(await isReady(url))) await sleep(askEvery);
    const ready = now() - began;
    const { memory, peak } = memoryOf(program);
    const asked = now();
    await program.stop(30_000);
    return { ready, memory, peak, stopped: now() - asked };
  } finally {
    await program.kill();
  }
}

async function isReady(url: string): Promise<boolean> {
  return (await fetch(`${url}/health/ready`)).ok;
}

/** Current and peak resident memory in MiB; NaN where there is no /proc. */
function memoryOf({ pid }: TestProcess): { memory: number; peak: number } {
  const status = process.platform === 'linux' ? readFileSync(`/proc/${pid}/status`, 'utf8') : '';
  const mebibytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  return { memory: mebibytes('VmRSS'), peak: mebibytes('VmHWM') };
}

async function stages(way: 'whole' | 'parts', folder: string): Promise<Stage[]> {
  await using program = startProcess(join(root, 'bench/boot-stages.ts'), { args: [way, folder], cwd: root });
  const { code } = await program.ended(120_000);
  if (code !== 0) throw new Error(`The stages ended with ${code}:\n${program.output}`);
  return JSON.parse(program.stdout) as Stage[];
}

/** Wall time with its share, CPU time, and memory growth by stage. */
function stageTable(found: readonly Stage[]): string {
  const whole = found.reduce((sum, stage) => sum + stage.milliseconds, 0);
  const width = Math.max(...found.map(({ name }) => name.length));
  const cell = (value: number, unit: string): string => `${value.toFixed(0).padStart(6)} ${unit}`;
  return found
    .map(({ name, milliseconds, processor, mebibytes }) =>
      [
        name.padEnd(width),
        cell(milliseconds, 'ms'),
        cell((100 * milliseconds) / whole, '%'),
        cell(processor, 'ms of processor'),
        cell(mebibytes, 'MiB'),
      ].join('  '),
    )
    .join('\n');
}
