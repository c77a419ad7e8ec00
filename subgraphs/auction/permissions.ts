import { definePermissions } from '../../platform/access/permission.ts';

const sellers = { organizationRole: 'EDITOR', platformRoles: ['OPERATOR'], own: true } as const;
const creditors = { ...sellers, platformRoles: ['OPERATOR', 'FINANCE_ADMIN'] } as const;
const bidders = { organizationRole: 'EDITOR', own: true } as const;

export const permissions = definePermissions({
  'auction.auction.create': {
    sentence: 'Create lots for one’s own assets, or for those of an organization.',
    ...sellers,
  },
  'auction.auction.update': { sentence: 'Change the terms of a lot, as far as the rules allow.', ...sellers },
  'auction.auction.open': { sentence: 'Open an auction for bids.', ...sellers },
  'auction.auction.cancel': { sentence: 'Withdraw a lot without a sale.', ...sellers },
  'auction.auction.end': { sentence: 'Close an auction before its time, selling to the highest bidder.', ...sellers },
  'auction.auction.settle': {
    sentence: 'Record that the buyer of a lot has paid, and see the payments owed.',
    ...creditors,
  },
  'auction.auction.default': {
    sentence: 'Record that the buyer of a lot has not paid.',
    ...creditors,
  },
  'auction.auction.import': {
    sentence: 'Record past auctions with all their bids.',
    platformRoles: ['OPERATOR'],
  },
  'auction.bid.place': { sentence: 'Bid for oneself or for an organization.', ...bidders },
  'auction.bid.retract': { sentence: 'Retract one’s own bids, or those of an organization.', ...bidders },
});
