import { LRUCache } from 'lru-cache';
import type { IdentitySnapshot } from './identity.ts';

/** Milliseconds for which a snapshot may be used: within this time a change of rights takes effect everywhere. */
const lifetime = 5_000;
/** Milliseconds for which it may be used while every change of rights is told at once. The end of a session by time is not told. */
const toldLifetime = 60_000;

/** Tells of changes of rights. */
export interface RightsNews {
  /** Milliseconds since 1970 from which on every change is told, those of three seconds ago for certain; null while that is not known. */
  readonly healthySince: number | null;
}
/** Snapshots kept. One process serves fewer than 20,000 actors within five seconds; about 20 MB. */
const most = 20_000;
/** Unknown keys kept. Anyone can invent them, so they have a separate cache and evict no actors. */
const mostUnknown = 2_000;

/**
 * Actor snapshots, each at most five seconds old, or a minute while news of changed rights come. Concurrent requests for the same one
 * share one lookup; `drop` forgets an actor at once.
 */
export class SnapshotCache {
  /** Set once changes of rights are told. */
  news: RightsNews | null = null;
  private readonly kept = new LRUCache<string, { snapshot: IdentitySnapshot; at: number; isTold: boolean }>({
    max: most,
  });
  private readonly unknown = new LRUCache<string, { snapshot: null; at: number }>({ max: mostUnknown });
  private readonly loading = new Map<string, Promise<IdentitySnapshot | null>>();
  private readonly keysOf = new Map<string, Set<string>>();
  /** Counts the drops: a snapshot requested before a drop is not cached after it. */
  private drops = 0;
  /** Keys added to the index since it was last swept. */
  private indexed = 0;

  /** The cached snapshot if it is fresh; `null` when the actor is known not to exist; `undefined` when identity must be asked. */
  peek(key: string): IdentitySnapshot | null | undefined {
    const now = Date.now();
    const known = this.kept.get(key);
    if (known) return now - known.at < lifetime || this.isStillTrue(known, now) ? known.snapshot : undefined;
    const unknown = this.unknown.get(key);
    return unknown && now - unknown.at < lifetime ? unknown.snapshot : undefined;
  }

  /** Whether news of every change since the snapshot would have arrived. */
  private isStillTrue({ at, isTold }: { at: number; isTold: boolean }, now: number): boolean {
    const since = this.news?.healthySince ?? null;
    return isTold && since !== null && since <= at && now - at < toldLifetime;
  }

  /** Whether the last lookup found an actor, however long ago. */
  knew(key: string): boolean {
    return this.kept.has(key);
  }

  /** The snapshot, loaded if none is fresh. `isTold`: all that it depends on is told to be changed, by the names of its actors. */
  get(key: string, load: () => Promise<IdentitySnapshot | null>, isTold = false): Promise<IdentitySnapshot | null> {
    const fresh = this.peek(key);
    if (fresh !== undefined) return Promise.resolve(fresh);
    const underway = this.loading.get(key);
    if (underway) return underway;
    // The age counts from the request: the answer reflects that time at the earliest.
    const at = Date.now();
    const drops = this.drops;
    const loaded = load()
      .then((snapshot) => {
        if (drops === this.drops) this.keep(key, snapshot, at, isTold);
        return snapshot;
      })
      .finally(() => {
        if (this.loading.get(key) === loaded) this.loading.delete(key);
      });
    this.loading.set(key, loaded);
    return loaded;
  }

  /** Forgets an actor, as principal and as delegate, because its rights have changed. */
  drop(actorId: string): void {
    this.drops += 1;
    this.loading.clear();
    for (const key of this.keysOf.get(actorId) ?? []) this.kept.delete(key);
    this.keysOf.delete(actorId);
  }

  private keep(key: string, snapshot: IdentitySnapshot | null, at: number, isTold: boolean): void {
    if (snapshot === null) {
      this.kept.delete(key);
      this.unknown.set(key, { snapshot, at });
      return;
    }
    this.unknown.delete(key);
    this.kept.set(key, { snapshot, at, isTold });
    for (const id of [snapshot.id, snapshot.delegate]) {
      if (!id) continue;
      const keys = this.keysOf.get(id) ?? new Set();
      if (!keys.has(key)) this.indexed += 1;
      keys.add(key);
      this.keysOf.set(id, keys);
    }
    if (this.indexed > 2 * most) this.sweep();
  }

  /** The index keeps keys that the cache has evicted; it is swept before it exceeds twice the size of the cache. */
  private sweep(): void {
    this.indexed = 0;
    for (const [id, keys] of this.keysOf) {
      for (const key of keys) if (this.peek(key) === undefined) keys.delete(key);
      if (keys.size === 0) this.keysOf.delete(id);
    }
  }
}
