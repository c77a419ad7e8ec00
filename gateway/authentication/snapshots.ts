import { LRUCache } from 'lru-cache';
import type { IdentitySnapshot } from './identity.ts';

/** Milliseconds for which a snapshot may be used: the house's promise of how soon a change of rights holds everywhere. */
const lifetime = 5_000;
/** Snapshots kept. 20,000 actors within five seconds are more than one process serves; about 20 MB. */
const most = 20_000;
/** Keys kept that nobody has. Anybody can make them up, so they have a place of their own and push no actor out. */
const mostUnknown = 2_000;

/**
 * Actor snapshots, each at most five seconds old. Many who ask for the same one at the same time share one look-up; `drop`
 * forgets an actor at once.
 */
export class SnapshotCache {
  private readonly kept = new LRUCache<string, { snapshot: IdentitySnapshot; at: number }>({ max: most });
  private readonly unknown = new LRUCache<string, { snapshot: null; at: number }>({ max: mostUnknown });
  private readonly loading = new Map<string, Promise<IdentitySnapshot | null>>();
  private readonly keysOf = new Map<string, Set<string>>();
  /** Counts the drops: an answer that was asked for before a drop is not kept after it. */
  private drops = 0;
  /** Keys put into the index since it was last swept. */
  private indexed = 0;

  /** The snapshot when a fresh one is at hand; `null` when the actor is known to be unknown; `undefined` when one must ask. */
  peek(key: string): IdentitySnapshot | null | undefined {
    const entry = this.kept.get(key) ?? this.unknown.get(key);
    return entry && Date.now() - entry.at < lifetime ? entry.snapshot : undefined;
  }

  /** Whether there was an actor when it was asked for last, however long ago. */
  knew(key: string): boolean {
    return this.kept.has(key);
  }

  /** The snapshot, asked for with `load` when none is fresh. */
  get(key: string, load: () => Promise<IdentitySnapshot | null>): Promise<IdentitySnapshot | null> {
    const fresh = this.peek(key);
    if (fresh !== undefined) return Promise.resolve(fresh);
    const underway = this.loading.get(key);
    if (underway) return underway;
    // The age counts from the question: what identity knew when it was asked is what the answer holds.
    const at = Date.now();
    const drops = this.drops;
    const loaded = load()
      .then((snapshot) => {
        if (drops === this.drops) this.keep(key, snapshot, at);
        return snapshot;
      })
      .finally(() => {
        if (this.loading.get(key) === loaded) this.loading.delete(key);
      });
    this.loading.set(key, loaded);
    return loaded;
  }

  /** Forgets what is known of an actor, as principal and as delegate: its rights have changed. */
  drop(actorId: string): void {
    this.drops += 1;
    this.loading.clear();
    for (const key of this.keysOf.get(actorId) ?? []) this.kept.delete(key);
    this.keysOf.delete(actorId);
  }

  private keep(key: string, snapshot: IdentitySnapshot | null, at: number): void {
    if (snapshot === null) {
      this.kept.delete(key);
      this.unknown.set(key, { snapshot, at });
      return;
    }
    this.unknown.delete(key);
    this.kept.set(key, { snapshot, at });
    for (const id of [snapshot.id, snapshot.delegate]) {
      if (!id) continue;
      const keys = this.keysOf.get(id) ?? new Set();
      if (!keys.has(key)) this.indexed += 1;
      keys.add(key);
      this.keysOf.set(id, keys);
    }
    if (this.indexed > 2 * most) this.sweep();
  }

  /** The index outlives what the cache forgot; once it may be twice as long as the cache can be, it is gone through. */
  private sweep(): void {
    this.indexed = 0;
    for (const [id, keys] of this.keysOf) {
      for (const key of keys) if (this.peek(key) === undefined) keys.delete(key);
      if (keys.size === 0) this.keysOf.delete(id);
    }
  }
}
