import { jwtVerify } from 'jose';
import { credentialIs, signatureLifetime, type RouterKeys, type Signed } from './router.ts';

/** Seconds by which the clocks of two machines may differ. */
const clockTolerance = 5;
/** Milliseconds for which the same signature could be valid, by the least favourable clocks. */
const memory = (signatureLifetime + 2 * clockTolerance) * 1_000;

/**
 * Checks the signatures that one served subgraph receives. Each is taken once: its id is remembered for as long as it is valid, and
 * what was signed before this process began is refused, because nobody here remembers whether it was used. Ids are not shared
 * between processes; only holders of the key add to them, so their number has no ceiling but what a gateway can send in 40 s.
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

  /** Whether this is the subgraph's credential, with which nobody can say who asks. */
  isCredential(given: string | undefined): boolean {
    return credentialIs(given, this.#keys);
  }

  /** What was signed for this purpose. Throws when the signature, subgraph, purpose or age is not right, and at its second use. */
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

  /** Two generations: an id is forgotten after one to two times the span in which it could be valid. */
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
