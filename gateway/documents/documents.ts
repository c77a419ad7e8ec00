import { LRUCache } from 'lru-cache';
import type { Logger } from '../../platform/telemetry/log.ts';
import { badQuery, GatewayError } from '../errors.ts';
import { longestId, normalOf, sha256, type Manifest } from './manifest.ts';
import type { Sender } from './sender.ts';
import { Strangers } from './strangers.ts';

/** What happens to documents that no manifest lists. */
export type Trust = 'off' | 'log' | 'enforce';

/** How a request names its document. */
export interface Named {
  /** The text; null or empty if the request has none. */
  query: string | null;
  /** The id by the draft "Persisted Documents" of GraphQL over HTTP. */
  documentId: unknown;
  /** `persistedQuery` is the id in Apollo's protocol. */
  extensions: Record<string, unknown> | null | undefined;
}

/** Documents that clients registered themselves: a client has some dozens, so these are some hundred clients'. */
const mostRegistered = 5_000;
const heaviestRegistered = 8_000_000;
/** Texts for which it is known whether a manifest lists them. */
const mostJudged = 2_000;
const heaviestJudged = 4_000_000;
/** A text this many times longer than the longest document is not a differently indented one, and is not read. */
const loosest = 16;

const sha256Id = /^sha256:(.*)$/s;
const hex = /^[0-9a-f]{64}$/;

/**
 * The documents that requests may name by an id, and those that may run. Ids are those of manifests, or the SHA-256 of a text that a
 * client has sent before (automatic persisted queries). An id only replaces the text: it is parsed, measured and validated as if it
 * had been sent.
 */
export class Documents {
  readonly #trust: Trust;
  readonly #strangers: Strangers;
  /** Null if clients may not register documents. */
  readonly #registered: LRUCache<string, string> | null;
  readonly #judged = new LRUCache<string, { isKnown: boolean; hash: string }>({
    max: mostJudged,
    maxSize: heaviestJudged,
    sizeCalculation: (_, text) => Math.max(1, text.length),
  });
  #manifest: Manifest;

  constructor(options: { manifest: Manifest; trust: Trust; automatic: boolean; log: Logger }) {
    const { manifest, trust, automatic, log } = options;
    this.#manifest = manifest;
    this.#trust = trust;
    this.#strangers = new Strangers(log);
    // Where only listed documents run, registering others would be of no use.
    this.#registered =
      automatic && trust !== 'enforce'
        ? new LRUCache({ max: mostRegistered, maxSize: heaviestRegistered, sizeCalculation: (text) => text.length })
        : null;
  }

  /** The documents of the manifests. */
  get texts(): readonly string[] {
    return this.#manifest.texts;
  }

  /** Replaces the manifests. */
  replace(manifest: Manifest): void {
    this.#manifest = manifest;
    this.#judged.clear();
  }

  /**
   * The text of a request's document; empty if the request names none. Throws PERSISTED_QUERY_NOT_FOUND if the client must send the text,
   * and BAD_QUERY if the id is not the text's.
   */
  find({ query, documentId, extensions }: Named): string {
    const id = idOf(documentId) ?? automaticIdOf(extensions);
    if (id === null) return query ?? '';
    const listed = this.#manifest.byId.get(id);
    if (query === null || query === '') {
      const text = listed ?? this.#registered?.get(id);
      if (text !== undefined) return text;
      if (this.#trust === 'enforce') throw untrusted();
      throw this.#registered ? unknownId() : noRegistration();
    }
    if (listed === query) return query;
    if (sha256(query) !== id)
      throw badQuery(
        'The hash of the document is not the SHA-256 of its text `query`. Send one of the two, or both alike.',
      );
    if (this.#registered && query.length <= heaviestRegistered) this.#registered.set(id, query);
    return query;
  }

  /**
   * Decides whether a document may run. Throws DOCUMENT_NOT_TRUSTED where only listed ones may, except for operators: they explore the
   * graph and look into incidents, and are few and known by name.
   */
  judge(text: string, sender: Sender): void {
    if (this.#trust === 'off') return;
    const { isKnown, hash } = this.#verdictOn(text);
    if (isKnown) return;
    const mayRun = this.#trust === 'log' || sender.actor.platformRoles.includes('OPERATOR');
    this.#strangers.note(hash, sender, mayRun ? 'ran' : 'refused');
    if (!mayRun) throw untrusted();
  }

  #verdictOn(text: string): { isKnown: boolean; hash: string } {
    const before = this.#judged.get(text);
    if (before) return before;
    const { hashes, longest } = this.#manifest;
    const hash = sha256(text);
    let isKnown = hashes.has(hash);
    if (!isKnown && text.length <= longest * loosest) {
      const normal = normalOf(text);
      isKnown = normal !== null && hashes.has(sha256(normal));
    }
    const verdict = { isKnown, hash };
    if (text.length <= heaviestJudged) this.#judged.set(text, verdict);
    return verdict;
  }
}

/** Whether a request names its document by an id. */
export function hasId({ documentId, extensions }: Omit<Named, 'query'>): boolean {
  return (documentId ?? null) !== null || (extensions?.['persistedQuery'] ?? null) !== null;
}

/** The id without the prefix of a SHA-256; null if the request has none. */
function idOf(documentId: unknown): string | null {
  if (documentId === undefined || documentId === null) return null;
  if (typeof documentId !== 'string' || documentId === '' || documentId.length > longestId)
    throw badQuery(
      `\`documentId\` must be a text of 1 to ${longestId} characters, such as sha256: and 64 hexadecimal digits.`,
    );
  const digits = sha256Id.exec(documentId)?.[1];
  if (digits !== undefined && !hex.test(digits))
    throw badQuery('`documentId` after "sha256:" must be 64 hexadecimal digits in lower case.');
  return digits ?? documentId;
}

function automaticIdOf(extensions: Named['extensions']): string | null {
  const given = extensions?.['persistedQuery'];
  if (given === undefined || given === null) return null;
  const { version, sha256Hash: id } = given as Record<string, unknown>;
  if (typeof id !== 'string' || id === '' || id.length > longestId)
    throw badQuery(
      `extensions.persistedQuery.sha256Hash: must be the hash of a document, of 1 to ${longestId} characters.`,
    );
  if (version !== 1) throw badQuery('extensions.persistedQuery.version: must be 1.');
  return id;
}

/** The messages of these two are a part of Apollo's protocol: some clients read them instead of the code. */
function unknownId(): GatewayError {
  return new GatewayError('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound');
}

function noRegistration(): GatewayError {
  return new GatewayError('PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported');
}

function untrusted(): GatewayError {
  return new GatewayError(
    'DOCUMENT_NOT_TRUSTED',
    'This graph answers only the operations that its clients were built with. Register the document in a manifest of TRUSTED_MANIFESTS.',
  );
}
