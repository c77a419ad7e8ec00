import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
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

describe('while every change is told', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => vi.useRealTimers());
  const wait = (ms: number): void => void vi.setSystemTime(Date.now() + ms);

  async function kept(isTold = true) {
    const cache = new SnapshotCache();
    const news: { healthySince: number | null } = { healthySince: Date.now() };
    cache.news = news;
    await cache.get('ann', () => Promise.resolve(snapshotOf('usr_ann')), isTold);
    return { cache, news };
  }

  test('rights stay valid beyond five seconds, for a minute at most, and end when a change is told', async () => {
    const { cache } = await kept();
    wait(59_000);
    expect(cache.peek('ann')).toMatchObject({ id: 'usr_ann' });
    wait(1_000);
    expect(cache.peek('ann')).toBeUndefined();
    await cache.get('ann', () => Promise.resolve(snapshotOf('usr_ann')), true);
    wait(10_000);
    cache.drop('usr_ann');
    expect(cache.peek('ann')).toBeUndefined();
  });

  test('they are valid for five seconds if the news are ill, or were ill since they were read', async () => {
    const { cache, news } = await kept();
    news.healthySince = null;
    wait(4_999);
    expect(cache.peek('ann')).toBeDefined();
    wait(1);
    expect(cache.peek('ann')).toBeUndefined();
    // A change while the news were ill was not told.
    news.healthySince = Date.now();
    expect(cache.peek('ann')).toBeUndefined();
  });

  test('those of a key, which also depend on others, are valid for five seconds', async () => {
    const { cache } = await kept(false);
    wait(5_000);
    expect(cache.peek('ann')).toBeUndefined();
  });
});
