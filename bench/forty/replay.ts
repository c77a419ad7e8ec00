import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { program } from './tree.ts';

/** Lots, and bids per lot: as many bids as a sale of a few thousand lots has in a week. */
const lots = 100;
const bidsEach = 100;
const bidders = 60;

/** Number of bids in the recorded sale. */
export const recordedBids = lots * bidsEach;

/** Replays a recorded sale to the embedded house at this address, as its operator. */
export async function replaySale(tree: string, dataDir: string, url: string): Promise<void> {
  const sale = join(dataDir, 'sale.csv');
  writeRecordedSale(sale);
  const args = ['auctions', sale, '--url', `${url}/graphql`];
  await using loader = program(tree, 'clients/loader/load.ts', args, { DATA_DIR: dataDir });
  const { code } = await loader.ended(900_000);
  if (code !== 0) throw new Error(`The replay ended with ${code}:\n${loader.output}`);
}

/** Writes a sale in the format of `npm run load -- auctions`: lots are bid on in turn, each bid higher than the last. */
function writeRecordedSale(path: string): void {
  const lines = ['auctionid,bid,bidtime,bidder,bidderrate,openbid,price,item,auction_type'];
  for (let lot = 0; lot < lots; lot++)
    for (let bid = 0; bid < bidsEach; bid++) {
      const time = ((bid * lots + lot) * 7) / recordedBids;
      const bidder = `collector-${(lot * 7 + bid * 11) % bidders}`;
      lines.push(
        `L-${lot},${100 + bid * 50},${time.toFixed(6)},${bidder},1,100,${100 + bidsEach * 50},Lot ${lot},7 day auction`,
      );
    }
  writeFileSync(path, `${lines.join('\n')}\n`);
}
