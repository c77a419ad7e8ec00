import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parse, stripIgnoredCharacters } from 'graphql';
import { ConfigFault } from '../../platform/config/fault.ts';

/** Documents in all manifests together: a large house has some thousands of operations. */
const mostDocuments = 50_000;
/** Characters of all documents together; they stay in memory. */
const heaviestDocuments = 64_000_000;
/** Characters of an id, which each request may repeat: the longest hash in use, SHA-512 in hex with a prefix, has 135. */
export const longestId = 256;

/** The documents that clients were built with. */
export interface Manifest {
  /** Texts by the ids in the manifests and by their own SHA-256 in hex, as the documents were first listed. */
  readonly byId: ReadonlyMap<string, string>;
  /** The SHA-256 of each text, and of each without ignored characters: clients indent and comment differently. */
  readonly hashes: ReadonlySet<string>;
  /** Characters of the longest document without ignored characters. */
  readonly longest: number;
  /** Every text once. */
  readonly texts: readonly string[];
}

export const noManifest: Manifest = { byId: new Map(), hashes: new Set(), longest: 0, texts: [] };

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Reads manifests, each in one of the forms that clients' tools write: `{ "<id>": "<text>" }` (GraphQL Code Generator's client preset,
 * Relay), or Apollo's `{ "format": "apollo-persisted-query-manifest", "version": 1, "operations": [{ "id", "body" }] }`. Rejects with
 * `ConfigFault`.
 */
export async function readManifests(paths: readonly string[]): Promise<Manifest> {
  const byId = new Map<string, string>();
  const hashes = new Set<string>();
  const texts = new Set<string>();
  let characters = 0;
  let longest = 0;
  for (const path of paths) {
    const fault = (what: string): ConfigFault => new ConfigFault(`TRUSTED_MANIFESTS: ${path} ${what}`);
    const note = (id: string, text: string): void => {
      const before = byId.get(id);
      if (before !== undefined && before !== text)
        throw fault(`has another document as "${id}" than was listed before`);
      byId.set(id, text);
    };
    for (const [id, text] of entriesOf(await readJson(path, fault), fault)) {
      note(id, text);
      if (texts.has(text)) continue;
      const normal = normalOf(text);
      if (normal === null) throw fault(`has as "${id}" no GraphQL document`);
      texts.add(text);
      note(sha256(text), text);
      hashes.add(sha256(text)).add(sha256(normal));
      characters += text.length;
      longest = Math.max(longest, normal.length);
      if (texts.size > mostDocuments || characters > heaviestDocuments)
        throw fault(
          `is too large: manifests have at most ${mostDocuments} documents and ${heaviestDocuments} characters`,
        );
    }
  }
  return { byId, hashes, longest, texts: [...texts] };
}

/** The document without indentation, commas and comments; null if it is none. */
export function normalOf(text: string): string | null {
  try {
    return stripIgnoredCharacters(text);
  } catch {
    return null;
  }
}

async function readJson(path: string, fault: (what: string) => ConfigFault): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw fault(`cannot be read: ${error.message}`);
  });
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw fault('is not valid JSON');
  }
}

function entriesOf(found: unknown, fault: (what: string) => ConfigFault): [string, string][] {
  const unknown = (): ConfigFault =>
    fault('is no manifest: it must be { "<id>": "<document>", … }, or Apollo’s manifest of version 1');
  if (!isRecord(found)) throw unknown();
  const { format, version, operations } = found;
  const isApollo = format === 'apollo-persisted-query-manifest';
  if (isApollo && (version !== 1 || !Array.isArray(operations))) throw unknown();
  const entries = isApollo
    ? (operations as unknown[]).map((each) => (isRecord(each) ? [each['id'], each['body']] : []))
    : Object.entries(found);
  return entries.map(([id, text]) => {
    if (typeof id !== 'string' || typeof text !== 'string') throw unknown();
    if (id === '' || id.length > longestId) throw fault(`has an id that is not of 1 to ${longestId} characters`);
    parsable(id, text, fault);
    return [id, text];
  });
}

/** Throws if the text is no document: an operator should hear it at the start, not a client later. */
function parsable(id: string, text: string, fault: (what: string) => ConfigFault): void {
  try {
    parse(text, { noLocation: true });
  } catch (error) {
    throw fault(`has as "${id}" no GraphQL document: ${(error as Error).message.split('\n', 1)[0]}`);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
