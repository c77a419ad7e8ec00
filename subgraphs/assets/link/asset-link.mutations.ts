import { LockMode } from '@mikro-orm/core';
import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { Conflict, Invalid } from '../../../platform/errors/errors.ts';
import { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.noun.ts';
import { assetLinkAdded, assetLinkDeclined, assetLinkProposed, assetLinkRemoved } from '../events.ts';
import { AssetLink, AssetLinkKind, assetTargetKinds, linksAtMost } from './asset-link.entity.ts';
import { assetLinks } from './asset-link.noun.ts';
import { checkProposal, lockedLink, targetOf, toldOf } from './asset-link.service.ts';

export const assetLinkAdd = mutation('assetLinkAdd', {
  access: 'assets.assetLink.add',
  description:
    'Links an asset with another asset, a document or an address. If the target has another owner, the asset must be published, and the link is PROPOSED until that owner accepts it. Adding an existing link only changes its relation; the new relation is proposed again.',
  errors:
    'NOT_FOUND, FORBIDDEN, INVALID, also for a kind that is not supported yet; CONFLICT for more than 100 links, within 30 days after the owner of the target declined a proposal, and for a proposal from an asset that is not published; TOO_MANY for more than 20 open proposals from one owner, or 200 from all, to the same owner',
  tells: [assetLinkAdded, assetLinkProposed],
  input: {
    assetId: arg.id('ast', 'The asset that is linked.'),
    kind: arg.enum(AssetLinkKind, 'The kind of target, which determines whether `targetId` or `url` is required.'),
    targetId: arg.id(null, 'For ASSET and DOCUMENT: the id of an asset that the viewer can see.').optional(),
    url: arg
      .text('For ON_CHAIN, STORAGE and WEB: an http, https, ipfs, ar, s3 or gs address, at most 2,000 characters.', {
        max: 2000,
      })
      .optional(),
    relation: arg
      .text('The role of the target, such as "cover" or "lead single"; at most 120 characters.', { max: 120 })
      .optional(),
  },
  payload: (f) => ({
    link: f.row(
      () => assetLinks,
      'PROPOSED until the owner of the target accepts; ACCEPTED if no acceptance is needed.',
    ),
    asset: f.row(() => assets),
  }),
  async run(tx, given) {
    const { assetId, kind, relation = null } = given;
    const target = targetOf(given);
    const isAsset = assetTargetKinds.includes(kind);
    if (target === assetId)
      throw new Invalid('targetId: an asset cannot be linked with itself.', { path: ['input', 'targetId'] });
    // Both are locked in the order of ids, so that neither gets another owner meanwhile.
    const locked = await assets.lockAll(tx, isAsset ? [assetId, target] : [assetId]);
    const byId = new Map(locked.map((each) => [each.id, each]));
    const asset = tx.found(byId.get(assetId), ['input', 'assetId']);
    tx.must('assets.assetLink.add', asset.ownerId);
    const other = isAsset ? tx.found(byId.get(target), ['input', 'targetId']) : null;
    if (kind === 'DOCUMENT' && other?.kind !== 'DOCUMENT')
      throw new Invalid('targetId: this asset is not of the kind DOCUMENT. Link it as ASSET.', {
        path: ['input', 'targetId'],
      });
    const known = await tx.em.find(AssetLink, { asset: assetId });
    const same = known.find((link) => link.kind === kind && link.target === target);
    if (same && same.status !== 'DECLINED' && (same.relation ?? null) === relation) return { link: same, asset };
    if (!same && known.filter(({ status }) => status !== 'DECLINED').length >= linksAtMost)
      throw new Conflict(`An asset has at most ${linksAtMost} links.`, { path: ['input', 'assetId'] });
    const targetOwnerId = other?.ownerId ?? null;
    const asks =
      targetOwnerId !== null && targetOwnerId !== asset.ownerId && !tx.can('assets.assetLink.accept', targetOwnerId);
    if (asks) await checkProposal(tx, asset, targetOwnerId, same?.status === 'PROPOSED');
    const said = {
      relation,
      status: asks ? ('PROPOSED' as const) : ('ACCEPTED' as const),
      proposerId: asset.ownerId,
      targetOwnerId,
      answeredBy: null,
      answeredAt: null,
    };
    const link = same
      ? Object.assign(same, said, { updatedAt: tx.now() })
      : assetLinks.create(tx, {
          ...said,
          kind,
          target,
          createdBy: tx.actorId,
          asset: tx.em.getReference(Asset, assetId, { wrapped: true }),
        });
    tx.emit(asks ? assetLinkProposed : assetLinkAdded, assetId, toldOf(link, asset.ownerId));
    return { link, asset };
  },
});

const linkId = arg.id('aln', 'The proposed link.');

export const assetLinkAccept = mutation('assetLinkAccept', {
  access: 'assets.assetLink.accept',
  description:
    'Accepts a proposed link to an asset of the viewer. From then on everybody who sees the linking asset sees the link. Idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT if it was declined',
  tells: [assetLinkAdded],
  input: { linkId },
  payload: (f) => ({ link: f.row(() => assetLinks, 'The link as it is now.') }),
  async run(tx, given) {
    const { link, ownerId } = await lockedLink(tx, given.linkId);
    tx.must('assets.assetLink.accept', link.targetOwnerId ?? ownerId);
    if (link.status === 'ACCEPTED') return { link };
    link.answer('ACCEPTED', tx.actorId, tx.now());
    tx.emit(assetLinkAdded, link.asset.id, toldOf(link, ownerId));
    return { link };
  },
});

export const assetLinkDecline = mutation('assetLinkDecline', {
  access: 'assets.assetLink.decline',
  description:
    'Declines a proposed link to an asset of the viewer. The proposer cannot propose another link to the same owner for 30 days. Idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT if it was accepted: remove it with `assetLinkRemove`',
  tells: [assetLinkDeclined],
  input: { linkId },
  payload: (f) => ({ link: f.row(() => assetLinks, 'The link as it is now.') }),
  async run(tx, given) {
    const { link, ownerId } = await lockedLink(tx, given.linkId);
    tx.must('assets.assetLink.decline', link.targetOwnerId ?? ownerId);
    if (link.status === 'DECLINED') return { link };
    link.answer('DECLINED', tx.actorId, tx.now());
    tx.emit(assetLinkDeclined, link.asset.id, toldOf(link, ownerId));
    return { link };
  },
});

/**
 * A link that the target's owner removes, and a declined one, are kept as declined, so that removing does not undo a refusal.
 */
export const assetLinkRemove = mutation('assetLinkRemove', {
  access: 'assets.assetLink.remove',
  description:
    'Removes a link or withdraws a proposal. The owner of the asset can remove both; the owner of the target can remove an accepted link. Idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID',
  tells: [assetLinkRemoved],
  input: { assetId: arg.id('ast', 'The asset that is linked.'), linkId: arg.id('aln', 'The link to remove.') },
  payload: (f) => ({
    link: f
      .row(() => assetLinks, 'The link as it was before it was removed; null if the asset no longer had such a link.')
      .nullable(),
    asset: f.row(() => assets),
  }),
  async run(tx, given) {
    const asset = tx.found(await assets.lock(tx, given.assetId), ['input', 'assetId']);
    const link = await tx.em.findOne(
      AssetLink,
      { id: given.linkId, asset: asset.id },
      { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
    );
    const byTarget =
      link?.status === 'ACCEPTED' && link.targetOwnerId && !tx.can('assets.assetLink.remove', asset.ownerId)
        ? tx.can('assets.assetLink.remove', link.targetOwnerId)
        : false;
    tx.must('assets.assetLink.remove', byTarget && link?.targetOwnerId ? link.targetOwnerId : asset.ownerId);
    if (!link || link.status === 'DECLINED') return { link, asset };
    tx.emit(assetLinkRemoved, asset.id, toldOf(link, asset.ownerId));
    const now = tx.now();
    if (byTarget) Object.assign(link, { status: 'DECLINED', answeredBy: tx.actorId, answeredAt: now, updatedAt: now });
    else tx.em.remove(link);
    return { link, asset };
  },
});
