import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { now } from './bench.ts';

/** The clients of `facts.ts`: one writer and some subscribers, in a separate process. */
export interface Orders {
  url: string;
  /** Writes per second; each is sent on schedule, whether or not the previous one was answered. */
  pace: number;
  /** Whether events also select referenced rows, or only the fact's own values. */
  joined: boolean;
  writes: number;
  /** The founder, who writes, and then the subscribers. */
  people: [Person, ...Person[]];
}

export interface Person {
  id: string;
  token: string;
}

export interface Seen {
  writes: number;
  seconds: number;
  /** The events that reached a subscriber, with their times on the machine's monotonic clock. */
  events: { write: number; at: number }[];
  /** Milliseconds of each mutation. */
  answers: number[];
}

/** Milliseconds to wait for events still in transit at the end. */
const patience = 60_000;

/** Writes from this number on test who is subscribed, and are not counted. */
const firstProbe = 1_000_000;
const probesAtMost = 100;

/** Maximum writes in flight; a slower system is measured at the rate it sustains. */
const inFlightAtMost = 16;

const values = 'cursor sequence occurredAt lastLine created';
/** Two lookups per event and subscriber: the run in one OS, its owner's name in another. */
const joins = 'import { id lastLine owner { displayName } }';

const write = /* GraphQL */ `
  mutation ($input: AssetImportInput!) {
    assetImport(input: $input) {
      created
      import {
        id
      }
    }
  }
`;

process.once('message', (orders) => {
  run(orders as Orders).then(
    (seen) => process.send?.(seen, () => process.exit(0)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});

async function run({ url, pace, joined, writes, people: [founder, ...people] }: Orders): Promise<Seen> {
  const { organizationCreate } = await ask<{ organizationCreate: { organization: { id: string } } }>(
    url,
    founder.token,
    'mutation { organizationCreate(input: { displayName: "Bench" }) { organization { id } } }',
  );
  const ownerId = organizationCreate.organization.id;
  // Rights also travel as facts; the gateway knows them shortly afterwards.
  await sleep(500);
  // An account may invite a hundred people per hour: every fiftieth is an administrator and invites the next ones.
  let inviter = founder.token;
  for (const [n, { id, token }] of people.entries()) {
    const role = n % 50 === 49 ? 'ADMIN' : 'VIEWER';
    const { invitationSend } = await ask<{ invitationSend: { invitation: { id: string } } }>(
      url,
      inviter,
      'mutation ($input: InvitationSendInput!) { invitationSend(input: $input) { invitation { id } } }',
      { input: { organizationId: ownerId, actorId: id, role } },
    );
    await ask(
      url,
      token,
      'mutation ($id: ID!) { invitationAccept(input: { invitationId: $id }) { membership { id } } }',
      { id: invitationSend.invitation.id },
    );
    if (role === 'ADMIN') inviter = token;
  }
  const events: Seen['events'] = [];
  const listening = new Set<string>();
  const sockets = people.map(({ id, token }) =>
    subscribe(url, token, joined, (line) => {
      const at = now();
      if (line > firstProbe) listening.add(id);
      else events.push({ write: line, at });
    }),
  );
  const send = (line: number): Promise<unknown> => {
    const lines = [{ line, sourceId: `${line}`, title: `Work ${line}` }];
    return ask(url, founder.token, write, {
      input: { source: 'bench', run: `${line}`, ownerId, publish: false, lines },
    });
  };
  // The protocol does not confirm that a subscription has started: it has when a fact arrives.
  for (let probe = firstProbe + 1; listening.size < people.length; probe++) {
    if (probe > firstProbe + probesAtMost) throw new Error('Not every subscription has started.');
    await send(probe);
    await sleep(200);
  }
  await sleep(1_000);

  const answers: number[] = [];
  const began = now();
  const sent = new Set<Promise<unknown>>();
  for (let n = 1; n <= writes; n++) {
    const wait = began + (n - 1) * (1000 / pace) - now();
    if (wait > 0) await sleep(wait);
    while (sent.size >= inFlightAtMost) await Promise.race(sent);
    const at = now();
    const sending = send(n).then(() => {
      answers.push(now() - at);
      sent.delete(sending);
    });
    sent.add(sending);
  }
  await Promise.all(sent);
  const seconds = (now() - began) / 1000;
  const until = now() + patience;
  while (events.length < writes * people.length && now() < until) await sleep(20);
  for (const socket of sockets) await socket.dispose();
  return { writes, seconds, events, answers };
}

async function ask<D>(
  url: string,
  token: string | null,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<D> {
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await answer.json()) as { data?: D; errors?: unknown[] };
  if (!data || errors) throw new Error(`The graph refused: ${JSON.stringify(errors)}`);
  return data;
}

function subscribe(url: string, token: string, joined: boolean, seen: (line: number) => void): Client {
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
  client.subscribe<{ assetImportProgressed: { lastLine: number } }>(
    { query: `subscription { assetImportProgressed { ${values} ${joined ? joins : ''} } }` },
    {
      next: ({ data, errors }) => {
        if (!data || errors) throw new Error(`An event came with errors: ${JSON.stringify(errors)}`);
        seen(data.assetImportProgressed.lastLine);
      },
      error: (error) => {
        console.error(error);
        process.exit(1);
      },
      complete: () => undefined,
    },
  );
  return client;
}
