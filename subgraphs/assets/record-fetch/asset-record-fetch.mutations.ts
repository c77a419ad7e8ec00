import { Matches, MinLength } from 'class-validator';
import { arg, input } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { Invalid } from '../../../platform/errors/errors.ts';
import { longestUrl } from '../../../platform/outgoing/outgoing.ts';
import { Verbatim } from '../../../platform/input/normal.ts';
import { assetRecordFetchRequested } from '../events.ts';
import { assetRecordFetches } from './asset-record-fetch.noun.ts';
import { openAtMost, requestFetch } from './asset-record-fetch.service.ts';
import { pagePlace } from './page/page-place.ts';
import { tokenPlace } from './token/token-place.ts';

const address = (field: string, description: string) =>
  arg
    .text(description, { max: 42 })
    .check(Matches(/^0x[0-9a-fA-F]{40}$/, { message: `${field}: must be 0x and 40 hexadecimal digits.` }));

const TokenPlace = input('AssetTokenPlaceInput', 'A token of a blockchain (ERC-721 or ERC-1155).', {
  chain: arg
    .text('The chain by CAIP-2, such as "eip155:1". The operator configures which chains are read.', { max: 40 })
    .check(
      Matches(/^eip155:[1-9]\d{0,31}$/, {
        message: 'chain: must be the CAIP-2 id of an Ethereum chain, such as eip155:1.',
      }),
    ),
  contract: address(
    'contract',
    'The address of the contract: 0x and 40 hexadecimal digits. Mixed case is checked as a checksum (EIP-55).',
  ),
  tokenId: arg
    .foreignId('The id of the token: a whole number of at most 256 bits, in decimal digits.', { max: 78 })
    .check(Matches(/^(0|[1-9]\d{0,77})$/, { message: 'tokenId: must be a whole number in decimal digits.' })),
  holder: address(
    'holder',
    'For ERC-1155, where a token has many holders: an address whose balance is read. It does not prove ownership.',
  ).optional(),
});

export const assetRecordFetchRequest = mutation('assetRecordFetchRequest', {
  access: 'assets.assetRecordFetch.request',
  description:
    'Creates a draft from a blockchain token (ERC-721 or ERC-1155) or a web page, or updates the existing one. It runs after the answer. From a token it reads owner, name, supply, metadata and traits; from a page its schema.org data (JSON-LD), otherwise its Open Graph data, if robots.txt allows it. `AssetRecordFetch.status` and `assetRecordFetchFinished` show its progress. Anybody may keep a record of any token: the record shows which address owned the token on the chain (`Asset.tokenReading`), and does not prove that the owner of the asset controls that address. An update does not change fields that were edited by hand. A call while a fetch is under way returns that fetch.',
  errors: `FORBIDDEN, INVALID, also for a chain or a page at no configured source; CONFLICT if none is configured, while a fetch for another holder is under way, and for an idempotency key that was used with another input; TOO_MANY for more than ${openAtMost} fetches of one owner under way`,
  tells: [assetRecordFetchRequested],
  inputDescription: 'Exactly one of `token` and `page`.',
  input: {
    token: arg.object(TokenPlace, 'A token of a blockchain.').optional(),
    page: arg
      .text('The address of a web page at a configured source: https:// or http://, 1 to 2,000 characters.', {
        max: longestUrl,
      })
      .check(MinLength(1), Verbatim())
      .optional(),
    ownerId: arg
      .id(
        ['usr', 'org', 'agt'],
        'The owner of the asset: a person, organization or agent. If absent, the organization acted for, otherwise the viewer.',
      )
      .optional(),
  },
  answers: [assetRecordFetches, 'The fetch, which a worker carries out after this answer.'],
  idempotent: true,
  async prepare({ token, page }, { chains }) {
    if (!token === !page) throw new Invalid('input: give either token or page, not both.', { path: ['input'] });
    return token ? tokenPlace(chains, token) : null;
  },
  run(tx, given, token) {
    const ownerId = given.ownerId ?? tx.info.actingFor ?? tx.actorId;
    tx.must('assets.assetRecordFetch.request', ownerId);
    const thing = token ?? pagePlace(tx.sources, given.page ?? '', ownerId);
    return requestFetch(tx, { ...thing, ownerId });
  },
});
