import { definePermissions } from '../../platform/access/permission.ts';

const editors = { organizationRole: 'EDITOR', platformRoles: ['OPERATOR'], own: true } as const;

export const permissions = definePermissions({
  'assets.asset.create': { sentence: 'Create assets of one’s own or of an organization.', ...editors },
  'assets.asset.update': { sentence: 'Change what is written of an asset.', ...editors },
  'assets.asset.publish': { sentence: 'Show an asset to everybody.', ...editors },
  'assets.asset.archive': { sentence: 'Take an asset out of sight.', ...editors },
  'assets.asset.import': { sentence: 'Import assets in batches.', ...editors },
});
