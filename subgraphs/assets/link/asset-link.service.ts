import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict, Invalid } from '../../../platform/errors/errors.ts';
import { newId, prefixOf } from '../../../platform/ids/ids.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.query.ts';
import { assetLinkAdded, assetLinkRemoved } from '../events.ts';
import { AssetLink, idKinds, linksAtMost, type AssetLinkKind } from './asset-link.entity.ts';

const addressPattern = /^(https?|ipfs|ar|s3|gs):\/\/\S+$/;

/** Links an asset with something; the same link again changes its relation. */
export async function assetLinkAdd(
  tx: Transaction,
  input: {
    assetId: string;
    kind: AssetLinkKind;
    targetId?: string | null;
    url?: string | null;
    relation?: string | null;
  },
): Promise<Asset> {
  const { assetId, kind, relation = null } = input;
  const target = targetOf(input);
  const asset = tx.found(await assets.lock(tx, assetId), ['input', 'assetId']);
  tx.must('assets.assetLink.add', asset.ownerId);
  const known = await tx.em.find(AssetLink, { assetId });
  const same = known.find((link) => link.kind === kind && link.target === target);
  if (same && (same.relation ?? null) === relation) return asset;
  const now = tx.now();
  if (same) Object.assign(same, { relation, updatedAt: now });
  else {
    if (known.length >= linksAtMost)
      throw new Conflict(`An asset has at most ${linksAtMost} links.`, { path: ['input', 'assetId'] });
    const made = { id: newId('aln'), universeId: tx.universe, createdAt: now, updatedAt: now, createdBy: tx.actorId };
    tx.em.persist(tx.em.create(AssetLink, { ...made, assetId, kind, target, relation }));
  }
  tx.emit(assetLinkAdded, assetId, { assetId, ownerId: asset.ownerId, kind, target, relation });
  return asset;
}

function targetOf(input: { kind: AssetLinkKind; targetId?: string | null; url?: string | null }): string {
  const { kind, targetId, url } = input;
  if (idKinds.includes(kind)) {
    if (url) throw new Invalid(`A link of the kind ${kind} names an id, not an address.`, { path: ['input', 'url'] });
    if (!targetId || prefixOf(targetId) === null)
      throw new Invalid(`A link of the kind ${kind} needs the id of a thing of the graph.`, {
        path: ['input', 'targetId'],
      });
    return targetId;
  }
  if (targetId) throw new Invalid(`A link of the kind ${kind} leads to an address.`, { path: ['input', 'targetId'] });
  if (!url || !addressPattern.test(url) || !URL.canParse(url))
    throw new Invalid(`A link of the kind ${kind} needs an http, ipfs, ar, s3 or gs address.`, {
      path: ['input', 'url'],
    });
  return url;
}

/** Takes a link away; one that is not there is none to take away. */
export async function assetLinkRemove(tx: Transaction, input: { assetId: string; linkId: string }): Promise<Asset> {
  const asset = tx.found(await assets.lock(tx, input.assetId), ['input', 'assetId']);
  tx.must('assets.assetLink.remove', asset.ownerId);
  const link = await tx.em.findOne(AssetLink, { id: input.linkId, assetId: asset.id });
  if (!link) return asset;
  tx.em.remove(link);
  const { kind, target, relation = null } = link;
  tx.emit(assetLinkRemoved, asset.id, { assetId: asset.id, ownerId: asset.ownerId, kind, target, relation });
  return asset;
}
