import { expect, test } from 'vitest';
import { NotMigrated } from '../../../platform/house/migrations.ts';

const pending = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ os: 'hub', name: `00${n + 1}-step`, state: 'pending' as const }));

test('a database that is not migrated is reported with the advice first, a count and the first names', () => {
  expect(new NotMigrated(pending(84)).message).toBe(
    'Run "npm run migrate" with the newest program: the database is not of this program\'s version. ' +
      'Migrations: 84 pending (hub/001-step, hub/002-step, hub/003-step and 81 more).',
  );
  const mixed = [...pending(1), { os: 'identity', name: '999-later', state: 'unknown' as const }];
  expect(new NotMigrated(mixed).message).toMatch(
    /Migrations: 1 pending \(hub\/001-step\); 1 unknown \(identity\/999-later\)\.$/,
  );
});
