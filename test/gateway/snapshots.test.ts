import { expect, test } from 'vitest';
import type { IdentitySnapshot } from '../../gateway/authentication/identity.ts';
import { SnapshotCache } from '../../gateway/authentication/snapshots.ts';

const snapshotOf = (id: string): IdentitySnapshot => ({
  id,
  kind: 'USER',
  delegate: null,
  universe: null,
  sessionId: null,
  memberships: [],
  platformRoles: [],
  scopes: null,
  rightsVersion: 0,
  expiresAt: null,
});

test('invented keys evict no actor, and are not looked up repeatedly', async () => {
  const cache = new SnapshotCache();
  await cache.get('ann', () => Promise.resolve(snapshotOf('usr_ann')));
  let asked = 0;
  const unknown = (key: string) => cache.get(key, () => Promise.resolve((asked += 1)).then(() => null));
  for (let n = 0; n < 30_000; n++) await unknown(`made up ${n}`);
  expect(cache.peek('ann')).toMatchObject({ id: 'usr_ann' });
  expect(asked).toBe(30_000);
  await unknown('made up 29999');
  expect(asked).toBe(30_000);
  expect(cache.peek('made up 29999')).toBeNull();
});

test('an unknown key is recognised at the next lookup after its creation', async () => {
  const cache = new SnapshotCache();
  await cache.get('ann', () => Promise.resolve(snapshotOf('usr_ann')));
  cache.drop('usr_ann');
  expect(await cache.get('ann', () => Promise.resolve(null))).toBeNull();
  expect(cache.peek('ann')).toBeNull();
});
