import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Context, Secrets } from '../../../platform/context/context.ts';
import { defaultUniverse } from '../../../platform/context/actor.ts';
import { Expired, Unauthenticated } from '../../../platform/errors/errors.ts';

/** What a link lets its bearer do: look at one medium that is not shown to everybody, or send the bytes of one upload. */
export type LinkPurpose = 'look' | 'upload';

/**
 * Milliseconds for which a link to what is not published is good, at least and at most twice that: a page that stands open over
 * lunch still shows its pictures. The end is rounded up, so that the same picture has the same address for a while and is cached.
 */
const lookLifetime = 3_600_000;

const keys = new WeakMap<Secrets, Buffer>();

function keyOf(secrets: Secrets): Buffer {
  let key = keys.get(secrets);
  if (!key) {
    const { linkKey, sealingKey } = secrets;
    key = Buffer.from(hkdfSync('sha256', linkKey ?? sealingKey, '', 'assets media links', 32));
    keys.set(secrets, key);
  }
  return key;
}

function signature(context: Context, purpose: LinkPurpose, id: string, until: number): Buffer {
  return createHmac('sha256', keyOf(context.secrets))
    .update(`${purpose}\n${context.universe}\n${id}\n${until}`)
    .digest();
}

/** The query by which an address carries its own permission until a time, and the universe in which it is. */
export function signedQuery(context: Context, purpose: LinkPurpose, id: string, endsAt: Date): string {
  const until = Math.floor(endsAt.getTime() / 1000);
  const query = universeQuery(context);
  query.set('until', String(until));
  query.set('signature', signature(context, purpose, id, until).toString('base64url'));
  return `?${query}`;
}

/** The query of an address that needs no permission: nothing, or the universe where it is not the usual one. */
export function plainQuery(context: Context): string {
  const query = universeQuery(context);
  return query.size > 0 ? `?${query}` : '';
}

/** When a link to look that is made now ends. */
export function lookUntil(now: Date): Date {
  return new Date((Math.floor(now.getTime() / lookLifetime) + 2) * lookLifetime);
}

/** Whether the query carries a good signature; false when it carries none. UNAUTHENTICATED for a bad one, EXPIRED for an old one. */
export function signedFor(context: Context, purpose: LinkPurpose, id: string, query: URLSearchParams): boolean {
  const given = query.get('signature');
  if (given === null) return false;
  const until = Number(query.get('until'));
  const right = signature(context, purpose, id, until);
  const found = Buffer.from(given, 'base64url');
  if (found.length !== right.length || !timingSafeEqual(found, right))
    throw new Unauthenticated('This link is not one of ours.');
  if (until * 1000 <= context.now().getTime()) throw new Expired('This link has ended. Ask the graph for a new one.');
  return true;
}

function universeQuery({ universe }: Context): URLSearchParams {
  return new URLSearchParams(universe === defaultUniverse ? {} : { universe });
}
