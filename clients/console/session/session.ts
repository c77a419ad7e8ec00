import { codesOf, post } from '../../sdk/transport.ts';
import { isJsonObject } from '../../sdk/json.ts';
import { Store } from '../store.ts';
import { REFRESH, SIGN_IN, SIGN_OUT, VIEWER, readMemberships, readTokens, signInFailure } from './operations.ts';
import { exclusively, readSession, watchSession, writeSession } from './vault.ts';
import type { Membership, SignInFailure } from './operations.ts';
import type { GraphAnswer } from '../../sdk/transport.ts';
import type { StoredSession } from './vault.ts';

export interface SessionState {
  readonly viewer: StoredSession['viewer'] | null;
  readonly memberships: readonly Membership[];
  /** The organization this tab acts for, or null for the user alone. */
  readonly actingFor: string | null;
  /** Empty means the server's default. */
  readonly universe: string;
  /** The sign-in has ended without a sign-out. */
  readonly ended: boolean;
}

/** Milliseconds before its expiry at which a token is renewed, or after four fifths of its life if that is earlier. */
const RENEW_BEFORE = 60_000;
/** Minimum milliseconds of validity that a token must have when a request starts. */
const LEAST_LEFT = 5_000;
/** Milliseconds between attempts while the server cannot be reached. */
const RENEW_AGAIN = 15_000;

/** Milliseconds for a renewal, which holds the lock while other tabs wait; less than the lease's time. */
const RENEW_TIMEOUT = 15_000;

/** Acting for an organization must not outlive the tab in which it was chosen. */
const ACTING_FOR = 'ensemble:acting-for';
const UNIVERSE = 'ensemble:universe';

/** Errors that leave the sign-in unchanged: a retry later may help. */
const PASSING = new Set(['UNREACHABLE', 'UNAVAILABLE', 'INTERNAL', 'TOO_MANY']);

/** The console's sign-in: signs in and out, keeps the access token fresh, and shares all that with the browser's other tabs. */
export class Session {
  readonly state: Store<SessionState>;
  /** Changes whenever requests would use another token, organization or universe. */
  readonly identity: Store<string>;
  private stored: StoredSession | null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private renewNotBefore = 0;
  private renewing: Promise<boolean> | null = null;

  constructor() {
    this.stored = readSession();
    this.state = new Store<SessionState>({
      viewer: this.stored?.viewer ?? null,
      memberships: [],
      actingFor: this.stored ? sessionStorage.getItem(ACTING_FOR) : null,
      universe: sessionStorage.getItem(UNIVERSE) ?? '',
      ended: false,
    });
    this.identity = new Store(this.describe());
  }

