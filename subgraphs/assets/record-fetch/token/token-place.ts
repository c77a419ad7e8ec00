import { Conflict, Invalid } from '../../../../platform/errors/errors.ts';
import type { ChainsConfig } from '../../../../platform/outgoing/chains.ts';
import type { FetchedThing } from '../asset-record-fetch.service.ts';
import { loadViem } from './chain-client.ts';

const path = ['input', 'token'];

/** A token in its canonical form. Checks what the limits of the input cannot. */
export async function tokenPlace(
  { rpcUrls }: ChainsConfig,
  input: { chain: string; contract: string; tokenId: string; holder?: string | undefined },
): Promise<FetchedThing> {
  if (rpcUrls.size === 0)
    throw new Conflict('This installation has no configured chains.', { path: [...path, 'chain'] });
  if (!rpcUrls.has(input.chain))
    throw new Invalid(`token.chain: must be one of the configured chains: ${[...rpcUrls.keys()].join(', ')}.`, {
      path: [...path, 'chain'],
    });
  if (BigInt(input.tokenId) >= 2n ** 256n)
    throw new Invalid('token.tokenId: must be a number of at most 256 bits.', { path: [...path, 'tokenId'] });
  const contract = await addressOf(input.contract, 'contract');
  const holder = input.holder ? await addressOf(input.holder, 'holder') : null;
  return { kind: 'TOKEN', source: input.chain, reference: `${contract}/${input.tokenId}`, holder };
}

/** The address in lower case. An address in mixed case contains a checksum, which reveals typing errors. */
async function addressOf(address: string, field: string): Promise<string> {
  const lower = address.toLowerCase();
  const isMixed = address !== lower && address.slice(2) !== address.slice(2).toUpperCase();
  if (isMixed && !(await loadViem()).isAddress(address, { strict: true }))
    throw new Invalid(`token.${field}: its upper and lower case do not match the checksum (EIP-55).`, {
      path: [...path, field],
    });
  return lower;
}
