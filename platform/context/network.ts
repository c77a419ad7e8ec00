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

/** An address as IPv4 text or IPv6 groups; an IPv4-mapped IPv6 address is IPv4. `null` if it is invalid. */
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

/** An address in plain form: IPv4 text, or all eight groups of IPv6 without a zone. `null` if it is invalid. */
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
 * The network of a client, as a provider assigns it to one customer: an IPv4 address, or the /64 of an IPv6 address (RFC 6177).
 * `null` if the address is not known.
 */
export function networkOf(ip: string | null): string | null {
  const address = parsed(ip);
  return typeof address === 'object' && address !== null ? prefix(address, 4) : address;
}

/** The network to show: enough to recognise, too little to track anybody. IPv4 /24, IPv6 /48. */
export function shownNetwork(ip: string | null): string | null {
  const address = parsed(ip);
  if (address === null) return null;
  return typeof address === 'string' ? `${address.split('.').slice(0, 3).join('.')}.0/24` : prefix(address, 3);
}
