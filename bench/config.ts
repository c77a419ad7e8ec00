import { z } from 'zod';
import { readConfig, type GatewayConfig } from '../gateway/config.ts';
import { limitRoles } from '../gateway/limits/limits.ts';

/** What a consumer gets over time and at once; a benchmark is one consumer that takes all there is. */
const rations = ['rate', 'burst', 'traffic', 'trafficBurst', 'atOnce', 'sockets', 'streamsPerSocket', 'streams'];

/** The gateway's own configuration at a free port, without rations. */
export function unrationed(): GatewayConfig {
  const limits = limitRoles.flatMap((role) => rations.map((name) => `${role}.${name}=999999999999`));
  return readConfig({ PORT: '0', LIMITS: limits.join() }, []);
}

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
