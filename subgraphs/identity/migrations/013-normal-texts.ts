import type { Migration } from '../../../platform/database/migrations.ts';
import { normalizeStoredTexts, rewriteStoredTexts } from '../../../platform/database/normal-texts.ts';
import { normalEmail } from '../../../platform/scalars/email.ts';

/** Columns of e-mail addresses, which have their own normal form. */
const addresses = [
  { table: 'actors', column: 'email' },
  { table: 'invitations', column: 'email' },
  { table: 'one_time_links', column: 'address' },
  { table: 'account_mails', column: 'recipient' },
];

/**
 * Converts texts that were stored before normal forms existed, because searches use the normal form: an account with a domain outside
 * of ASCII could not sign in.
 */
export const identity013NormalTexts: Migration = {
  name: '013-normal-texts',
  async *up(query, report) {
    for (const column of addresses) {
      await rewriteStoredTexts(query, report, column, normalEmail);
      yield;
    }
    yield* normalizeStoredTexts(
      query,
      report,
      addresses.map(({ table, column }) => `${table}.${column}`),
    );
  },
};
