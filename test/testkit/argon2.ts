import real, { type Options } from '@node-rs/argon2/index.js';

/** The least that Argon2 takes. */
const least = { memoryCost: 8, timeCost: 1 };
let full = false;

/**
 * Stands for `@node-rs/argon2` in the test runner's workers (see `vitest.config.ts`): thousands of people sign up in tests, and to be slow
 * is what that hash is for. What is asked for is kept but for its cost. Processes that tests start use the package itself.
 */
export function hash(password: string, options?: Options | null): Promise<string> {
  return real.hash(password, full ? options : { ...options, ...least });
}

/** Takes as long as the hash that is compared with took. */
export const { verify } = real;

/** Runs `fn` with the hashing of the house, at its full cost. */
export async function atFullCost<T>(fn: () => Promise<T>): Promise<T> {
  full = true;
  try {
    return await fn();
  } finally {
    full = false;
  }
}
