import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Conflict, Invalid, TooMany } from '../../../platform/errors/errors.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import { Asset, isPublic } from '../asset/asset.entity.ts';
import { assetLinkRemoved } from '../events.ts';
import { addressKinds, assetTargetKinds, AssetLink, type AssetLinkKind } from './asset-link.entity.ts';
import { assetLinks } from './asset-link.noun.ts';

interface LinkTarget {
  kind: AssetLinkKind;
  targetId?: string | undefined;
  url?: string | undefined;
}

const addressPattern = /^(https?|ipfs|ar|s3|gs):\/\/\S+$/;

/** Proposals of one owner that may wait for another: a series of prints, and no campaign. */
const waitingOfOneAtMost = 20;
/** Proposals that may wait for one owner: what somebody can read through in an evening. */
const waitingAtMost = 200;
/** Days for which a no holds, for everything that its proposer would propose to the same owner. */
const noHoldsDays = 30;

/** Whether this owner may be asked: not by whom it said no to of late, and not more often than it can answer. */
export async function checkProposal(tx: Transaction, asset: Asset, ownerId: string, waits: boolean): Promise<void> {
  if (!isPublic(asset.status))
    throw new Conflict('Publish the asset first: who is asked has to see it.', { path: ['input', 'assetId'] });
  // Two proposals at once would both find the last place free.
  await sqlIn(tx.em, `select pg_advisory_xact_lock(hashtextextended('assets.links ' || $1 || ' ' || $2, 0))`, [
    tx.universe,
    ownerId,
  ]);
  const since = new Date(tx.now().getTime() - noHoldsDays * 86_400_000);
  const [found] = await sqlIn<{ waiting: number; own: number; declined: Date | string | null }>(
    tx.em,
    `select count(*) filter (where status = 'PROPOSED')::int as waiting,
       count(*) filter (where status = 'PROPOSED' and proposer_id = $3)::int as own,
       max(answered_at) filter (where status = 'DECLINED' and proposer_id = $3 and answered_at > $4) as declined
     from assets.asset_links where universe_id = $1 and target_owner_id = $2`,
    [tx.universe, ownerId, asset.ownerId, since],
  );
  const path = ['input', 'targetId'];
  if (found?.declined) {
    const again = new Date(new Date(found.declined).getTime() + noHoldsDays * 86_400_000);
    throw new Conflict(
      `The owner of this target declined a link: propose nothing before ${again.toISOString().slice(0, 10)}.`,
      { path },
    );
  }
  if (waits) return;
  if ((found?.own ?? 0) >= waitingOfOneAtMost)
    throw new TooMany(`${waitingOfOneAtMost} of your proposals wait for this owner: take some back, or wait.`, {
      path,
      retryAfter: 86_400,
    });
  if ((found?.waiting ?? 0) >= waitingAtMost)
    throw new TooMany(`${waitingAtMost} proposals wait for this owner.`, { path, retryAfter: 86_400 });
}

/** The id or the address to which a link leads. */
export function targetOf({ kind, targetId, url }: LinkTarget): string {
  if (!addressKinds.includes(kind)) {
    if (!assetTargetKinds.includes(kind))
      throw new Invalid(
        `No system of this graph keeps things of the kind ${kind}, so nobody could confirm the link. Kinds: ASSET, DOCUMENT, ON_CHAIN, STORAGE, WEB.`,
        { path: ['input', 'kind'] },
      );
    if (url) throw new Invalid(`A link of the kind ${kind} names an id, not an address.`, { path: ['input', 'url'] });
    if (!targetId)
      throw new Invalid(`A link of the kind ${kind} needs the id of an asset.`, { path: ['input', 'targetId'] });
    return checkId(targetId, 'ast', ['input', 'targetId']);
  }
  if (targetId) throw new Invalid(`A link of the kind ${kind} leads to an address.`, { path: ['input', 'targetId'] });
  if (!url || !addressPattern.test(url) || !URL.canParse(url))
    throw new Invalid(`A link of the kind ${kind} needs an http, ipfs, ar, s3 or gs address.`, {
      path: ['input', 'url'],
    });
  return url;
}

export const toldOf = ({ id, asset, kind, target, relation, targetOwnerId }: AssetLink, ownerId: string) => ({
  linkId: id,
  assetId: asset.id,
  ownerId,
  kind,
  target,
  relation: relation ?? null,
  targetOwnerId: targetOwnerId ?? null,
});

/** A link and its asset, both locked, the asset first as everybody does. Who answers need not see the asset any more. */
export async function lockedLink(tx: Transaction, linkId: string): Promise<{ link: AssetLink; ownerId: string }> {
  const path = ['input', 'linkId'];
  const seen = tx.found(await assetLinks.load(tx, linkId), path);
  const asset = tx.found(
    await tx.em.findOne(Asset, { id: seen.asset.id }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true }),
    path,
  );
  return { link: tx.found(await assetLinks.lock(tx, linkId), path), ownerId: asset.ownerId };
}

/**
 * An asset goes to somebody else: what was proposed by or to the owner before is nobody's question any more, and what is accepted is the new
 * owner's to take away.
 */
export async function linksChangeOwner(tx: Transaction, asset: Asset, toId: string): Promise<void> {
  await tx.em.flush();
  await sqlIn(tx.em, `update assets.asset_links set target_owner_id = $2 where target = $1 and status = 'ACCEPTED'`, [
    asset.id,
    toId,
  ]);
  await sqlIn(tx.em, `delete from assets.asset_links where target = $1 and status = 'DECLINED'`, [asset.id]);
  const ends = { status: 'PROPOSED' as const, $or: [{ asset: asset.id }, { target: asset.id }] };
  const waiting = await tx.em.find(AssetLink, ends, { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } });
  for (const link of waiting) {
    tx.em.remove(link);
    tx.emit(assetLinkRemoved, link.asset.id, toldOf(link, link.proposerId ?? asset.ownerId));
  }
}
