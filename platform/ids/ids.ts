import { TypeID, typeid } from 'typeid-js';
import { Invalid } from '../errors/errors.ts';

/**
 * Ids are TypeIDs: a type prefix and a UUID v7 in base 32 (`ast_01j…`), so that they sort by time and tell what they name.
 * The same text stands on the wire, in facts, in logs and in the primary key (text, collate "C").
 */
export function newId(prefix: string): string {
  return typeid(prefix).toString();
}

/** Longest id we read: a prefix of at most 12 letters, the underscore, 26 characters. */
export const maxIdLength = 39;

/** The prefix of a well-formed id, or `null` when the text is no id. */
export function prefixOf(id: string): string | null {
  if (id.length > maxIdLength) return null;
  const [prefix] = id.split('_', 1);
  if (!prefix || prefix === id) return null;
  // Ids of the house's own services are names, not numbers: svc_assets acts for the OS in reactions.
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

/** The ids by which an actor can be named. */
export const actorPrefixes = ['usr', 'org', 'agt', 'svc'] as const;
