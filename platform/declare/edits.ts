import { difference, type Changed } from '../change/difference.ts';
import type { Transaction } from '../context/context.ts';
import { columnsOf } from '../nouns/classification.ts';
import type { Row } from '../nouns/options.ts';
import { DeclarationFault } from './fault.ts';
import type { Mistake } from './field.ts';
import type { Argument, ArgumentMap } from './input.ts';
import type { DeclaredNoun } from './noun.ts';

/** Each edit is named like a property of the row, which can hold its value. */
export type CheckedEdits<T, D> = {
  [K in keyof D]: K extends keyof T
    ? D[K] extends Argument<infer V>
      ? [Exclude<V, undefined>] extends [T[K]]
        ? D[K]
        : Mistake<'the property has another type, or is never null'>
      : D[K]
    : Mistake<'the row has no such property'>;
};

/** Columns that only the platform writes. */
const platformColumns = new Set(['id', 'universeId', 'createdAt', 'updatedAt', 'version']);

/** Throws `DeclarationFault` if edits of a noun's rows would not be stored, or would change what a client did not name. */
export function checkEdits<T extends Row>(mutation: string, noun: DeclaredNoun<T>, edits: ArgumentMap): void {
  const columns = columnsOf([noun.stored]);
  for (const [name, { spec }] of Object.entries(edits)) {
    const fault = platformColumns.has(name)
      ? 'only the platform writes it'
      : !columns.some(({ property, isWritten }) => property === name && isWritten)
        ? `${noun.name} stores no such property`
        : spec.defaultValue !== undefined
          ? 'its default would overwrite the row whenever the field is absent: leave `default` out'
          : null;
    if (fault !== null) throw new DeclarationFault(`${mutation}: it cannot edit ${name}: ${fault}.`);
  }
}

/** Writes the edits of an input; null if there are edits to make and none of them changes the row. */
export function edit(
  tx: Transaction,
  row: Row,
  edits: ArgumentMap,
  given: Readonly<Record<string, unknown>>,
): Changed | null {
  const names = Object.keys(edits);
  if (names.length === 0) return {};
  const before: Record<string, unknown> = {};
  const after: Record<string, unknown> = {};
  for (const name of names) {
    if (given[name] === undefined) continue;
    before[name] = (row as unknown as Record<string, unknown>)[name];
    after[name] = given[name];
  }
  const changed = difference(before, after);
  if (Object.keys(changed).length === 0) return null;
  const values = Object.fromEntries(Object.keys(changed).map((name) => [name, after[name]]));
  Object.assign(row, values, { updatedAt: tx.now() });
  return changed;
}
