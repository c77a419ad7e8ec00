import { date, object, pattern, text, when, type JsonSchema } from './schema.ts';

/** CAIP-2 (chain), CAIP-19 (asset type and asset id): github.com/ChainAgnostic/CAIPs. */
const chain = '[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}';
const caip19 = `^${chain}/[-a-z0-9]{3,8}:[-.%a-zA-Z0-9]{1,128}/[-.%a-zA-Z0-9]{1,78}$`;

/** On Ethereum chains a contract is an address of 20 bytes, and a token id a number of at most 256 bits. */
const ethereum: JsonSchema = when(
  { properties: { caip19: { type: 'string', pattern: '^eip155:[^/]*/erc(721|1155):' } }, required: ['caip19'] },
  {
    properties: {
      caip19: {
        pattern: '^eip155:[1-9][0-9]{0,31}/erc(721|1155):0x[0-9a-fA-F]{40}/(0|[1-9][0-9]{0,77})$',
        format: 'eip155-token',
        description:
          'For erc721 and erc1155: eip155:<chain number>/<standard>:0x<40 hex digits>/<number of at most 256 bits>.',
      },
    },
  },
);

export const token = object(
  {
    caip19: pattern(
      caip19,
      'The token by CAIP-19: chain, standard, contract and token id.',
      'eip155:1/erc721:0x06012c8cf97BEaD5deAe237070F9587f8E7A266d/771769',
    ),
    mintedOn: date('The date on which it was minted.'),
    mintTransaction: text('The hash of the transaction that minted it.', 200),
    metadataUrl: {
      type: 'string',
      format: 'resource',
      maxLength: 2000,
      description: 'The address of its metadata: https, ipfs, ar or data.',
      examples: ['ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi/1.json'],
    },
    supply: pattern('^[0-9]{1,78}$', 'Number of units of the token, a whole number as text.', '100'),
    creatorAddress: text('The blockchain address of the creator.', 200),
  },
  { required: ['caip19'], ...ethereum },
);

/** The parts of a CAIP-19 asset id. */
export function caip19Parts(id: string): { chain: string; standard: string; contract: string; tokenId: string } {
  const [chainId = '', asset = '', tokenId = ''] = id.split('/');
  const at = asset.indexOf(':');
  return { chain: chainId, standard: asset.slice(0, at), contract: asset.slice(at + 1), tokenId };
}
