import type { IncomingHttpHeaders } from 'node:http';
import type { ActorSnapshot } from '../../platform/context/actor.ts';
import type { Forwarded, RequestInfo } from '../../platform/context/request.ts';
import { claimsOf } from '../authentication/claims.ts';
import { sendable, type HeaderRule, type HeaderRules } from './rules.ts';

type Headers = Readonly<Record<string, string>>;

/** Applies the header rules: which headers each foreign subgraph gets of a request. */
export class HeaderForwarding {
  readonly #rules: HeaderRules;
  readonly #isEmpty: boolean;

  constructor(rules: HeaderRules) {
    this.#rules = rules;
    const all = [rules.all, ...Object.values(rules.subgraphs)];
    this.#isEmpty = all.every(({ forward, set }) => forward.length === 0 && Object.keys(set).length === 0);
  }

  /** The headers of a request by subgraph; undefined if no rule adds any. `given` are those of the client, by lower-case names. */
  of(given: Headers, actor: ActorSnapshot): Forwarded | undefined {
    if (this.#isEmpty) return undefined;
    const claims = claimsOf(actor);
    const { all, subgraphs } = this.#rules;
    const resolve = (...rules: HeaderRule[]): Headers => {
      const stripped = new Set(rules.flatMap(({ strip }) => strip));
      const headers: Record<string, string> = {};
      for (const name of rules.flatMap(({ forward }) => forward))
        if (!stripped.has(name) && Object.hasOwn(given, name)) headers[name] = given[name] ?? '';
      for (const [name, value] of rules.flatMap(({ set }) => Object.entries(set))) {
        const said = typeof value === 'string' ? value : textOf(claims[value.claim]);
        // What a rule sets never has the client's value instead, whichever rule forwards it.
        delete headers[name];
        if (said !== null && !stripped.has(name)) headers[name] = said;
      }
      return headers;
    };
    return {
      all: resolve(all),
      subgraphs: Object.fromEntries(Object.entries(subgraphs).map(([name, rule]) => [name, resolve(all, rule)])),
    };
  }

  /** The headers of one client. */
  client(headers: IncomingHttpHeaders): ClientHeaders {
    // Nearly every request: without rules nothing of it is passed on.
    return new ClientHeaders(this, this.#isEmpty ? {} : headersOf(headers));
  }

  /** The headers of one subgraph: those that the gateway itself sends, and those of the rules. */
  sent(subgraph: string, standard: Headers, info: RequestInfo): Headers {
    const { all, subgraphs } = this.#rules;
    const own = Object.hasOwn(subgraphs, subgraph) ? subgraphs[subgraph] : undefined;
    const stripped = new Set([...all.strip, ...(own?.strip ?? [])]);
    const kept = Object.fromEntries(Object.entries(standard).filter(([name]) => !stripped.has(name)));
    // The gateway's own look at a subgraph has no client; it gets what is set all the same.
    return { ...kept, ...forwardedTo(info.forwarded ?? this.of({}, info.actor), subgraph) };
  }
}

/** The headers of one client: of its request or, over a socket, of the upgrade and what the client says instead. */
export class ClientHeaders {
  readonly #forwarding: HeaderForwarding;
  readonly #headers: Record<string, string>;

  constructor(forwarding: HeaderForwarding, headers: Record<string, string>) {
    this.#forwarding = forwarding;
    this.#headers = headers;
  }

  /** Takes what the client says instead of headers, by lower-case names. */
  adopt(words: Readonly<Record<string, string | undefined>>): void {
    for (const [name, value] of Object.entries(words))
      if (value !== undefined && sendable.test(value)) this.#headers[name] = value;
  }

  /** The headers that subgraphs get for this actor. */
  of(actor: ActorSnapshot): Forwarded | undefined {
    return this.#forwarding.of(this.#headers, actor);
  }
}

/** The headers that a subgraph gets by the rules. */
function forwardedTo(forwarded: Forwarded | undefined, subgraph: string): Headers {
  if (!forwarded) return {};
  const { all, subgraphs } = forwarded;
  return Object.hasOwn(subgraphs, subgraph) ? (subgraphs[subgraph] ?? all) : all;
}

/**
 * What answers of these subgraphs depend on besides the operation and the viewer's rights: the headers that they get. Requests may share
 * a fetch or a stream only if it is equal.
 */
export function forwardedKey({ forwarded }: RequestInfo, foreign: Iterable<string>): string {
  if (!forwarded) return '';
  return JSON.stringify(
    [...foreign].toSorted().map((name) => [name, Object.entries(forwardedTo(forwarded, name)).toSorted(byName)]),
  );
}

/** The headers of a request as one text each, without those that its Connection header makes part of the connection. */
function headersOf(headers: IncomingHttpHeaders): Record<string, string> {
  const hop = new Set((headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !hop.has(name)) found[name] = Array.isArray(value) ? value.join(', ') : value;
  return found;
}

function byName([a]: [string, string], [b]: [string, string]): number {
  return a < b ? -1 : 1;
}

/** A claim as a header's value; null if it cannot be sent. */
function textOf(claim: unknown): string | null {
  const text = Array.isArray(claim) ? claim.map(String).join(' ') : claim;
  if (typeof text !== 'string' && typeof text !== 'number' && typeof text !== 'boolean') return null;
  return sendable.test(String(text)) ? String(text) : null;
}
