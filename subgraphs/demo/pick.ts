/** One at random; null if there is none. */
export function pickOrNull<T>(some: readonly T[]): T | null {
  return some[Math.floor(Math.random() * some.length)] ?? null;
}

/** One at random; throws if there is none. */
export function pick<T>(some: readonly T[]): T {
  const found = pickOrNull(some);
  if (found === null) throw new Error('There is nothing to choose from.');
  return found;
}
