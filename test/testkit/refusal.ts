import type { AskOptions, Client } from './client.ts';

/** What a refusal says, for `toEqual`: its code, and where the fault stands when it says so. */
export interface Refused {
  code: string;
  path?: string;
}

/** Asks what must be refused with one error, and answers what it says. */
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
