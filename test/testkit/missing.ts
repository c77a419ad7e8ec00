import { existsSync, globSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromiumMissing } from './chromium-path.ts';
import { testConfig } from './config.ts';
import { natsMissing } from './nats.ts';
import { pgbouncerMissing } from './pgbouncer.ts';
import { postgresMissing } from './postgres.ts';

/**
 * A test file's name states its needs beyond Node: `lot.pg.test.ts` needs a real Postgres, `relay.pg.nats.test.ts` two things. `proc`
 * marks files that start processes, for which Node suffices; `long` files that take minutes and run on request. Each need returns why
 * it cannot be met, or `null`.
 */
export const needs = {
  pg: postgresMissing,
  nats: natsMissing,
  pgbouncer: pgbouncerMissing,
  browser: chromiumMissing,
  data: dataMissing,
  proc: () => null,
  hive: hiveMissing,
  long: longUnwanted,
} satisfies Record<string, () => string | null>;

export type Need = keyof typeof needs;

function dataMissing(): string | null {
  const { datasets } = testConfig();
  if (datasets === null)
    return 'no data sets: set DATASETS to the folder that holds them, or to nothing where there are none';
  if (statSync(datasets, { throwIfNoEntry: false })?.isDirectory()) return null;
  return `no data sets: DATASETS=${datasets} is not a folder`;
}

/** The package of Hive Gateway, which is in no `package.json` of ours because of its size. */
const hivePackage = fileURLToPath(
  new URL('../../bench/gateway/hive/node_modules/@graphql-hive/gateway/package.json', import.meta.url),
);

function hiveMissing(): string | null {
  return existsSync(hivePackage) ? null : 'no Hive Gateway: npm ci --ignore-scripts --prefix bench/gateway/hive';
}

function longUnwanted(): string | null {
  return testConfig().long ? null : 'it takes minutes: set LONG=1';
}

/** The needs in a test file's name. An unknown one is an error, because the file would run without it. */
export function needsOf(file: string): Need[] {
  const name = file.slice(file.lastIndexOf('/') + 1);
  const words = name
    .replace(/\.test\.ts$/, '')
    .split('.')
    .slice(1);
  return words.map((word) => {
    if (word in needs) return word as Need;
    throw new Error(`${file}: ${word} is not a need; known are ${Object.keys(needs).join(', ')}.`);
  });
}

export interface LeftOut {
  file: string;
  reason: string;
  /** Whether a complete run fails without it: all except tests that take minutes, and data sets declared absent. */
  required: boolean;
}

/** The needs that this machine cannot meet, with the reason. */
export function unmet(): Map<Need, string> {
  const reasons = new Map<Need, string>();
  for (const need of Object.keys(needs) as Need[]) {
    const reason = needs[need]();
    if (reason !== null) reasons.set(need, reason);
  }
  return reasons;
}

/** Patterns of the files that cannot run here. */
export function unmetPatterns(reasons: ReadonlyMap<Need, string> = unmet()): string[] {
  return [...reasons.keys()].flatMap((need) => [`test/**/*.${need}.test.ts`, `test/**/*.${need}.*.test.ts`]);
}

/** The test files under `root` that cannot run here, each with its reason. */
export function leftOut(root: string, reasons: ReadonlyMap<Need, string> = unmet()): LeftOut[] {
  const excused = new Set<Need>(testConfig().withoutDatasets ? ['long', 'data'] : ['long']);
  return globSync('test/**/*.test.ts', { cwd: root })
    .toSorted()
    .flatMap((file) => {
      const wanted = needsOf(file).filter((need) => reasons.has(need));
      const reason = wanted.map((need) => reasons.get(need)).join('; ');
      return wanted.length === 0 ? [] : [{ file, reason, required: wanted.some((need) => !excused.has(need)) }];
    });
}
