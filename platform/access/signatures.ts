import { jwtVerify } from 'jose';
import { credentialIs, signatureLifetime, type RouterKeys, type Signed } from './router.ts';

/** Seconds by which the clocks of two machines may differ. */
const clockTolerance = 5;
/** Milliseconds for which a signature can be valid in the worst case of both clocks. */
const memory = (signatureLifetime + 2 * clockTolerance) * 1_000;

/**
 * Checks the signatures that one served subgraph receives. Each is accepted once: its id is remembered while it is valid, and
 * signatures from before this process started are refused, because it cannot know whether they were used. Ids are not shared
 * between processes. Only holders of the key add ids, so their number is limited only by what a gateway can send in 40 s.
 */
export class Signatures {
  readonly #keys: RouterKeys;
  readonly #began = Date.now();
  #recent = new Set<string>();
  #older = new Set<string>();
  #turned = Date.now();

  constructor(keys: RouterKeys) {
    this.#keys = keys;
  }

  /** Whether this is the subgraph's credential, which cannot state the actor. */
  isCredential(given: string | undefined): boolean {
    return credentialIs(given, this.#keys);
  }

  /** The payload signed for this purpose. Throws if the signature, subgraph, purpose or age is invalid, and on second use. */
  async take(jwt: string, purpose: string): Promise<Signed> {
    const { payload } = await jwtVerify(jwt, this.#keys.signing, {
      algorithms: ['HS256'],
      audience: this.#keys.os,
      maxTokenAge: signatureLifetime,
      clockTolerance,
      requiredClaims: ['iat', 'exp', 'jti', 'purpose'],
    });
    const { jti = '', iat = 0 } = payload;
    const signed = payload as unknown as Signed;
    if (signed.purpose !== purpose) throw new Error('It was signed for another purpose.');
    if (iat < Math.floor(this.#began / 1_000) - clockTolerance)
      throw new Error('It was signed before this process began.');
    if (!this.#isFirstUse(jti)) throw new Error('It was used before.');
    return signed;
  }

  /** Two generations: an id is forgotten after one to two times the span for which it can be valid. */
  #isFirstUse(id: string): boolean {
    const now = Date.now();
    if (now - this.#turned >= memory) {
      this.#older = now - this.#turned >= 2 * memory ? new Set() : this.#recent;
      this.#recent = new Set();
      this.#turned = now;
    }
    if (this.#recent.has(id) || this.#older.has(id)) return false;
    this.#recent.add(id);
    return true;
  }
}
