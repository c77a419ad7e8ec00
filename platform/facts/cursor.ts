import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { Expired, Invalid } from '../errors/errors.ts';

/** The largest bigint of Postgres. */
const lastPosition = 2n ** 63n - 1n;

/** Bytes of the seal: 96 bits cannot be brute-forced over a network. */
const sealBytes = 12;

/**
 * Positions in a log, opaque to clients: `<log id>.<position>.<seal>` in base64url. The seal is an HMAC with a secret of the house, so that
 * clients cannot forge a cursor and replay from it.
 */
export class Cursors {
  readonly #key: Buffer;

  /** `secret` is the same in all processes of a house. */
  constructor(secret: Uint8Array) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', 'live cursors', 32));
  }

  encode(logId: string, position: bigint | string): string {
    const place = `${logId}.${position}`;
    return Buffer.from(`${place}.${this.#seal(place).toString('base64url')}`).toString('base64url');
  }

  /**
   * The position of a cursor. Throws INVALID for other text, and EXPIRED for a cursor of another log (a restored or new database) or sealed
   * with another secret.
   */
  decode(cursor: string, logId: string, path: string[]): bigint {
    const parts = cursor.length <= 200 ? Buffer.from(cursor, 'base64url').toString('utf8').split('.') : [];
    const [log, position, seal = ''] = parts;
    if (!log || !position || parts.length > 3 || !/^\d{1,19}$/.test(position) || BigInt(position) > lastPosition)
      throw new Invalid('This is not a cursor of a live stream.', { path });
    if (log !== logId)
      throw new Expired('This cursor is of another log. Query again and subscribe from there.', { path });
    const given = Buffer.from(seal, 'base64url');
    const right = this.#seal(`${log}.${position}`);
    if (given.length !== right.length || !timingSafeEqual(given, right))
      throw new Expired('This cursor is not valid any more. Query again and subscribe from there.', { path });
    return BigInt(position);
  }

  #seal(place: string): Buffer {
    return createHmac('sha256', this.#key).update(place).digest().subarray(0, sealBytes);
  }
}
