import { z } from 'zod';

/** How many things a benchmark makes: BENCH_SIZE, or what is given here when it is absent. */
export function size(otherwise: number): number {
  return sizes([otherwise])[0] ?? otherwise;
}

/** Several sizes one after the other: BENCH_SIZE with commas between them. */
export function sizes(otherwise: readonly number[]): number[] {
  const given = process.env['BENCH_SIZE'];
  if (!given) return [...otherwise];
  return z.array(z.coerce.number().int().min(1).max(10_000_000)).parse(given.split(','));
}
