import { isIP } from 'node:net';

/** The eight groups of an IPv6 address as numbers; the last two may be written as IPv4. */
function groupsOf(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const text = dotted
    ? `${dotted[1]}${((Number(dotted[2]) << 8) | Number(dotted[3])).toString(16)}:${((Number(dotted[4]) << 8) | Number(dotted[5])).toString(16)}`
    : address;
  const [head = '', tail] = text.split('::');
  const read = (part: string): number[] => (part === '' ? [] : part.split(':').map((group) => parseInt(group, 16)));
  const [left, right] = [read(head), read(tail ?? '')];
  return tail === undefined ? left : [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

/** An address as IPv4 text or IPv6 groups; an IPv4 address that came through an IPv6 socket is IPv4. `null` when it is none. */
function parsed(ip: string | null): string | number[] | null {
  const [address = ''] = (ip ?? '').split('%', 1);
  const version = isIP(address);
  if (version === 4) return address;
  if (version !== 6) return null;
  const groups = groupsOf(address);
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (!mapped) return groups;
  const [high = 0, low = 0] = groups.slice(6);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** An address as others read it: IPv4 text, or all eight groups of IPv6 without a zone. `null` when it is none. */
export function plainAddress(ip: string | null): string | null {
  const address = parsed(ip);
  return typeof address === 'object' && address !== null
    ? address.map((group) => group.toString(16)).join(':')
    : address;
}

function prefix(groups: number[], count: number): string {
  return `${groups
    .slice(0, count)
    .map((group) => group.toString(16))
    .join(':')}::/${count * 16}`;
}

/**
 * The network from which somebody comes, as one customer of a provider gets it: an IPv4 address, or the /64 of an IPv6 one
 * (RFC 6177). `null` when the address is not known.
 */
export function networkOf(ip: string | null): string | null {
  const address = parsed(ip);
  return typeof address === 'object' && address !== null ? prefix(address, 4) : address;
}

/** The network as it is shown: enough to recognise, too little to follow somebody. IPv4 /24, IPv6 /48. */
export function shownNetwork(ip: string | null): string | null {
  const address = parsed(ip);
  if (address === null) return null;
  return typeof address === 'string' ? `${address.split('.').slice(0, 3).join('.')}.0/24` : prefix(address, 3);
}
