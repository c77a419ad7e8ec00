/** An amount of cents as the graph takes it. */
export function euros(minor: bigint): { amount: string; currency: string } {
  return { amount: `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`, currency: 'EUR' };
}
