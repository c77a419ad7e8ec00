import type { Migration } from '../../../platform/database/migrations.ts';
import { standardColumnsSql } from '../../../platform/nouns/entity.ts';

/** Counts of owned assets, pictures that may become avatars, and indexes for erasure and sweeping. */
export const identity007Closing: Migration = {
  name: '007-closing',
  up: [
    `alter table actors
      add column owned_asset_count int not null default 0,
      add column avatar_media_id text collate "C"`,
    `create index actors_by_avatar_media on actors (avatar_media_id) where avatar_media_id is not null`,
    // The id is that of the medium.
    `create table uploaded_images (${standardColumnsSql},
      uploaded_by text collate "C" not null
    )`,
    `create index uploaded_images_by_uploader on uploaded_images (uploaded_by)`,
    `create index account_mails_by_recipient on account_mails (universe_id, recipient)`,
    `create index account_mails_by_subject on account_mails (subject_id)`,
    `create index one_time_links_by_address on one_time_links (universe_id, address)`,
    `create index one_time_links_by_subject on one_time_links (subject_id)`,
    `create index invitations_by_acceptance on invitations (accepted_by) where accepted_by is not null`,
    `create index refresh_tokens_by_end on refresh_tokens (expires_at)`,
    `create index sessions_by_end on sessions (expires_at)`,
    `create index sessions_by_revocation on sessions (revoked_at) where revoked_at is not null`,
  ],
};
