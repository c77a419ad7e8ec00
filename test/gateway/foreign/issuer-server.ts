import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';

interface Key {
  kid: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
}

/** An OIDC issuer as far as a gateway sees one: it publishes keys and signs tokens. */
export class IssuerServer implements AsyncDisposable {
  /** Number of times the keys were fetched. */
  fetched = 0;
  /** Whether it answers 503. */
  isAway = false;
  readonly issuer = 'https://issuer.example/';
  readonly audience = 'shop';
  private keys: Key[] = [];
  private readonly server = createServer((_request, response) => {
    this.fetched += 1;
    if (this.isAway) return response.writeHead(503).end();
    const keys = this.keys.map(async ({ kid, publicKey }) => ({ ...(await exportJWK(publicKey)), kid, use: 'sig' }));
    void Promise.all(keys).then((all) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: all })),
    );
    return undefined;
  });

  static async open(): Promise<IssuerServer> {
    const opened = new IssuerServer();
    await opened.rotate('k1');
    await new Promise<void>((resolve) => opened.server.listen(0, '127.0.0.1', resolve));
    return opened;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/keys`;
  }

  /** The gateway's variables for this issuer. */
  get env(): Record<string, string> {
    return { JWKS_URL: this.url, ISSUER: this.issuer, AUDIENCE: this.audience };
  }

  /** Signs with a new key from now on, and publishes only that. */
  async rotate(kid: string): Promise<void> {
    this.keys = [{ kid, ...(await generateKeyPair('RS256')) }];
  }

  /** A token with these claims. Valid for ten minutes unless `exp` says otherwise. */
  async token(claims: JWTPayload, options: { kid?: string; key?: CryptoKey; alg?: string } = {}): Promise<string> {
    const [key] = this.keys;
    if (!key) throw new Error('There is no key.');
    const now = Math.floor(Date.now() / 1_000);
    const payload = { iss: this.issuer, aud: this.audience, iat: now, exp: now + 600, ...claims };
    return new SignJWT(Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined)))
      .setProtectedHeader({ alg: options.alg ?? 'RS256', kid: options.kid ?? key.kid })
      .sign(options.key ?? key.privateKey);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
