import { TypeID, typeid } from 'typeid-js';
import { Invalid } from '../errors/errors.ts';

/**
 * Ids are TypeIDs: a type prefix and a UUID v7 in base 32 (`ast_01j…`), so that they sort by time and show their type.
 * The same text is used in the API, in facts, in logs and in the primary key (text, collate "C").
 */
export function newId(prefix: string): string {
  return typeid(prefix).toString();
}

/** Longest accepted id: a prefix of at most 12 letters, the underscore, 26 characters. */
export const maxIdLength = 39;

/** The prefix of a well-formed id, or `null` if the text is not an id. */
export function prefixOf(id: string): string | null {
  if (id.length > maxIdLength) return null;
  const [prefix] = id.split('_', 1);
  if (!prefix || prefix === id) return null;
  // The house's own services have names as ids: svc_assets acts for the OS in reactions.
  if (/^svc_[a-z][a-z0-9-]{1,30}$/.test(id) && id.length < 30) return 'svc';
  try {
    return TypeID.fromString(id).getType();
  } catch {
    return null;
  }
}

/** Refuses an id of another kind with INVALID and the field's path. */
export function checkId(id: string, prefix: string | readonly string[], path: string[]): string {
  const allowed = typeof prefix === 'string' ? [prefix] : prefix;
  const found = prefixOf(id);
  if (found === null || !allowed.includes(found)) {
    const wanted = allowed.map((p) => `${p}_…`).join(' or ');
    throw new Invalid(`"${id.slice(0, maxIdLength)}" is not an id of this kind: expected ${wanted}.`, { path });
  }
  return id;
}

/** The prefixes of actor ids. */
export const actorPrefixes = ['usr', 'org', 'agt', 'svc'] as const;
