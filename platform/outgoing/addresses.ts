import { BlockList, isIP } from 'node:net';

type Range = readonly [network: string, bits: number];

function listed(...ranges: readonly Range[]): BlockList {
  const list = new BlockList();
  for (const [network, bits] of ranges) list.addSubnet(network, bits, isIP(network) === 6 ? 'ipv6' : 'ipv4');
  return list;
}

/** Networks of one's own: an operator may say that a source lies in them. */
const own = listed(
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['::1', 128],
  ['fc00::', 7],
);

/** Where clouds answer their machines with credentials. No source lies there, whatever an operator says of its name. */
const metadata = listed(
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['192.0.0.192', 32],
  ['fd00:ec2::', 32],
  ['fd20:ce::', 32],
);

/** What is not global unicast by IANA's registries of special-purpose addresses, own networks apart. */
const special = listed(
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // Within 2000::/3, of which alone anything is taken: Teredo, ORCHID, documentation, 6to4, which holds an IPv4 address.
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
);

/** The one part of IPv6 that is given out as global unicast. IPv4-mapped, NAT64 and link-local addresses lie outside. */
const globalUnicast = listed(['2000::', 3]);

function holds(list: BlockList, address: string): boolean {
  const version = isIP(address);
  return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4');
}

/** Whether anybody on the internet can reach it: neither a network of one's own nor an address with a special meaning. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 6 && (isMapped(address) || !holds(globalUnicast, address))) return false;
  return isIP(address) !== 0 && !holds(own, address) && !holds(metadata, address) && !holds(special, address);
}

/** Whether it is one that an operator may name: a public one, or one of a network of one's own, and nobody's metadata. */
export function isOwnAddress(address: string): boolean {
  return !isMapped(address) && holds(own, address) && !holds(metadata, address);
}

/** IPv4 within IPv6. `BlockList` looks through it, and it is refused instead: no name is answered by one. */
function isMapped(address: string): boolean {
  return isIP(address) === 6 && mapped.check(address, 'ipv6');
}

const mapped = listed(['::ffff:0:0', 96]);
