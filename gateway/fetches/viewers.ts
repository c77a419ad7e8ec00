import { LRUCache } from 'lru-cache';
import { parse, type GraphQLSchema } from 'graphql';
import type { Audience } from '../../platform/access/audience.ts';
import type { RequestInfo } from '../../platform/context/request.ts';
import { audienceOf, fingerprintOf } from '../subscriptions/audience.ts';
import type { SupergraphNotes } from '../supergraph/notes.ts';
import { forwardedKey } from '../headers/forwarding.ts';

/** Texts of fetches whose audience is kept, and their characters: some for each of the plans that are kept. */
const mostKept = 4_000;
const heaviestTexts = 4_000_000;

const none: ReadonlySet<string> = new Set();

/** Whose fetches of one supergraph get equal answers. */
export class Viewers {
  readonly #schema: GraphQLSchema;
  readonly #notes: SupergraphNotes;
  readonly #audiences = new LRUCache<string, Audience>({ max: mostKept, maxSize: heaviestTexts });
  /** Of the requests in progress: all fetches of an operation have the same. */
  readonly #keys = new WeakMap<RequestInfo, Partial<Record<Audience, string>>>();

  constructor({ apiSchema, notes }: { apiSchema: GraphQLSchema; notes: SupergraphNotes }) {
    this.#schema = apiSchema;
    this.#notes = notes;
  }

  /**
   * Equal for viewers who get equal answers to a fetch from an OS of this house: all, those with equal rights, or one and the same viewer,
   * as its fields are tagged.
   */
  own(text: string, info: RequestInfo): string {
    const audience = this.#audienceOf(text);
    let keys = this.#keys.get(info);
    if (!keys) this.#keys.set(info, (keys = {}));
    return (keys[audience] ??= `${audience} ${fingerprintOf({ audience, foreign: none }, info) ?? self(info)}`);
  }

  /** Equal for viewers of whom a foreign subgraph gets equal headers: it knows nothing else of them. */
  foreign(subgraph: string, info: RequestInfo): string {
    return forwardedKey(info, [subgraph]);
  }

  #audienceOf(text: string): Audience {
    let audience = this.#audiences.get(text);
    if (audience === undefined) {
      audience = audienceOf(this.#schema, this.#notes, parse(text, { noLocation: true }));
      this.#audiences.set(text, audience, { size: text.length });
    }
    return audience;
  }
}

/** One viewer in one session, with what it acts for and with which rights. */
function self({ actor, universe, actingFor }: RequestInfo): string {
  return JSON.stringify([universe, actingFor, actor]);
}
