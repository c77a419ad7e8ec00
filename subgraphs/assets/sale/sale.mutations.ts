import { isOperator } from '../../../platform/access/permission.ts';
import type { Transaction } from '../../../platform/context/context.ts';
import { arg } from '../../../platform/declare/input.ts';
import { mutationOf } from '../../../platform/declare/row-mutation.ts';
import { Conflict, Forbidden, Invalid } from '../../../platform/errors/errors.ts';
import { prefixOf } from '../../../platform/ids/ids.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.noun.ts';
import { assetReleased, assetReservationRefused, assetReserved, assetSold } from '../events.ts';
import { putOnSale, refusalOf, refusals, refuseSale, sell, takeOffSale } from './sale.service.ts';

/* Sales outside the graph. Listings and auctions reserve, release and sell by their facts. */

export const assetReserve = mutationOf(assets, 'assetReserve', {
  access: 'assets.asset.reserve',
  description:
    'Records that an asset is on sale outside this graph, for example in a gallery. Until the sale ends, the asset cannot be put on sale elsewhere. Repeating the call with the same place changes nothing.',
  errors:
    'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT if it is not published, is on sale elsewhere or has a pending transfer',
  tells: [assetReserved, assetReservationRefused],
  target: 'The published asset to put on sale.',
  input: {
    place: arg.text('The place of sale in words, such as "Galerie am See, Zug"; 1 to 200 characters.', {
      min: 1,
      max: 200,
    }),
  },
  async run(tx, asset, { place }) {
    // An id would mean a sale by an OS of the graph, which only that OS can record.
    if (prefixOf(place) !== null)
      throw new Invalid('place: give the name of the place, not an id.', { path: ['input', 'place'] });
    const reason = await refusalOf(tx, asset, place);
    if (reason) {
      refuseSale(tx, asset.id, place, reason);
      tx.refuse(new Conflict(refusals[reason], { path: ['input', 'assetId'] }), { keep: true });
    }
    putOnSale(tx, asset, place);
  },
});

export const assetRelease = mutationOf(assets, 'assetRelease', {
  access: 'assets.asset.release',
  description:
    'Ends a sale that `assetReserve` recorded; the asset stays published. A sale by an auction of this graph ends with that auction, or by an operator. Idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT if it is not on sale',
  tells: [assetReleased],
  target: 'The asset to take off sale.',
  run(tx, asset) {
    if (asset.status === 'PUBLISHED') return;
    checkOnSaleOutside(tx, asset);
    takeOffSale(tx, asset);
  },
});

export const assetSell = mutationOf(assets, 'assetSell', {
  access: 'assets.asset.sell',
  description:
    'Records that an asset was sold outside this graph, where it was on sale. The owner does not change until `assetTransfer`. Idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT if it is not on sale',
  tells: [assetSold],
  target: 'The asset that was sold.',
  async run(tx, asset) {
    if (asset.status === 'SOLD') return;
    checkOnSaleOutside(tx, asset);
    await sell(tx, asset, null);
  },
});

/** A sale by another OS is ended there, or by an operator if that OS no longer can. */
function checkOnSaleOutside(tx: Transaction, { status, sale }: Asset): void {
  const path = ['input', 'assetId'];
  if (status !== 'ON_SALE') throw new Conflict('This asset is not on sale.', { path });
  if (sale && prefixOf(sale) !== null && !isOperator(tx.actor))
    throw new Forbidden(`This asset is on sale in ${sale}. End that sale there.`, { path });
}
