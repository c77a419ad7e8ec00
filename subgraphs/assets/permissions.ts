import { definePermissions } from '../../platform/access/permission.ts';

const editors = { organizationRole: 'EDITOR', platformRoles: ['OPERATOR'], own: true } as const;

/** Transferring assets and changing categories is for administrators of an organization. */
const administrators = { organizationRole: 'ADMIN', platformRoles: ['OPERATOR'] } as const;
/** Only the receiver accepts and declines, not operators. */
const receivers = { organizationRole: 'EDITOR', own: true } as const;

export const permissions = definePermissions({
  'assets.asset.create': { sentence: 'Create assets for oneself or an organization.', ...editors },
  'assets.asset.update': { sentence: 'Change the description of an asset.', ...editors },
  'assets.asset.publish': { sentence: 'Publish an asset.', ...editors },
  'assets.asset.archive': { sentence: 'Archive an asset.', ...editors },
  'assets.asset.index': { sentence: 'Request the indexing of an asset.', ...editors },
  'assets.asset.reopen': { sentence: 'Make an asset a draft again.', ...editors },
  'assets.asset.reserve': { sentence: 'Put an asset on sale outside the platform.', ...editors },
  'assets.asset.release': { sentence: 'Take an asset off sale.', ...editors },
  'assets.asset.sell': { sentence: 'Record that an asset was sold outside the platform.', ...editors },
  'assets.asset.arrange': { sentence: 'Set the parts of an asset.', ...editors },
  'assets.asset.transfer': { sentence: 'Transfer an asset to another owner.', ...administrators, own: true },
  'assets.assetTransfer.accept': { sentence: 'Accept an asset that was offered.', ...receivers },
  'assets.assetTransfer.decline': { sentence: 'Decline an asset that was offered.', ...receivers },
  'assets.assetTransfer.cancel': { sentence: 'Cancel the offer of an asset.', ...administrators, own: true },
  'assets.assetLink.add': {
    sentence: 'Link an asset with other assets, documents and addresses.',
    ...editors,
  },
  'assets.assetLink.accept': {
    sentence: 'Accept a link from an asset of another owner to one’s own asset.',
    ...receivers,
  },
  'assets.assetLink.decline': {
    sentence: 'Decline a link from an asset of another owner to one’s own asset.',
    ...receivers,
  },
  'assets.assetLink.remove': { sentence: 'Remove links of an asset.', ...editors },
  'assets.category.create': {
    sentence: 'Add categories to the tree, or to the branch of an organization.',
    ...administrators,
  },
  'assets.category.update': { sentence: 'Rename and move categories.', ...administrators },
  'assets.category.archive': { sentence: 'Archive categories.', ...administrators },
  'assets.category.restore': { sentence: 'Restore archived categories.', ...administrators },
  'assets.mediaUpload.begin': { sentence: 'Upload a picture, recording or document of an asset.', ...editors },
  'assets.mediaUpload.complete': { sentence: 'Attach an uploaded file to an asset.', ...editors },
  'assets.assetFetch.attach': {
    sentence: 'Fetch a picture, recording or document of an asset from an outside source.',
    ...editors,
  },
  'assets.assetFetch.import': { sentence: 'Fetch a catalogue from an outside source and import it.', ...editors },
  'assets.assetFetch.cancel': { sentence: 'Cancel a fetch from an outside source.', ...editors },
  'assets.media.reorder': { sentence: 'Reorder the media of an asset.', ...editors },
  'assets.media.detach': { sentence: 'Detach a medium from an asset.', ...editors },
  'assets.mediaPrimary.set': { sentence: 'Choose the picture that represents an asset.', ...editors },
  'assets.assetField.restore': { sentence: 'Restore fields of an asset to the values of the import.', ...editors },
  'assets.mediaAnnotation.create': { sentence: 'Annotate the pictures of an asset.', ...editors },
  'assets.mediaAnnotation.update': { sentence: 'Change annotations of the pictures of an asset.', ...editors },
  'assets.mediaAnnotation.archive': { sentence: 'Archive annotations of the pictures of an asset.', ...editors },
  'assets.assetRecordFetch.request': {
    sentence: 'Fetch tokens of blockchains and web pages as drafts.',
    ...editors,
  },
  'assets.asset.import': { sentence: 'Import assets in batches.', ...editors },
});
