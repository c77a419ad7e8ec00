import { definePermissions } from '../../platform/access/permission.ts';

const editors = { organizationRole: 'EDITOR', platformRoles: ['OPERATOR'], own: true } as const;

/** Giving property away, or shaping what others see of it, is for those who run an organization. */
const administrators = { organizationRole: 'ADMIN', platformRoles: ['OPERATOR'] } as const;
/** Only the receiver accepts and declines, no operator. */
const receivers = { organizationRole: 'EDITOR', own: true } as const;

export const permissions = definePermissions({
  'assets.asset.create': { sentence: 'Create assets of one’s own or of an organization.', ...editors },
  'assets.asset.update': { sentence: 'Change what is written of an asset.', ...editors },
  'assets.asset.publish': { sentence: 'Show an asset to everybody.', ...editors },
  'assets.asset.archive': { sentence: 'Take an asset out of sight.', ...editors },
  'assets.asset.index': { sentence: 'Say that an asset is described and ready to be published.', ...editors },
  'assets.asset.reopen': { sentence: 'Make an asset a draft again.', ...editors },
  'assets.asset.reserve': { sentence: 'Put an asset on sale outside of the platform.', ...editors },
  'assets.asset.release': { sentence: 'Take an asset off sale.', ...editors },
  'assets.asset.sell': { sentence: 'Say that an asset was sold outside of the platform.', ...editors },
  'assets.asset.arrange': { sentence: 'Say of which parts an asset is made.', ...editors },
  'assets.asset.transfer': { sentence: 'Hand an asset to another owner.', ...administrators, own: true },
  'assets.assetTransfer.accept': { sentence: 'Accept an asset that was offered.', ...receivers },
  'assets.assetTransfer.decline': { sentence: 'Decline an asset that was offered.', ...receivers },
  'assets.assetTransfer.cancel': { sentence: 'Take back the offer of an asset.', ...administrators, own: true },
  'assets.assetLink.add': {
    sentence: 'Link an asset with other assets, documents and addresses.',
    ...editors,
  },
  'assets.assetLink.accept': {
    sentence: 'Accept that somebody’s asset is linked with one of one’s own.',
    ...receivers,
  },
  'assets.assetLink.decline': {
    sentence: 'Decline that somebody’s asset is linked with one of one’s own.',
    ...receivers,
  },
  'assets.assetLink.remove': { sentence: 'Take links of an asset away.', ...editors },
  'assets.category.create': {
    sentence: 'Add categories to the tree, or a branch of an organization’s own.',
    ...administrators,
  },
  'assets.category.update': { sentence: 'Rename and move categories.', ...administrators },
  'assets.category.archive': { sentence: 'Archive categories.', ...administrators },
  'assets.category.restore': { sentence: 'Restore archived categories.', ...administrators },
  'assets.mediaUpload.begin': { sentence: 'Send a picture, recording or document of an asset.', ...editors },
  'assets.mediaUpload.complete': { sentence: 'Put what was sent to an asset.', ...editors },
  'assets.assetFetch.attach': {
    sentence: 'Have a picture, recording or document of an asset fetched from outside.',
    ...editors,
  },
  'assets.assetFetch.import': { sentence: 'Have a catalogue fetched from outside and imported.', ...editors },
  'assets.assetFetch.cancel': { sentence: 'Cancel what is being fetched from outside.', ...editors },
  'assets.media.reorder': { sentence: 'Put the media of an asset into an order.', ...editors },
  'assets.media.detach': { sentence: 'Take a medium off an asset.', ...editors },
  'assets.mediaPrimary.set': { sentence: 'Choose the picture by which an asset is shown.', ...editors },
  'assets.assetField.restore': { sentence: 'Give fields of an asset back to the import.', ...editors },
  'assets.mediaAnnotation.create': { sentence: 'Annotate the pictures of an asset.', ...editors },
  'assets.mediaAnnotation.update': { sentence: 'Change annotations of the pictures of an asset.', ...editors },
  'assets.mediaAnnotation.archive': { sentence: 'Archive annotations of the pictures of an asset.', ...editors },
  'assets.assetRecordFetch.request': {
    sentence: 'Have tokens of blockchains and web pages brought in as drafts.',
    ...editors,
  },
  'assets.asset.import': { sentence: 'Import assets in batches.', ...editors },
});
