import { Arg, Directive, Field, Mutation, ObjectType, Resolver } from 'type-graphql';
import { Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import { actorPrefixes, checkId } from '../../../platform/ids/ids.ts';
import type { Auction } from '../auction/auction.entity.ts';
import { auctions } from '../auction/auction.query.ts';
import { AuctionType } from '../auction/auction.type.ts';
import { auctionImported } from '../events.ts';
import { AuctionImportInput, lotsAtMost } from './auction-import.input.ts';
import { auctionImport, readLots } from './auction-import.service.ts';

@ObjectType('AuctionImportPayload')
export class AuctionImportPayload {
  @Directive(`@listSize(assumedSize: ${lotsAtMost})`)
  @Field(() => [AuctionType], { description: 'At most 50, in the order in which they were sent.' })
  auctions!: Auction[];
}

function checkIds({ lots }: AuctionImportInput): void {
  lots.forEach(({ assetId, sellerId, bids }, n) => {
    const path = ['input', 'lots', String(n)];
    checkId(assetId, 'ast', [...path, 'assetId']);
    checkId(sellerId, actorPrefixes, [...path, 'sellerId']);
    bids.forEach(({ bidderId }, at) => checkId(bidderId, actorPrefixes, [...path, 'bids', String(at), 'bidderId']));
  });
}

@Resolver()
export class AuctionImportResolver {
  @Writes('auction.auction.import', { facts: [auctionImported] })
  @Mutation(() => AuctionImportPayload, {
    description:
      'Records past English auctions with their bids, at their original times. Price, extensions, winner and outcome are computed from the bids by the rules of live lots; the call is refused if the given result differs. Assets keep their owners. Errors: FORBIDDEN, NOT_FOUND for an asset, INVALID with the path of what cannot have been, CONFLICT for an idempotency key used with another input.',
  })
  auctionImport(@Arg('input', () => AuctionImportInput) input: AuctionImportInput): Run<AuctionImportPayload> {
    checkIds(input);
    const lots = readLots(input);
    const { idempotencyKey } = input;
    return run(async (tx) => ({ auctions: await auctionImport(tx, input.source, lots) }), {
      idempotent: idempotencyKey
        ? {
            key: idempotencyKey,
            input,
            resultId: ({ auctions: made }) => made.map(({ id }) => id).join(' '),
            again: async (context, ids) => ({ auctions: await made(context, ids.split(' ')) }),
          }
        : undefined,
    });
  }
}

async function made(context: Context, ids: readonly string[]): Promise<Auction[]> {
  const loaded = await Promise.all(ids.map((id) => auctions.load(context, id)));
  return loaded.filter((auction) => auction !== null);
}
