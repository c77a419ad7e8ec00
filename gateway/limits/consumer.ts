import { isIPv6 } from 'node:net';
import type { ActorSnapshot } from '../../platform/context/actor.ts';
import { limitRoleOf, type LimitRole } from './limits.ts';
import { crowd } from './rations.ts';

/** An account that is charged, and the multiple of one ration that it has. */
export interface Account {
  readonly key: string;
  readonly times: number;
  /** Its name in error messages. */
  readonly name: string;
}

/** Whoever consumes resources; the narrowest account comes first. */
export interface Consumer {
  readonly role: LimitRole;
  readonly accounts: readonly Account[];
}

/**
 * An anonymous client is charged by address. A signed-in client is charged as an actor or service key, and also shares one account
 * with all clients of its address: accounts are free to create.
 */
export function consumerOf(actor: ActorSnapshot, credentialKey: string | null, ip: string | null): Consumer {
  const role = limitRoleOf(actor);
  const address = addressOf(ip);
  if (actor.id === null) return { role, accounts: [{ key: `anonymous ${address}`, times: 1, name: 'your address' }] };
  const accounts: Account[] = [];
  const isKey = credentialKey?.startsWith('key ') ?? false;
  if (isKey) accounts.push({ key: credentialKey ?? '', times: 1, name: 'this key' });
  accounts.push({
    key: `${actor.universe} ${actor.id}`,
    times: isKey ? crowd : 1,
    name: isKey ? 'this service' : 'you',
  });
  if (actor.delegate !== null)
    accounts.push({ key: `${actor.universe} ${actor.delegate}`, times: crowd, name: 'you, for others' });
  // By role, so that an office full of people does not use up the ration of a service at the same address.
  accounts.push({ key: `${role} ${address}`, times: crowd, name: 'your address' });
  return { role, accounts };
}

/** An IPv4 address, or the /64 prefix of an IPv6 one: a household or server usually has the whole prefix. */
export function addressOf(ip: string | null): string {
  if (ip === null) return 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped) return mapped;
  const plain = ip.split('%', 1)[0] ?? ip;
  if (!isIPv6(plain)) return ip;
  const [head = '', tail] = plain.toLowerCase().split('::');
  const groupsIn = (part: string | undefined): string[] => (part ? part.split(':') : []);
  const before = groupsIn(head);
  const after = groupsIn(tail);
  // A dotted IPv4 part at the end counts as two groups.
  const written = [...before, ...after].reduce((sum, group) => sum + (group.includes('.') ? 2 : 1), 0);
  const groups = [...before, ...Array.from({ length: tail === undefined ? 0 : 8 - written }, () => '0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
