import type { Migration } from '../../../platform/database/migrations.ts';

/** Keys of agents as well as services, and invitations by id, which can be declined. */
export const identity008Rights: Migration = {
  name: '008-rights',
  up: [
    `alter table service_keys rename to actor_keys`,
    `alter table actor_keys rename column service_id to actor_id`,
    `alter index service_keys_by_service rename to actor_keys_by_actor`,
    `update actor_keys set scopes = array_replace(array_replace(scopes, 'identity.serviceKey.create', 'identity.actorKey.create'),
      'identity.serviceKey.revoke', 'identity.actorKey.revoke') where scopes is not null`,
    `alter table invitations
      alter column email drop not null,
      add column actor_id text collate "C",
      add column declined_at timestamptz(3),
      add check ((email is null) <> (actor_id is null))`,
    `drop index invitations_open`,
    `create unique index invitations_open on invitations (organization_id, email)
      where accepted_at is null and revoked_at is null and declined_at is null`,
    `create unique index invitations_open_of_actor on invitations (organization_id, actor_id)
      where accepted_at is null and revoked_at is null and declined_at is null`,
    `create index invitations_by_actor on invitations (actor_id) where actor_id is not null`,
  ],
};
