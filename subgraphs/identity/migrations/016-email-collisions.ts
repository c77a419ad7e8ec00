import type { Migration } from '../../../platform/database/migrations.ts';
import { normalEmail } from '../../../platform/scalars/email.ts';

/**
 * Stores the normal form of addresses that 013 left unchanged because another account had it. Nobody can sign in by such an address;
 * the column lets operators list these accounts.
 */
export const identity016EmailCollisions: Migration = {
  name: '016-email-collisions',
  up: async (query) => {
    await query(`alter table actors add column colliding_email text`);
    const rows = await query<{ id: string; email: string }>(
      `select id, email from actors where kind = 'USER' and octet_length(email) <> char_length(email)`,
    );
    const found = rows.flatMap(({ id, email }) =>
      normalEmail(email) === email ? [] : [{ id, form: normalEmail(email) }],
    );
    await query(
      `update actors a set colliding_email = f.form from jsonb_to_recordset($1::jsonb) as f(id text, form text) where a.id = f.id`,
      [JSON.stringify(found)],
    );
    await query(
      `create index actors_by_colliding_email on actors (universe_id, colliding_email) where colliding_email is not null`,
    );
  },
};
