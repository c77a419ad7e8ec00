import { Client, type ClientConfig } from 'pg';
import { Channels } from './channels.ts';
import type { Report } from './port.ts';

/** Waits between attempts to reconnect (ms): short at first, because a restarting server is back within seconds. */
const RETRY_MS = { first: 200, most: 5_000 };
/** A dead connection is noticed after at most the sum of these (ms). */
const PROBE_MS = { every: 20_000, answer: 10_000 };

/** The listening connection of a process. Opened at the first `listen`, and again whenever it is lost. */
export class PostgresListener {
  readonly #connection: ClientConfig;
  readonly #report: Report;
  readonly #channels: Channels;
  readonly #gaps = new Set<{ onGap: () => void }>();
  #client: Promise<Client> | null = null;
  #retry: NodeJS.Timeout | null = null;
  /** Milliseconds until the next attempt to reconnect. */
  #wait = RETRY_MS.first;
  #probe: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(connection: ClientConfig, report: Report) {
    this.#connection = connection;
    this.#report = report;
    this.#channels = new Channels(report);
  }

  /** See `Database.listen`. Rejects if the first connection fails; later it reconnects in the background. */
  async listen(
    channel: string,
    onPayload: (payload: string) => void,
    onGap?: () => void,
  ): Promise<() => Promise<void>> {
    if (this.#closed) throw new Error('The database is closed.');
    const remove = this.#channels.add(channel, onPayload);
    const gap = onGap ? { onGap } : null;
    if (gap) this.#gaps.add(gap);
    const stop = async (): Promise<void> => {
      if (gap) this.#gaps.delete(gap);
      if (remove()) await this.#send('unlisten', channel);
    };
    try {
      await this.#send('listen', channel);
    } catch (error) {
      if (gap) this.#gaps.delete(gap);
      remove();
      throw error;
    }
    return stop;
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#retry) clearTimeout(this.#retry);
    if (this.#probe) clearInterval(this.#probe);
    const client = await this.#client?.catch(() => null);
    await client?.end();
  }

  /** Sends nothing while the connection is lost: the next one listens to all channels. */
  async #send(verb: 'listen' | 'unlisten', channel: string): Promise<void> {
    if (this.#retry) return;
    this.#client ??= this.#connect();
    const client = await this.#client;
    await client.query(`${verb} ${client.escapeIdentifier(channel)}`);
  }

  async #connect(): Promise<Client> {
    const client = new Client(this.#connection);
    let lost = false;
    const lose = (error?: Error): void => {
      if (lost || this.#closed) return;
      lost = true;
      if (this.#probe) clearInterval(this.#probe);
      this.#client = null;
      client.connection.stream.destroy();
      this.#report('The listening connection to Postgres was lost; reconnecting', error);
      this.#reconnect();
    };
    client.on('notification', ({ channel, payload }) => this.#channels.deliver(channel, payload ?? ''));
    try {
      await client.connect();
    } catch (error) {
      this.#client = null;
      throw error;
    }
    client.on('error', lose);
    client.on('end', () => lose());
    this.#probe = setInterval(() => {
      client.query({ text: 'select 1', query_timeout: PROBE_MS.answer } as { text: string }).catch(lose);
    }, PROBE_MS.every);
    this.#probe.unref();
    return client;
  }

  /** One attempt at a time: a connection that is lost while it begins to listen is both lost and failed. */
  #reconnect(): void {
    if (this.#retry) return;
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#resume().catch((error: unknown) => {
        if (this.#closed || this.#retry) return;
        this.#report(`The listening connection to Postgres failed; the next attempt is in ${this.#wait} ms`, error);
        this.#client = null;
        this.#reconnect();
      });
    }, this.#wait);
    this.#wait = Math.min(this.#wait * 2, RETRY_MS.most);
  }

  async #resume(): Promise<void> {
    this.#client = this.#connect();
    const client = await this.#client;
    try {
      for (const channel of this.#channels.names) await client.query(`listen ${client.escapeIdentifier(channel)}`);
    } catch (error) {
      // It may still be open, and would deliver beside the next one.
      client.connection.stream.destroy();
      throw error;
    }
    this.#wait = RETRY_MS.first;
    for (const { onGap } of this.#gaps) {
      try {
        onGap();
      } catch (error) {
        this.#report('A listener threw at a gap', error);
      }
    }
  }
}