  /** Starts to follow the other tabs and to keep the token fresh. */
  start(): void {
    watchSession(() => this.adopt(readSession()));
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.plan();
    });
    this.plan();
    if (this.stored) void this.loadMemberships();
  }

  /** The headers that identify the user; renews the token first if it is about to expire. */
  async headers(): Promise<Record<string, string>> {
    const { actingFor, universe } = this.state.get();
    const headers: Record<string, string> = {};
    const token = await this.token();
    if (token) headers['authorization'] = `Bearer ${token}`;
    if (token && actingFor) headers['acting-for'] = actingFor;
    if (universe) headers['universe'] = universe;
    return headers;
  }

  /** The current access token, without renewing it. */
  currentToken(): string | null {
    return this.stored?.accessToken ?? null;
  }

  async signIn(email: string, password: string): Promise<SignInFailure | null> {
    const answer = await post({ query: SIGN_IN, variables: { input: { email, password } } }, this.universeHeader());
    const payload = isJsonObject(answer.result.data) ? answer.result.data['sessionSignIn'] : null;
    const tokens = readTokens(payload, answer.clockOffset);
    const viewer = isJsonObject(payload) ? payload['viewer'] : null;
    if (!tokens || !isJsonObject(viewer)) return signInFailure(answer.result);
    const known = { id: String(viewer['id']), displayName: String(viewer['displayName'] ?? email) };
    await exclusively(async () => writeSession({ ...tokens, viewer: known }));
    this.choose(null);
    this.adopt(readSession());
    return null;
  }

  /** Ends the sign-in here and on the server; here it ends even if the server cannot be reached. */
  async signOut(): Promise<void> {
    await exclusively(async () => {
      const latest = readSession();
      const headers = { authorization: `Bearer ${latest?.accessToken}`, ...this.universeHeader() };
      if (latest) await post({ query: SIGN_OUT }, headers, { timeout: RENEW_TIMEOUT });
      writeSession(null);
    });
    this.choose(null);
    this.adopt(null);
  }

  /** Makes this tab act for an organization, or for the user alone. */
  choose(organizationId: string | null): void {
    if (organizationId) sessionStorage.setItem(ACTING_FOR, organizationId);
    else sessionStorage.removeItem(ACTING_FOR);
    this.state.update((state) => ({ ...state, actingFor: organizationId }));
    this.identity.set(this.describe());
  }

  /** Sends this tab's requests to another universe; empty for the default. */
  enter(universe: string): void {
    sessionStorage.setItem(UNIVERSE, universe.trim());
    this.state.update((state) => ({ ...state, universe: universe.trim() }));
    this.identity.set(this.describe());
  }

  dismissEnded(): void {
    this.state.update((state) => ({ ...state, ended: false }));
  }

  /**
   * Replaces the access token `stale`, one renewal at a time. True if there is a newer one now, from this tab or another; false if
   * there is none, because the sign-in ended or the server cannot be reached.
   */
  renew(stale: string): Promise<boolean> {
    this.renewing ??= this.renewOnce(stale).finally(() => {
      this.renewing = null;
      this.plan();
    });
    return this.renewing;
  }

  private async renewOnce(stale: string): Promise<boolean> {
    return exclusively(async () => {
      const latest = readSession();
      if (!latest || latest.accessToken !== stale) {
        this.adopt(latest);
        return latest !== null;
      }
      const variables = { input: { refreshToken: latest.refreshToken } };
      const answer = await post({ query: REFRESH, variables }, this.universeHeader(), { timeout: RENEW_TIMEOUT });
      const tokens = renewedTokens(answer);
      if (tokens) {
        const next = { ...tokens, viewer: latest.viewer };
        writeSession(next);
        this.adopt(next);
        return true;
      }
      if (codesOf(answer.result).every((code) => PASSING.has(code) || code.startsWith('HTTP_5'))) {
        this.renewNotBefore = Date.now() + RENEW_AGAIN;
        return false;
      }
      writeSession(null);
      this.adopt(null);
      this.state.update((state) => ({ ...state, ended: true }));
      return false;
    });
  }

  private async token(): Promise<string | null> {
    const { stored } = this;
    if (stored && stored.expiresAt - Date.now() < LEAST_LEFT) await this.renew(stored.accessToken);
    return this.currentToken();
  }

  /** Adopts the stored session, from this tab or another. */
  private adopt(stored: StoredSession | null): void {
    const before = this.stored;
    this.stored = stored;
    const changed = before?.viewer.id !== stored?.viewer.id;
    if (changed) {
      sessionStorage.removeItem(ACTING_FOR);
      this.state.update((state) => ({
        ...state,
        viewer: stored?.viewer ?? null,
        memberships: [],
        actingFor: null,
        ended: false,
      }));
      if (stored) void this.loadMemberships();
    }
    this.identity.set(this.describe());
    this.plan();
  }

  private async loadMemberships(): Promise<void> {
    // Queried without acting-for: the chosen organization may be the one that is no longer valid.
    const { 'acting-for': _, ...headers } = await this.headers();
    const { result } = await post({ query: VIEWER }, headers);
    const viewer = isJsonObject(result.data) ? result.data['viewer'] : null;
    if (!isJsonObject(viewer) || viewer['id'] !== this.stored?.viewer.id) return;
    const memberships = readMemberships(viewer);
    this.state.update((state) => ({ ...state, memberships }));
    // A membership may have ended since the tab was last open; its organization would make every request fail.
    const { actingFor } = this.state.get();
    if (actingFor && !memberships.some((membership) => membership.id === actingFor)) this.choose(null);
  }

  /** Schedules the next renewal. */
  private plan(): void {
    clearTimeout(this.timer);
    const { stored } = this;
    if (!stored) return;
    const life = stored.expiresAt - stored.receivedAt;
    const due = stored.expiresAt - Math.min(RENEW_BEFORE, life / 5) - Date.now();
    const wait = Math.max(due, this.renewNotBefore - Date.now(), 0);
    this.timer = setTimeout(() => void this.renew(stored.accessToken), Math.min(wait, 2 ** 31 - 1));
  }

  private universeHeader(): Record<string, string> {
    const { universe } = this.state.get();
    return universe ? { universe } : {};
  }

  private describe(): string {
    const { actingFor, universe } = this.state.get();
    return [this.stored?.accessToken ?? '', actingFor ?? '', universe].join('\n');
  }
}

function renewedTokens(answer: GraphAnswer): Omit<StoredSession, 'viewer'> | null {
  const { data } = answer.result;
  return readTokens(isJsonObject(data) ? data['sessionRefresh'] : null, answer.clockOffset);
}
