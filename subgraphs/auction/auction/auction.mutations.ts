import { arg, input } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { mutationOf } from '../../../platform/declare/row-mutation.ts';
import { Conflict, Invalid } from '../../../platform/errors/errors.ts';
import { barredBy, sellerOwnerOf } from '../barred/barred.policy.ts';
import { cancellable } from '../bid/deadlines.policy.ts';
import { incrementsAtMost } from '../bid/increments.policy.ts';
import { auctionCancelled, auctionClosed, auctionCreated, auctionOpenRequested, auctionUpdated } from '../events.ts';
import { AuctionFormat } from './auction.entity.ts';
import { lots } from './auction.noun.ts';
import { amountsIn, checkEnd, checkOpening, checkTerms, incrementsOf, sellable } from './auction.service.ts';
import { close } from './closing.service.ts';
import { databaseTime, lotOf, moneyFact } from './lot.service.ts';
import { requestOpening, withdraw } from './opening.service.ts';
import { changeTerms } from './terms.service.ts';
import { wordsOf } from './words.service.ts';

/** The longest soft close, in seconds: an hour after each bid is enough for every bidder to react. */
const softCloseAtMost = 3600;
/** The longest time between two steps of a falling price, in seconds: a week. */
const stepSecondsAtMost = 604_800;

const after = 'The lot after the change.';
const words = 'What to say about the lot; at most 5,000 characters.';

export const AuctionIncrementInput = input(
  'AuctionIncrementInput',
  'A price band and its increment, in the currency of the lot.',
  {
    from: arg.decimal('The band starts at this price; "0" for the first band.'),
    step: arg.decimal(
      'Within the band, the next bid must be higher than the price by at least this amount; more than zero.',
    ),
  },
);

export const AuctionDutchInput = input('AuctionDutchInput', 'How the price of a Dutch auction falls.', {
  floorPrice: arg.money('The lowest price; not above the start price.'),
  priceStep: arg.money('The amount by which the price falls at each step.'),
  stepSeconds: arg.int('Seconds between two steps; 1 to 604,800 (a week).', { min: 1, max: stepSecondsAtMost }),
});

