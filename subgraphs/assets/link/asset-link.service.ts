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

/** Open proposals from one owner to another: enough for a series of prints, too few for a campaign. */
const waitingOfOneAtMost = 20;
/** Open proposals to one owner: as many as a person can read in an evening. */
const waitingAtMost = 200;
/** Days for which a refusal holds, for all proposals from the same owner. */
const noHoldsDays = 30;

/** Throws if this owner has recently declined a proposal from the same owner, or has too many open proposals. */
export async function checkProposal(tx: Transaction, asset: Asset, ownerId: string, waits: boolean): Promise<void> {
  if (!isPublic(asset.status))
    throw new Conflict('Publish the asset first, so that the owner of the target can see it.', {
      path: ['input', 'assetId'],
    });
  // Serialized, because two simultaneous proposals could both take the last place.
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
      `The owner of this target declined a link. You can propose another one from ${again.toISOString().slice(0, 10)}.`,
      { path },
    );
  }
  if (waits) return;
  if ((found?.own ?? 0) >= waitingOfOneAtMost)
    throw new TooMany(`${waitingOfOneAtMost} of your proposals wait for this owner. Withdraw some, or wait.`, {
      path,
      retryAfter: 86_400,
    });
  if ((found?.waiting ?? 0) >= waitingAtMost)
    throw new TooMany(`${waitingAtMost} proposals wait for this owner.`, { path, retryAfter: 86_400 });
}

/** The id or the address of a link's target. */
export function targetOf({ kind, targetId, url }: LinkTarget): string {
  if (!addressKinds.includes(kind)) {
    if (!assetTargetKinds.includes(kind))
      throw new Invalid(
        `kind: ${kind} is not supported yet, because no system of this graph could confirm the link. Supported: ASSET, DOCUMENT, ON_CHAIN, STORAGE, WEB.`,
        { path: ['input', 'kind'] },
      );
    if (url) throw new Invalid(`url: a link of the kind ${kind} takes a targetId instead.`, { path: ['input', 'url'] });
    if (!targetId)
      throw new Invalid(`targetId: a link of the kind ${kind} needs the id of an asset.`, {
        path: ['input', 'targetId'],
      });
    return checkId(targetId, 'ast', ['input', 'targetId']);
  }
  if (targetId)
    throw new Invalid(`targetId: a link of the kind ${kind} takes a url instead.`, { path: ['input', 'targetId'] });
  if (!url || !addressPattern.test(url) || !URL.canParse(url))
    throw new Invalid(`url: a link of the kind ${kind} needs an http, https, ipfs, ar, s3 or gs address.`, {
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

/** Locks a link and its asset, the asset first as everywhere. The caller may no longer see the asset. */
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
 * When an asset gets another owner, open proposals by or to the previous owner end; accepted links stay, and the new owner can remove
 * them.
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
