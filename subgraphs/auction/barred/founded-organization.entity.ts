import { defineEntity, p } from '@mikro-orm/core';
import { standardColumns } from '../../../platform/nouns/entity.ts';

export const FoundedOrganizationSchema = defineEntity({
  name: 'FoundedOrganization',
  tableName: 'founded_organizations',
  properties: {
    ...standardColumns,
    founderId: p.text().name('founder_id'),
  },
});

/** An organization whose founder belongs to it still, as the facts of identity tell it. Its id is the organization's. */
export class FoundedOrganization extends FoundedOrganizationSchema.class {}
FoundedOrganizationSchema.setClass(FoundedOrganization);
