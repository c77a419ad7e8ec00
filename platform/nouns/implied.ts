/** A condition of MikroORM, as far as it is compared. */
type Condition = Readonly<Record<string, unknown>>;

/**
 * Whether every row that fulfils the condition `given` certainly fulfils `wanted`. Compares the structure alone: `false` says only that it
 * cannot be seen. `{}` is fulfilled by every row.
 */
export function implies(given: unknown, wanted: unknown): boolean {
  if (!isCondition(given) || !isCondition(wanted)) return same(given, wanted);
  return Object.entries(wanted).every(([key, part]) => impliesPart(given, key, part));
}

function impliesPart(given: Condition, key: string, part: unknown): boolean {
  const isStricter = (): boolean => partsOf(given, '$and').some((each) => implies(each, { [key]: part }));
  if (key === '$and') return (part as unknown[]).every((each) => implies(given, each));
  if (key === '$or') {
    const ways = partsOf(given, '$or');
    if ((part as unknown[]).some((each) => implies(given, each)) || isStricter()) return true;
    return ways.length > 0 && ways.every((each) => implies(each, { $or: part }));
  }
  if (!(key in given)) return isStricter();
  // Of the other operators some turn the implication round.
  return (key.startsWith('$') ? same(given[key], part) : impliesValue(given[key], part)) || isStricter();
}

/** Whether a value or operator of a property implies another one: `{ $in: ['A'] }` implies `{ $in: ['A', 'B'] }`. */
function impliesValue(given: unknown, wanted: unknown): boolean {
  const among = listOf(wanted);
  if (among) {
    const has = listOf(given) ?? (isCondition(given) ? null : [given]);
    return has !== null && has.every((each) => among.some((one) => same(one, each)));
  }
  return implies(given, wanted);
}

function listOf(value: unknown): readonly unknown[] | null {
  if (!isCondition(value) || Object.keys(value).length !== 1 || !('$in' in value)) return null;
  return Array.isArray(value['$in']) ? value['$in'] : null;
}

function partsOf(condition: Condition, key: '$and' | '$or'): readonly unknown[] {
  const parts = condition[key];
  return Array.isArray(parts) ? parts : [];
}

function isCondition(value: unknown): value is Condition {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
