import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Context, Secrets } from '../context/context.ts';
import { defaultUniverse } from '../context/actor.ts';
import { Expired, Unauthenticated } from '../errors/errors.ts';

/** The derived keys of each OS. */
const keys = new WeakMap<Secrets, Map<string, Buffer>>();

function keyOf({ secrets, os }: Context): Buffer {
  const known = keys.get(secrets) ?? new Map<string, Buffer>();
  keys.set(secrets, known);
  let key = known.get(os);
  if (!key) {
    const { linkKey, sealingKey } = secrets;
    key = Buffer.from(hkdfSync('sha256', linkKey ?? sealingKey, '', `${os} media links`, 32));
    known.set(os, key);
  }
  return key;
}

/** `purpose` is what a link permits its bearer to do with the object of this id, such as view it. */
function signature(context: Context, purpose: string, id: string, until: number): Buffer {
  return createHmac('sha256', keyOf(context)).update(`${purpose}\n${context.universe}\n${id}\n${until}`).digest();
}

/** The query of a URL that carries its own permission until a time, and its universe. */
export function signedQuery(context: Context, purpose: string, id: string, endsAt: Date): string {
  const until = Math.floor(endsAt.getTime() / 1000);
  const query = universeQuery(context);
  query.set('until', String(until));
  query.set('signature', signature(context, purpose, id, until).toString('base64url'));
  return `?${query}`;
}

/** The query of a URL that needs no permission: empty, or the universe if it is not `main`. */
export function plainQuery(context: Context): string {
  const query = universeQuery(context);
  return query.size > 0 ? `?${query}` : '';
}

/** Whether the query has a valid signature; false if it has none. UNAUTHENTICATED for an invalid one, EXPIRED for an old one. */
export function signedFor(context: Context, purpose: string, id: string, query: URLSearchParams): boolean {
  const given = query.get('signature');
  if (given === null) return false;
  const until = Number(query.get('until'));
  const right = signature(context, purpose, id, until);
  const found = Buffer.from(given, 'base64url');
  if (found.length !== right.length || !timingSafeEqual(found, right))
    throw new Unauthenticated('The signature of this link is invalid.');
  if (until * 1000 <= context.now().getTime())
    throw new Expired('This link has expired. Query the graph for a new one.');
  return true;
}

function universeQuery({ universe }: Context): URLSearchParams {
  return new URLSearchParams(universe === defaultUniverse ? {} : { universe });
}
