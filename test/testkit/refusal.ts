import type { AskOptions, Client } from './client.ts';

/** A refusal for `toEqual`: its code, and the path of the error if it has one. */
export interface Refused {
  code: string;
  path?: string;
}

/** Runs an operation that must be refused with one error, and returns it. */
export async function refusal(
  client: Client,
  operation: string,
  variables?: Record<string, unknown>,
  options?: AskOptions,
): Promise<Refused> {
  const errors = await client.askForErrors(operation, variables, options);
  const [error] = errors;
  if (!error || errors.length > 1) throw new Error(`One error was expected, these came: ${JSON.stringify(errors)}`);
  const { code, path } = error.extensions;
  return { code, ...(path ? { path: path.join('.') } : {}) };
}
