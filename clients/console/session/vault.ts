/** The stored session of a signed-in browser. All its tabs share it, because a refresh token may be used only once. */
export interface StoredSession {
  readonly accessToken: string;
  /** By this browser's clock, milliseconds. */
  readonly expiresAt: number;
  /** When the access token was received, by this browser's clock, milliseconds. */
  readonly receivedAt: number;
  readonly refreshToken: string;
  readonly viewer: { readonly id: string; readonly displayName: string };
}

const KEY = 'ensemble:session';
const LEASE_KEY = 'ensemble:session-lease';
/** Milliseconds: longer than a refresh takes, and short enough that a crashed tab does not block the others. */
const LEASE_TIME = 20_000;
const LEASE_PAUSE = 60;

export function readSession(): StoredSession | null {
  const text = localStorage.getItem(KEY);
  if (text === null) return null;
  try {
    const value = JSON.parse(text) as Partial<StoredSession> | null;
    const complete =
      typeof value?.accessToken === 'string' &&
      typeof value.refreshToken === 'string' &&
      typeof value.expiresAt === 'number' &&
      typeof value.receivedAt === 'number' &&
      typeof value.viewer?.id === 'string';
    return complete ? (value as StoredSession) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

export function writeSession(session: StoredSession | null): void {
  if (session) localStorage.setItem(KEY, JSON.stringify(session));
  else localStorage.removeItem(KEY);
}

/** Calls `listener` when another tab signs in, signs out or refreshes. */
export function watchSession(listener: () => void): void {
  window.addEventListener('storage', (event) => {
    // A null key means that everything was cleared.
    if (event.key === KEY || event.key === null) listener();
  });
}

/**
 * Runs `work` while no other tab of this browser does. To refresh, `work` must read the stored session again, because another tab may
 * have used its refresh token, and using it twice ends the whole sign-in.
 */
export async function exclusively<T>(work: () => Promise<T>): Promise<T> {
  // Web locks exist only on https and localhost; a console on plain http uses a lease in the shared storage.
  if ('locks' in navigator) {
    let outcome: { value: T } | undefined;
    await navigator.locks.request(KEY, async () => {
      outcome = { value: await work() };
    });
    if (!outcome) throw new Error('The lock was granted and its work has not run');
    return outcome.value;
  }
  return withLease(work);
}

async function withLease<T>(work: () => Promise<T>): Promise<T> {
  const mine = Math.random().toString(36).slice(2);
  for (;;) {
    const [holder, until] = (localStorage.getItem(LEASE_KEY) ?? '').split(' ');
    if (holder === mine) break;
    if (!until || Number(until) < Date.now()) localStorage.setItem(LEASE_KEY, `${mine} ${Date.now() + LEASE_TIME}`);
    // If several tabs write at once the last one wins; after a pause all of them read the same winner.
    await new Promise((resolve) => setTimeout(resolve, LEASE_PAUSE));
  }
  try {
    return await work();
  } finally {
    localStorage.removeItem(LEASE_KEY);
  }
}