export const auctionCreate = mutation('auctionCreate', {
  access: 'auction.auction.create',
  description:
    'Creates a lot for an asset. Without `opensAt` it is a draft that only its seller sees, and opens with `auctionOpen`; with `opensAt` it is public at once and opens by itself. The seller is the owner of the asset. An asset that was just created may be NOT_FOUND for a moment: try again.',
  errors:
    'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for an archived asset and for an idempotency key used with another input',
  tells: [auctionCreated],
  inputDescription: 'The terms of a new lot. All amounts must be in the same currency.',
  input: {
    assetId: arg.id('ast', 'The asset to sell; it must not be archived. Its owner becomes the seller.'),
    format: arg.enum(AuctionFormat, 'The rules of the sale; they cannot be changed later.').default('ENGLISH'),
    startPrice: arg.money('The lowest first bid, more than zero; in a Dutch auction the price from which it falls.'),
    reserve: arg
      .money(
        'Reserve price: below it the lot is not sold. Not below the start price, and never shown to anybody. Not allowed in a Dutch auction.',
      )
      .optional(),
    buyNowPrice: arg
      .money(
        'The price at which the lot can be bought at once, until the first bid. English auctions only; not below the start price and the reserve.',
      )
      .optional(),
    increments: arg
      .objects(
        AuctionIncrementInput,
        'Bid increments by price band, ascending from zero; at most 30. English auctions only. Default: the table that eBay publishes.',
        { atMost: incrementsAtMost },
      )
      .optional(),
    dutch: arg
      .object(AuctionDutchInput, 'How the price falls. Required for a Dutch auction, not allowed in other formats.')
      .optional(),
    opensAt: arg
      .time(
        'When the lot opens by itself; before `endsAt`. The lot is then announced at once, and its asset must be published. Without it the lot is a draft until `auctionOpen`.',
      )
      .optional(),
    endsAt: arg.time('When the lot ends; in the future, at most 400 days ahead.'),
    softCloseSeconds: arg
      .int(
        'Soft close in seconds, 0 to 3,600: a bid within this time before the end moves the end to this time after the bid. English auctions only.',
        { min: 0, max: softCloseAtMost },
      )
      .default(0),
    description: arg.text(words, { max: 5000 }).optional(),
  },
  answers: [lots, 'The new lot.'],
  idempotent: true,
  async run(tx, given) {
    const { format, dutch, opensAt, endsAt, softCloseSeconds, description } = given;
    const asset = await sellable(tx, given.assetId);
    tx.must('auction.auction.create', asset.ownerId);
    const now = await databaseTime(tx);
    checkEnd(endsAt, now);
    if (opensAt) checkOpening(asset, { opensAt, endsAt }, now);
    if ((format === 'DUTCH') !== Boolean(dutch))
      throw new Invalid('dutch: required for a Dutch auction, and not allowed in other formats.', {
        path: ['input', 'dutch'],
      });
    if (format !== 'ENGLISH' && given.increments)
      throw new Invalid('increments: only an English auction can have them.', { path: ['input', 'increments'] });
    const { currency } = given.startPrice;
    const amount = amountsIn(currency);
    const title = asset.shownTitle();
    const lot = lots.create(tx, {
      assetId: asset.id,
      sellerId: asset.ownerId,
      sellerOwnerId: sellerOwnerOf(tx.actor, asset.ownerId),
      createdBy: tx.actorId,
      barred: barredBy(tx.actor, asset.ownerId),
      format,
      status: opensAt ? 'SCHEDULED' : 'DRAFT',
      title,
      words: wordsOf({ title, description }),
      announcedAt: opensAt ? tx.now() : null,
      opensAt: opensAt ?? null,
      endsAt,
      description: description ?? null,
      currency,
      startPrice: amount(given.startPrice, 'startPrice') ?? 0n,
      reserve: amount(given.reserve, 'reserve'),
      buyNowPrice: amount(given.buyNowPrice, 'buyNowPrice'),
      floorPrice: amount(dutch?.floorPrice, 'dutch.floorPrice'),
      priceStep: amount(dutch?.priceStep, 'dutch.priceStep'),
      stepSeconds: dutch?.stepSeconds ?? null,
      increments: format === 'ENGLISH' ? incrementsOf(given.increments, currency) : [],
      softCloseSeconds,
    });
    checkTerms(lot);
    tx.emit(auctionCreated, lot.id, { ...lotOf(lot), startPrice: moneyFact(lot.startPrice, currency) });
    return lot;
  },
});

export const auctionUpdate = mutationOf(lots, 'auctionUpdate', {
  access: 'auction.auction.update',
  description:
    'Changes the terms of a lot before its opening. From the opening until the first bid, the reserve can be lowered, the end postponed and the description extended; with sealed bids nothing can be changed.',
  errors:
    'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT with the path of a field that can no longer be changed, and for another version',
  tells: [auctionUpdated],
  inputDescription:
    'Absent fields stay unchanged; null clears reserve, buy-now price and description. From the opening until the first bid only these changes are allowed: a lower `reserve` or none, a later `endsAt`, and a longer `description` that begins with the old one.',
  target: 'The lot to change.',
  input: {
    ifVersion: arg
      .int('The `termsVersion` that the client has read; CONFLICT if the terms have changed since.', {
        min: 1,
        max: 2_147_483_647,
      })
      .optional(),
    startPrice: arg.money('More than zero; cannot be cleared.').kept(),
    reserve: arg.money('Not below the start price; null removes it.').clearable(),
    buyNowPrice: arg
      .money('English auctions only; not below the start price and the reserve. Null removes it.')
      .clearable(),
    opensAt: arg
      .time(
        'When the lot opens by itself; before `endsAt`. A draft is announced by it. It can be moved, but not cleared.',
      )
      .kept(),
    endsAt: arg.time('When the lot ends; in the future, at most 400 days ahead.').kept(),
    softCloseSeconds: arg
      .int('Soft close in seconds, 0 to 3,600. English auctions only.', { min: 0, max: softCloseAtMost })
      .kept(),
    description: arg
      .text('What to say about the lot, at most 5,000 characters; null removes it.', { max: 5000 })
      .clearable(),
  },
  answers: [lots, after],
  async run(tx, lot, { ifVersion, ...terms }) {
    if (ifVersion && ifVersion !== lot.termsVersion)
      throw new Conflict(`ifVersion: the terms now have version ${lot.termsVersion}. Read them again.`, {
        path: ['input', 'ifVersion'],
      });
    const changed = await changeTerms(tx, lot, terms);
    if (changed.length === 0) return;
    lot.termsVersion += 1;
    lot.updatedAt = tx.now();
    tx.emit(auctionUpdated, lot.id, { ...lotOf(lot), changed });
  },
});

