/** The old and new value by field, as facts carry them. */
export type Changed = Record<string, { from: never; to: never }>;

/** JSON with sorted keys: the database stores keys in its own order. */
export function canonical(value: unknown): string {
  return JSON.stringify(value ?? null, (_name, inner: unknown) =>
    inner && typeof inner === 'object' && !Array.isArray(inner) && !(inner instanceof Date)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

export function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

/** The fields of `after` that differ from `before`. */
export function difference(before: object, after: object): Changed {
  const changed: Changed = {};
  for (const [name, value] of Object.entries(after) as [string, unknown][]) {
    const from = (before as Record<string, unknown>)[name] ?? null;
    const to = value ?? null;
    if (!same(from, to)) changed[name] = { from: from as never, to: to as never };
  }
  return changed;
}
