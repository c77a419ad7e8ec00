import type { z } from 'zod';
import { ConfigFault } from './fault.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads variables. An empty one counts as absent. Throws `ConfigFault` with the name of the first variable at fault. */
export function readVariables<T extends z.ZodObject>(shape: T, env: Environment): z.output<T> {
  const present: Record<string, string> = {};
  for (const name of Object.keys(shape.shape)) {
    const value = env[name];
    if (value !== undefined && value !== '') present[name] = value;
  }
  const result = shape.safeParse(present);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const name = String(issue?.path[0] ?? 'The environment');
  throw new ConfigFault(`${name}: ${present[name] === undefined ? 'is needed' : (issue?.message ?? 'is not valid')}`);
}
