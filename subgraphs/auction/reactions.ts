import { on, type Reaction } from '../../platform/facts/reactions.ts';
import type { FactType, PayloadOf } from '../../platform/facts/fact.ts';
import {
  assetArchived,
  assetCreated,
  assetImported,
  assetIndexed,
  assetPublished,
  assetReleased,
  assetReopened,
  assetReservationRefused,
  assetReserved,
  assetSold,
  assetTransferred,
  assetUpdated,
} from '../assets/events.ts';
import type { OrganizationRole } from '../../platform/context/actor.ts';
import { prefixOf } from '../../platform/ids/ids.ts';
import {
  actorClosed,
  agentCreated,
  membershipGranted,
  membershipRemoved,
  organizationClosed,
  organizationCreated,
  serviceCreated,
  userClosed,
} from '../identity/events.ts';
import { auctionAssetKnown } from './asset/auction-asset.service.ts';
import { assetKept, assetLost } from './auction/opening.service.ts';
import { organizationFounded, organizationLeft } from './barred/founded-organization.service.ts';
import { memberLeft, roleGranted } from './barred/organization-member.service.ts';
import { actorOwned } from './barred/owned-actor.service.ts';
import { closedSellers } from './closing/closed-seller.service.ts';

/** What the facts about an asset say of its owner and status; which of it a fact does depends on its type. */
interface Told {
  assetId: string;
  ownerId?: string;
  /** To whom it went. */
  toId?: string;
  status?: string;
  title?: string;
  changed?: { title?: { to: unknown } };
}

/** One consumer for all of them, so that the facts of one asset come in their order. */
const told = [
  assetCreated,
  assetUpdated,
  assetImported,
  assetIndexed,
  assetPublished,
  assetReopened,
  assetReserved,
  assetReleased,
  assetSold,
  assetArchived,
  assetTransferred,
] as unknown as FactType<Told>[];

/** The status after a fact that does not name it. */
const statusAfter: Readonly<Record<string, string>> = {
  [assetIndexed.type]: 'INDEXED',
  [assetPublished.type]: 'PUBLISHED',
  [assetReopened.type]: 'DRAFT',
  [assetReserved.type]: 'ON_SALE',
  [assetReleased.type]: 'PUBLISHED',
  [assetSold.type]: 'SOLD',
  [assetArchived.type]: 'ARCHIVED',
};

/** What is told of a lot whose asset the assets OS did not keep for it. */
const refused: Record<Refusal, string> = {
  NOT_FOUND: 'The asset is gone.',
  NOT_OWNER: 'The asset is not the seller’s any more.',
  NOT_PUBLISHED: 'The asset is not published.',
  ON_SALE_ELSEWHERE: 'The asset is on sale elsewhere.',
  TRANSFER_PENDING: 'The asset is offered to somebody.',
};

type Refusal = PayloadOf<typeof assetReservationRefused>['reason'];

/** One consumer for all of them: what becomes of the asset of a lot, in its order. */
const sales = [assetReserved, assetReservationRefused, assetReleased, assetSold] as unknown as FactType<{
  assetId: string;
  saleId: string;
  reason?: Refusal;
}>[];

function titleIn({ title, changed }: Told): string | undefined {
  const to = changed?.title?.to;
  return title ?? (typeof to === 'string' ? to : undefined);
}

/** Whoever is closed for good: a person, an organization, or their agents and services. */
const closed = [userClosed, organizationClosed, actorClosed] as unknown as FactType<{
  actorId?: string;
  organizationId?: string;
}>[];

/** Who founds organizations, and who leaves them. */
const founding = [organizationCreated, membershipRemoved] as unknown as FactType<{
  organizationId: string;
  actorId?: string;
}>[];

/** Who joins organizations and leaves them, in the order of each actor. */
const belonging = [membershipGranted, membershipRemoved] as unknown as FactType<{
  membershipId: string;
  organizationId: string;
  actorId: string;
  role: OrganizationRole;
  since?: string;
}>[];

const owning = [agentCreated, serviceCreated] as unknown as FactType<{
  agentId?: string;
  ownerId?: string;
  serviceId?: string;
  organizationId?: string | null;
}>[];

export const reactions: Reaction[] = [
  on(founding, 'foundersOfOrganizations', async (tx, { actor, onBehalfOf, payload: { organizationId, actorId } }) => {
    const founderId = onBehalfOf ?? actor;
    if (actorId) await organizationLeft(tx, organizationId, actorId);
    else if (founderId) organizationFounded(tx, organizationId, founderId);
  }),
  on(belonging, 'membersOfOrganizations', (tx, { type, at, payload }) =>
    type === membershipRemoved.type
      ? memberLeft(tx, payload, at, payload.since ? new Date(payload.since) : null)
      : roleGranted(tx, payload, at),
  ),
  on(owning, 'ownersOfAgentsAndServices', async (tx, { payload }) => {
    const [id, ownerId] = [payload.agentId ?? payload.serviceId, payload.ownerId ?? payload.organizationId];
    if (id && ownerId) await actorOwned(tx, id, ownerId);
  }),
  on(told, 'assetOwners', (tx, { type, payload }) =>
    auctionAssetKnown(tx, payload.assetId, {
      ownerId: payload.toId ?? payload.ownerId,
      status: statusAfter[type] ?? payload.status,
      title: titleIn(payload),
    }),
  ),
  on(sales, 'lotsAndTheirAssets', async (tx, { type, payload: { saleId, reason } }) => {
    if (prefixOf(saleId) !== 'auc') return;
    if (type === assetReserved.type) await assetKept(tx, saleId);
    else await assetLost(tx, saleId, reason ? refused[reason] : 'The asset was taken off sale.');
  }),
  on(closed, 'lotsOfClosedSellers', async (tx, { payload: { actorId, organizationId } }) => {
    const id = actorId ?? organizationId;
    if (id) await closedSellers.closed(tx, id);
  }),
];
