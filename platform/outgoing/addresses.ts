import { BlockList, isIP } from 'node:net';

type Range = readonly [network: string, bits: number];

function listed(...ranges: readonly Range[]): BlockList {
  const list = new BlockList();
  for (const [network, bits] of ranges) list.addSubnet(network, bits, isIP(network) === 6 ? 'ipv6' : 'ipv4');
  return list;
}

/** Private networks: an operator may configure sources in them. */
const own = listed(
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['::1', 128],
  ['fc00::', 7],
);

/** Metadata services of clouds, which hand out credentials. No source may be there, whatever the operator configures. */
const metadata = listed(
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['192.0.0.192', 32],
  ['fd00:ec2::', 32],
  ['fd20:ce::', 32],
);

/** Not global unicast by IANA's registries of special-purpose addresses, private networks aside. */
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
  // Exceptions within 2000::/3, the only range accepted: Teredo, ORCHID, documentation, 6to4 (which embeds an IPv4 address).
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
);

/** The only part of IPv6 allocated as global unicast. IPv4-mapped, NAT64 and link-local addresses are outside of it. */
const globalUnicast = listed(['2000::', 3]);

function holds(list: BlockList, address: string): boolean {
  const version = isIP(address);
  return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4');
}

/** Whether the address is public: neither private nor special-purpose. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 6 && (isMapped(address) || !holds(globalUnicast, address))) return false;
  return isIP(address) !== 0 && !holds(own, address) && !holds(metadata, address) && !holds(special, address);
}

/** Whether an operator may allow this private address, which excludes metadata services. */
export function isOwnAddress(address: string): boolean {
  return !isMapped(address) && holds(own, address) && !holds(metadata, address);
}

/** IPv4-mapped IPv6. `BlockList` maps it to IPv4; here it is always refused, since no name legitimately resolves to one. */
function isMapped(address: string): boolean {
  return isIP(address) === 6 && mapped.check(address, 'ipv6');
}

const mapped = listed(['::ffff:0:0', 96]);
