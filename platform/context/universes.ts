import { NotFound } from '../errors/errors.ts';
import { defaultUniverse } from './actor.ts';

/** A universe's slug: it appears in headers, tokens and rows. */
export const universeSlug = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The universes of this process: `main` and those that were opened. A request for any other is refused before anything is done, so
 * that nobody creates rows, mails or allowances in an invented universe.
 */
export class Universes {
  readonly #slugs: Set<string>;

  constructor(slugs: Iterable<string> = []) {
    this.#slugs = new Set([defaultUniverse, ...slugs]);
  }

  /** Accepts requests of one more universe from now on. */
  open(slug: string): void {
    if (!universeSlug.test(slug)) throw new Error(`"${slug}" is no slug of a universe.`);
    this.#slugs.add(slug);
  }

  /** Why a request of this universe is refused; null if it is accepted. */
  refusal(slug: string): NotFound | null {
    if (this.#slugs.has(slug)) return null;
    return new NotFound(
      `universe: there is no universe "${slug.slice(0, 63)}" here. Leave it out for "${defaultUniverse}", or name one that this installation has opened.`,
      { path: ['universe'] },
    );
  }
}
