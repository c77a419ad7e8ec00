import { z } from 'zod';
import { readConfig, type GatewayConfig } from '../gateway/config.ts';
import { limitRoles } from '../gateway/limits/limits.ts';
import { readVariables } from '../platform/config/read.ts';
import { wholeNumber } from '../platform/config/whole-number.ts';

/** The rations that are lifted: a benchmark is a single consumer that uses everything. */
const rations = ['rate', 'burst', 'traffic', 'trafficBurst', 'atOnce', 'sockets', 'streamsPerSocket', 'streams'];

/** The limits of one operation that are lifted where operations of others are measured. */
const operationLimits = ['depth', 'tokens', 'aliases', 'rootFields', 'fields', 'pageSize', 'cost', 'objects'];

const variables = z.object({
  BENCH_ONLY: z
    .string()
    .transform((text) => text.split(','))
    .optional(),
  BENCH_SIZE: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(wholeNumber(1, 10_000_000)))
    .optional(),
});

/** The gateway's configuration on a free port, without rations. */
export function unrationed(): GatewayConfig {
  return readConfig({ PORT: '0', LIMITS: lifted(rations) }, []);
}

/** The value of `LIMITS` without rations and without limits of an operation. */
export function withoutLimits(): string {
  return lifted([...rations, ...operationLimits]);
}

function lifted(names: readonly string[]): string {
  return limitRoles.flatMap((role) => names.map((name) => `${role}.${name}=999999999999`)).join();
}

/** The parts of a benchmark that BENCH_ONLY names, separated by commas; null for all. */
export function only(): readonly string[] | null {
  return readVariables(variables, process.env).BENCH_ONLY ?? null;
}

/** The number of items a benchmark creates: BENCH_SIZE, or the given default. */
export function size(otherwise: number): number {
  return sizes([otherwise])[0] ?? otherwise;
}

/** Several sizes in sequence: BENCH_SIZE separated by commas, or the given default. */
export function sizes(otherwise: readonly number[]): number[] {
  return readVariables(variables, process.env).BENCH_SIZE ?? [...otherwise];
}