export const auctionOpen = mutationOf(lots, 'auctionOpen', {
  access: 'auction.auction.open',
  description:
    'Opens a lot, in two steps: it is OPENING until its asset is reserved for it, and takes bids once it is OPEN, usually within a second; `auctionUpdated` reports it. If the asset was put on sale elsewhere at the same moment the lot is withdrawn, and `cancelReason` says so. Idempotent.',
  errors:
    'NOT_FOUND, FORBIDDEN, CONFLICT if the asset is in another open auction, archived or no longer the seller’s, or if the end is past',
  tells: [auctionOpenRequested],
  target: 'The lot to open.',
  answers: [lots, after],
  async run(tx, lot) {
    if (lot.status === 'OPEN' || lot.status === 'OPENING') return;
    if (!lot.isBeforeOpening()) throw new Conflict(`A lot that is ${lot.status} cannot be opened.`);
    await requestOpening(tx, lot);
  },
});

export const auctionCancel = mutationOf(lots, 'auctionCancel', {
  access: 'auction.auction.cancel',
  description:
    'Cancels a lot without a sale; the reason is public. In the last twelve hours before its end only a lot without bids can be cancelled (eBay’s published rule); a lot that takes sealed bids counts as one with bids.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT',
  tells: [auctionCancelled],
  target: 'The lot to withdraw.',
  input: {
    reason: arg.text('Why the lot is withdrawn. Shown to everybody; 1 to 500 characters.', { min: 1, max: 500 }),
  },
  answers: [lots, after],
  async run(tx, lot, { reason }) {
    if (lot.status === 'CANCELLED') return;
    if (lot.hasEnded()) throw new Conflict(`A lot that is ${lot.status} cannot be withdrawn.`);
    const now = await databaseTime(tx);
    if (lot.status === 'OPEN') {
      if (!lot.takesBids(now)) throw new Conflict('The end of this lot is past; it is about to be closed.');
      if (!cancellable({ bids: lot.bidCount, sealed: lot.isSealed(), endsAt: lot.endsAt }, now))
        throw new Conflict(
          'A lot with bids cannot be withdrawn in its last twelve hours. `auctionEnd` closes it at once; the highest bidder wins if the reserve is met.',
        );
    }
    withdraw(tx, lot, reason, now);
  },
});

export const auctionEnd = mutationOf(lots, 'auctionEnd', {
  access: 'auction.auction.end',
  description: 'Closes a lot before `endsAt`. The highest bidder wins if the reserve price is met. Idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN, CONFLICT',
  tells: [auctionClosed],
  target: 'The lot to close.',
  answers: [lots, after],
  async run(tx, lot) {
    if (lot.status === 'SOLD' || lot.status === 'UNSOLD') return;
    if (lot.status !== 'OPEN') throw new Conflict(`A lot that is ${lot.status} cannot be closed.`);
    const now = await databaseTime(tx);
    await close(tx, lot, now < lot.endsAt ? now : lot.endsAt);
  },
});
