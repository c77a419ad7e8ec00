import { z } from 'zod';
import { readConfig, type GatewayConfig } from '../gateway/config.ts';
import { limitRoles } from '../gateway/limits/limits.ts';
import { readVariables } from '../platform/config/read.ts';
import { wholeNumber } from '../platform/config/whole-number.ts';

/** The rations that are lifted: a benchmark is a single consumer that uses everything. */
const rations = ['rate', 'burst', 'traffic', 'trafficBurst', 'atOnce', 'sockets', 'streamsPerSocket', 'streams'];

const variables = z.object({
  BENCH_SIZE: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(wholeNumber(1, 10_000_000)))
    .optional(),
});

/** The gateway's configuration on a free port, without rations. */
export function unrationed(): GatewayConfig {
  const limits = limitRoles.flatMap((role) => rations.map((name) => `${role}.${name}=999999999999`));
  return readConfig({ PORT: '0', LIMITS: limits.join() }, []);
}

/** The number of items a benchmark creates: BENCH_SIZE, or the given default. */
export function size(otherwise: number): number {
  return sizes([otherwise])[0] ?? otherwise;
}

/** Several sizes in sequence: BENCH_SIZE separated by commas, or the given default. */
export function sizes(otherwise: readonly number[]): number[] {
  return readVariables(variables, process.env).BENCH_SIZE ?? [...otherwise];
}
