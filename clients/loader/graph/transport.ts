import { Agent, request } from 'undici';
import { ConnectionLost, graphErrorOf, NotTheGraph } from './errors.ts';

/** Milliseconds until the answer begins. The gateway gives a batch's transaction two seconds, and lets it wait for its turn. */
const patience = 30_000;

/** Milliseconds to connect. */
const connectPatience = 5_000;

/** Bytes of an answer: a batch in which every line is invalid takes a few hundred thousand. */
const answerAtMost = 8 * 1024 * 1024;

/** Default number of connections. */
const connectionsUsually = 4;

/** Sends GraphQL over HTTP to one address, over persistent connections; each carries one call at a time. */
export class Transport {
  readonly url: string;
  readonly #agent: Agent;
  #known = false;

  constructor(url: string, connections = connectionsUsually) {
    this.url = url;
    this.#agent = new Agent({
      connections,
      connect: { timeout: connectPatience },
      headersTimeout: patience,
      bodyTimeout: patience,
      maxResponseSize: answerAtMost,
    });
  }

  /** Sends one operation once. Throws `GraphError` or `ConnectionLost`. */
  async send<D>(query: string, variables: Record<string, unknown>, token: string | null): Promise<D> {
    const { status, requestId, text } = await this.#post(JSON.stringify({ query, variables }), token);
    const answer = parsed(text);
    this.#known ||= Boolean(answer?.errors ?? answer?.data);
    if (answer?.errors?.length) throw graphErrorOf(answer.errors, requestId);
    if (answer?.data) return answer.data as D;
    // If a graph has answered before, this is a proxy while the graph restarts; otherwise the address is wrong.
    if (!this.#known && (status === 404 || status === 405))
      throw new NotTheGraph(
        `${this.url} is not the address of a graph: it answered ${status}. Use the full address, such as ` +
          `${new URL('/graphql', this.url).href}.`,
      );
    throw new ConnectionLost(
      `${this.url} answered ${status} without GraphQL: ${text.slice(0, 200).trim() || 'an empty body'}`,
    );
  }

  async #post(body: string, token: string | null): Promise<{ status: number; requestId: string | null; text: string }> {
    try {
      const answer = await request(this.url, {
        method: 'POST',
        dispatcher: this.#agent,
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          'user-agent': 'ensemble-loader',
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        },
        body,
      });
      const requestId = answer.headers['request-id'];
      return {
        status: answer.statusCode,
        requestId: typeof requestId === 'string' ? requestId : null,
        text: await answer.body.text(),
      };
    } catch (error) {
      const reason = error instanceof Error ? error.message || (error as NodeJS.ErrnoException).code : String(error);
      // Once a graph has answered there, the address is right.
      const advice = this.#known ? '' : ' (--url gives another address)';
      throw new ConnectionLost(`${this.url} does not answer: ${reason}${advice}`, { cause: error });
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}

function parsed(text: string): { data?: unknown; errors?: unknown[] } | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    // Not the graph but, for example, a proxy's page. The caller reports it.
    return null;
  }
}
