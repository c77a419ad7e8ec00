import { definePermissions } from '../../platform/access/permission.ts';

const editors = { organizationRole: 'EDITOR', platformRoles: ['OPERATOR'], own: true } as const;

export const permissions = definePermissions({
  'assets.asset.create': { sentence: 'Create assets of one’s own or of an organization.', ...editors },
  'assets.asset.update': { sentence: 'Change what is written of an asset.', ...editors },
  'assets.asset.publish': { sentence: 'Show an asset to everybody.', ...editors },
  'assets.asset.archive': { sentence: 'Take an asset out of sight.', ...editors },
  'assets.mediaUpload.begin': { sentence: 'Send a picture, recording or document of an asset.', ...editors },
  'assets.mediaUpload.complete': { sentence: 'Put what was sent to an asset.', ...editors },
  'assets.media.reorder': { sentence: 'Put the media of an asset into an order.', ...editors },
  'assets.media.detach': { sentence: 'Take a medium off an asset.', ...editors },
  'assets.mediaPrimary.set': { sentence: 'Choose the picture by which an asset is shown.', ...editors },
  'assets.asset.import': { sentence: 'Import assets in batches.', ...editors },
});
