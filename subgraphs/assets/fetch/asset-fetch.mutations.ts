import { MinLength } from 'class-validator';
import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { mutationOf } from '../../../platform/declare/row-mutation.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import { longestUrl } from '../../../platform/outgoing/outgoing.ts';
import { Verbatim } from '../../../platform/input/normal.ts';
import { assets } from '../asset/asset.noun.ts';
import { assetFetchProgressed, assetFetchRequested } from '../events.ts';
import { importArguments } from '../import/import-arguments.ts';
import { mediaAtMost } from '../media/media.noun.ts';
import { AssetFetch, openStatuses } from './asset-fetch.entity.ts';
import { assetFetches } from './asset-fetch.noun.ts';
import { admit, letUploadsGo, locate, newFetch, tellProgress } from './asset-fetch.service.ts';
import { addressesOf } from './prefix.ts';

const address = (description: string) => arg.text(description, { max: longestUrl }).check(MinLength(1), Verbatim());

export const assetFetchAttach = mutation('assetFetchAttach', {
  access: 'assets.assetFetch.attach',
  description:
    'Lets the server fetch a file from a configured source and attach it to an asset. It runs after the call; `assetFetchProgressed` shows its progress. The limits of uploads apply. A file that is already being fetched for the asset is not fetched twice, and a file that the asset has is not attached twice.',
  errors:
    'NOT_FOUND, FORBIDDEN, INVALID for an address at no configured source, CONFLICT for an archived asset or if no sources are configured, TOO_MANY if the viewer has 200 fetches under way, UNAVAILABLE if a bucket does not answer or 10,000 fetches are under way',
  tells: [assetFetchRequested],
  input: {
    assetId: arg.id('ast', 'The asset that the file shows.'),
    url: address(
      'Address of the file at a configured source, 1 to 2,000 characters: https://, http:// or s3://bucket/key. An s3 address that ends with / stands for all objects below it, at most 50.',
    ),
  },
  payload: (f) => ({
    fetches: f.rows(
      () => assetFetches,
      `The fetches: one for a file, one for each object below a prefix, at most ${mediaAtMost}.`,
      { atMost: mediaAtMost },
    ),
  }),
  prepare: ({ assetId, url }, context) => addressesOf(context, assetId, url),
  async run(tx, { assetId }, urls) {
    // The lock serializes requests for the same file.
    const asset = tx.found(await assets.lock(tx, assetId), ['input', 'assetId']);
    const { ownerId } = asset;
    tx.must('assets.assetFetch.attach', ownerId);
    if (asset.status === 'ARCHIVED')
      throw new Conflict('The asset is archived. Reopen it first.', { path: ['input', 'assetId'] });
    const places = urls.map((url) => ({ url, place: locate(tx, url, ownerId) }));
    await admit(tx, places.length);
    const known = await tx.em.find(AssetFetch, { assetId, url: { $in: urls }, status: { $in: [...openStatuses] } });
    const byUrl = new Map(known.map((fetch) => [fetch.url, fetch]));
    const fetches = places.map(
      (each) => byUrl.get(each.url) ?? newFetch(tx, { ...each, kind: 'MEDIA', assetId, ownerId }),
    );
    return { fetches };
  },
});

export const assetFetchImport = mutation('assetFetchImport', {
  access: 'assets.assetFetch.import',
  description:
    'Lets the server fetch a catalogue from a configured source and import it batch by batch. It runs after the call; `assetFetchProgressed` and `assetImportProgressed` show its progress. Invalid lines are reported, the others are imported.',
  errors:
    'FORBIDDEN, INVALID for an address at no configured source, CONFLICT if no sources are configured, TOO_MANY if the viewer has 200 fetches under way, UNAVAILABLE if 10,000 fetches are under way',
  tells: [assetFetchRequested],
  input: {
    url: address(
      'Address of the catalogue at a configured source, 1 to 2,000 characters: https://, http:// or s3://bucket/key. It is NDJSON in UTF-8, an `AssetImportLineInput` without `line` in each line, at most 256 MiB.',
    ),
    ...importArguments,
  },
  answers: [assetFetches, 'The queued fetch.'],
  async run(tx, { url, ownerId: given, ...catalogue }) {
    const ownerId = given ?? tx.info.actingFor ?? tx.actorId;
    tx.must('assets.assetFetch.import', ownerId);
    const place = locate(tx, url, ownerId);
    await admit(tx, 1);
    return newFetch(tx, { url, place, kind: 'CATALOGUE', ownerId, catalogue });
  },
});

export const assetFetchCancel = mutationOf(assetFetches, 'assetFetchCancel', {
  access: 'assets.assetFetch.cancel',
  description:
    'Cancels a fetch that is under way. Assets that were already imported from a catalogue stay. Idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT if it is done or has failed',
  tells: [assetFetchProgressed],
  target: 'The fetch to cancel.',
  answers: [assetFetches, 'The fetch, whose status is CANCELLED.'],
  async run(tx, fetch) {
    if (fetch.status === 'CANCELLED') return;
    if (!openStatuses.includes(fetch.status))
      throw new Conflict(`The fetch has already ended: it is ${fetch.status}.`, { path: ['input', 'fetchId'] });
    fetch.end('CANCELLED', tx.now());
    await letUploadsGo(tx, [fetch]);
    tellProgress(tx, fetch);
  },
});
