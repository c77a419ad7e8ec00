import type { Migration } from '../../../platform/database/migrations.ts';
import { standardColumnsSql } from '../../../platform/nouns/entity.ts';

export const identity005PostalAddresses: Migration = {
  name: '005-postal-addresses',
  up: [
    `create table postal_addresses (${standardColumnsSql},
      version int not null default 1,
      owner_id text collate "C" not null,
      name text not null,
      organization_name text,
      lines text[] not null,
      locality text,
      administrative_area text,
      postal_code text,
      country text not null,
      phone text,
      is_shipping_default boolean not null default false,
      is_billing_default boolean not null default false,
      archived_at timestamptz(3)
    )`,
    `create index postal_addresses_by_owner on postal_addresses (owner_id, created_at)`,
    `create unique index postal_addresses_for_shipping on postal_addresses (owner_id) where is_shipping_default`,
    `create unique index postal_addresses_for_billing on postal_addresses (owner_id) where is_billing_default`,
  ],
};
