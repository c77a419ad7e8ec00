import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { readCapabilitiesConfig } from '../platform/config/environment.ts';
import { readRecord } from './capability-record.ts';

/** A working capability and the tests that prove it: a line of `schema/capabilities.tsv`. */
export interface CapabilityRow {
  id: string;
  /** Coordinates that must have returned a value: `Mutation.assetCreate`, `Asset.title`, `AssetKind.ART`. */
  coordinates: string[];
  /** `<file> > <full name of the test>`. Several are joined by ` && `: each must pass, and together they exercise the coordinates. */
  test: string;
  note: string;
  /** What is missing of the capability, in a few words; such a row is proved but does not count. Empty if it is complete. */
  partial: string;
}

/** A planned capability and the OS that owns it. */
interface Planned {
  id: string;
  capability: string;
  os: string;
}

export function parseRows(text: string): CapabilityRow[] {
  return text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [id = '', coordinates = '', test = '', note = '', partial = ''] = line.split('\t');
      return { id, coordinates: coordinates.split(',').map((each) => each.trim()), test, note, partial };
    });
}

/** The reason for each unproved row, by the record of the last test run. */
export function faultsOf(rows: readonly CapabilityRow[], record: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const { id, coordinates, test } of rows) {
    if (seen.has(id)) faults.push(`${id} is listed twice`);
    seen.add(id);
    const tests = test.split(' && ');
    const unproved = tests.find((each) => !record.has(each));
    if (unproved !== undefined) {
      faults.push(`${id}: the last run has no passed test "${unproved}"`);
      continue;
    }
    const missing = coordinates.filter((coordinate) => !tests.some((each) => record.get(each)?.has(coordinate)));
    if (missing.length > 0) faults.push(`${id}: "${test}" did not return ${missing.join(', ')}`);
  }
  return faults;
}

async function plannedIn(path: string): Promise<Planned[] | null> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const [header = '', ...lines] = text.trimEnd().split('\n');
  const columns = header.split('\t');
  const at = (cells: string[], column: string): string => cells[columns.indexOf(column)] ?? '';
  return lines
    .map((line) => line.split('\t'))
    .map((cells) => ({ id: at(cells, 'id'), capability: at(cells, 'capability'), os: at(cells, 'subgraph') }));
}

/** The numbers of complete, partial and planned capabilities by OS, as lines of a table. */
function tableOf(planned: readonly Planned[], works: ReadonlySet<string>, partly: ReadonlySet<string>): string[] {
  const systems = new Map<string, [works: number, partly: number, total: number]>();
  for (const { id, os } of planned) {
    const [whole, part, total] = systems.get(os) ?? [0, 0, 0];
    systems.set(os, [whole + Number(works.has(id)), part + Number(partly.has(id)), total + 1]);
  }
  const line = (os: string, counts: readonly (number | string)[]): string =>
    [os.padEnd(16), ...counts.map((count) => String(count).padStart(6))].join(' ');
  const sorted = [...systems].sort(([a], [b]) => (a < b ? -1 : 1));
  const sum = [0, 1, 2].map((n) => sorted.reduce((so, [, counts]) => so + (counts[n] ?? 0), 0));
  return [
    line('system', ['works', 'partly', 'total']),
    ...sorted.map(([os, counts]) => line(os, counts)),
    line('all', sum),
  ];
}

async function main(): Promise<void> {
  const rows = parseRows(await readFile(new URL('capabilities.tsv', import.meta.url), 'utf8'));
  const faults = faultsOf(rows, await readRecord());
  const { list } = readCapabilitiesConfig();
  const planned = await plannedIn(list);
  const unknown = new Set(rows.map(({ id }) => id));
  for (const { id } of planned ?? []) unknown.delete(id);
  if (planned) for (const id of unknown) faults.push(`${id} is not a capability in ${list}`);

  const unproved = new Set(faults.map((fault) => fault.split(/[: ]/, 1)[0]));
  const proved = rows.filter(({ id }) => !unproved.has(id));
  const partly = new Set(proved.filter(({ partial }) => partial !== '').map(({ id }) => id));
  const works = new Set(proved.map(({ id }) => id).filter((id) => !partly.has(id)));
  if (planned) console.log(tableOf(planned, works, partly).join('\n'));
  else console.log(`No list of capabilities at ${list}: only the rows were checked.`);
  console.log(
    `${proved.length} of ${rows.length} rows are proved by the last test run, ${partly.size} of them in part.`,
  );
  for (const fault of faults) console.error(`NOT PROVED ${fault}`);
  if (process.argv.includes('--json')) {
    console.log(
      JSON.stringify({
        works: works.size,
        partly: partly.size,
        rows: rows.length,
        total: planned?.length ?? null,
        faults,
      }),
    );
  }
  if (faults.length > 0) process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
