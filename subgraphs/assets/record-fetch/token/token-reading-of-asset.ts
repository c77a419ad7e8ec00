import { batched } from '../../../../platform/context/batch.ts';
import type { Context } from '../../../../platform/context/context.ts';
import { sqlIn } from '../../../../platform/database/sql.ts';
import { extend } from '../../../../platform/declare/extension.ts';
import type { OutputFields } from '../../../../platform/declare/output.ts';
import { valueType } from '../../../../platform/declare/value-type.ts';
import { assets } from '../../asset/asset.noun.ts';
import type { TokenReading } from './token-reading.ts';

const AssetTokenReading = valueType(
  'AssetTokenReading',
  'The last reading of a token from its blockchain, all at one block. It does not prove ownership: nothing shows that the owner of the asset controls one of these addresses. It cannot be edited, unlike `structure`.',
  (f: OutputFields<TokenReading>) => ({
    caip19: f.text('The token by CAIP-19: chain, standard, contract and token id.'),
    blockNumber: f.bigInt('The number of the block that was read.'),
    blockAt: f.time('When that block was created.').from(({ blockAt }) => new Date(blockAt)),
    isFinalized: f.boolean(
      'Whether the chain reports the block as finalized. Otherwise it was 64 blocks below the newest one, and a reorganization could still undo it.',
    ),
    ownerAddress: f
      .text(
        'The address that owned the token on the chain (ERC-721). Not proved to be the owner of the asset. Null for ERC-1155, which has no single owner.',
      )
      .nullable(),
    holderAddress: f
      .text(
        'The address whose balance was requested (ERC-1155). Not proved to be the owner of the asset. Null if none was.',
      )
      .nullable(),
    holderBalance: f.bigInt('Number of these tokens that the address had; null if unknown.').nullable(),
    contractName: f.text('The name of the contract; null if none.').nullable(),
    contractSymbol: f.text('The symbol of the contract; null if none.').nullable(),
    supply: f.bigInt('Number of these tokens in existence (ERC-1155); null if unknown.').nullable(),
    metadataUri: f
      .text(
        'The address of the metadata as the contract states it; null if it states none. Also null for an address of more than 2,000 characters, such as a `data:` address with a picture, which is read and not stored.',
      )
      .nullable(),
  }),
);

export const tokenReadingOfAsset = extend(assets, (f) => ({
  tokenReading: f
    .object(
      AssetTokenReading,
      'The last reading of the token from its blockchain; null if the asset was not fetched from one. It does not prove that the owner of the asset controls the token.',
    )
    .nullable()
    .from(({ id, sourceKind }, context) => (sourceKind === 'ON_CHAIN' ? lastReading(context, id) : null)),
}));

/** One statement for all assets loaded together. */
async function lastReading(context: Context, assetId: string): Promise<TokenReading | null> {
  const found = await batched(context, 'asset token reading', assetId, async (ids) => {
    const rows = await sqlIn<{ asset_id: string; reading: TokenReading }>(
      context.em,
      `select asset_id, reading from assets.asset_record_fetches
       where universe_id = $1 and asset_id = any($2) and reading is not null`,
      [context.universe, [...ids]],
    );
    return new Map(rows.map(({ asset_id: id, reading }) => [id, reading]));
  });
  return found ?? null;
}
