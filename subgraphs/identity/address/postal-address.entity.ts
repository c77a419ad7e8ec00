import { defineEntity, p } from '@mikro-orm/core';
import { classify } from '../../../platform/nouns/classification.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';

export const PostalAddressSchema = defineEntity({
  name: 'PostalAddress',
  tableName: 'postal_addresses',
  properties: {
    ...standardColumns,
    version: p.integer().version().default(1),
    ownerId: p.text().name('owner_id'),
    name: p.text(),
    organizationName: p.text().name('organization_name').nullable(),
    lines: p.array(),
    locality: p.text().nullable(),
    administrativeArea: p.text().name('administrative_area').nullable(),
    postalCode: p.text().name('postal_code').nullable(),
    /** ISO 3166-1 alpha-2. */
    country: p.text(),
    /** E.164. */
    phone: p.text().nullable(),
    isShippingDefault: p.boolean().name('is_shipping_default').default(false),
    isBillingDefault: p.boolean().name('is_billing_default').default(false),
    archivedAt: p.datetime(3).name('archived_at').nullable(),
  },
});

/** An address for deliveries and bills. */
export class PostalAddress extends PostalAddressSchema.class {
  /** An archived address stays for what refers to it and is no longer a default. */
  archive(now: Date): void {
    this.archivedAt = now;
    this.updatedAt = now;
    this.isShippingDefault = false;
    this.isBillingDefault = false;
  }
}
PostalAddressSchema.setClass(PostalAddress);
classify(PostalAddressSchema, {
  personal: ['name', 'organizationName', 'lines', 'locality', 'administrativeArea', 'postalCode', 'phone'],
});
