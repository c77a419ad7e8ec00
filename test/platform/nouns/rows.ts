import type { Database } from '../../../platform/database/database.ts';

/** Rows with many equal values, nulls, and text that sorts or matches in special ways. */
export interface CounterRow {
  id: string;
  name: string;
  note: string | null;
  kind: 'HOT' | 'COLD';
  value: number;
  goal: number | null;
  happenedAt: string | null;
  day: string | null;
  labels: string[];
  createdAt: string;
}

const names = [
  'a',
  'A',
  'á',
  'b',
  'B',
  'z',
  'Z',
  'Ä',
  'ä',
  'aa',
  'a b',
  'a-b',
  'a_b',
  '100%',
  '_',
  '\\',
  'Éclair',
  '10',
  '9',
  'ß',
];
const notes = [null, 'x', 'X%', 'under_score', 'back\\slash', 'wide', null, 'Ünïcode'];

function at<T>(list: readonly T[], n: number): T {
  return list[n % list.length] as T;
}

/** Deterministic, so that both databases have the same rows. */
export const rows: CounterRow[] = Array.from({ length: 60 }, (_, n) => ({
  id: `cnt_${String((n * 37) % 60).padStart(3, '0')}`,
  name: at(names, n * 7),
  note: at(notes, n * 5 + (n % 3)),
  kind: n % 3 === 0 ? 'HOT' : 'COLD',
  value: (n * n) % 4,
  goal: n % 4 === 0 ? null : n % 5,
  happenedAt: n % 6 === 0 ? null : new Date(Date.UTC(2026, 2, 28 + (n % 3), (n * 5) % 24, n % 60)).toISOString(),
  day: n % 5 === 0 ? null : `2026-0${1 + (n % 4)}-1${n % 7}`,
  labels: ['a', 'A', 'é', 'b'].filter((_, m) => (n >> m) % 2 === 1),
  createdAt: new Date(Date.UTC(2026, 0, 1 + (n % 3), 0, 0, 0, n % 2)).toISOString(),
}));

export async function fill(database: Database, list: readonly CounterRow[] = rows, universe = 'main'): Promise<void> {
  await database.query(
    `insert into counters.counters (id, universe_id, created_at, updated_at, name, note, kind, value, open, owner_id, goal, happened_at, day, labels)
     select id, $2, "createdAt", "createdAt", name, note, kind, value, true, 'usr_ann', goal, "happenedAt", day, labels
     from jsonb_to_recordset($1::jsonb) as r(id text, name text, note text, kind text, value int, goal int,
       "happenedAt" timestamptz, day date, labels text[], "createdAt" timestamptz)`,
    [JSON.stringify(list), universe],
  );
}

/** A row as a fact's payload, in which null values may be absent. */
export function asEvent(row: CounterRow, absent: boolean): Record<string, unknown> {
  const all = Object.entries({ ...row, ownerId: 'usr_ann' });
  return Object.fromEntries(absent ? all.filter(([, value]) => value !== null) : all);
}
