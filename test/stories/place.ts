import { setTimeout as sleep } from 'node:timers/promises';
import { describeErrors, headOf, type Answer, type AnswerError } from '../testkit/client.ts';
import { subscribeLive, type Live } from '../testkit/live.ts';

/** A running house in any form: what a client needs, and an operator. */
export interface Place extends AsyncDisposable {
  /** The URL of the gateway, such as http://127.0.0.1:4000. */
  readonly url: string;
  /** Milliseconds until a change of rights applies at the gateway. */
  readonly rightsPatience: number;
  /** Returns an access token of an actor with the platform role OPERATOR. */
  operatorToken(): Promise<string>;
}

/** A client of a place over HTTP and WebSocket; anonymous without a token. */
export class Visitor {
  readonly #place: Place;
  readonly #token: string | null;

  constructor(place: Place, token: string | null = null) {
    this.#place = place;
    this.#token = token;
  }

  async answer(
    query: string,
    variables: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ): Promise<{ data: Answer; errors: AnswerError[] }> {
    const response = await fetch(`${this.#place.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.#words(), ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors = [] } = (await response.json()) as {
      data: Answer;
      errors?: AnswerError[];
    };
    return { data, errors };
  }

  /** Returns the data; fails the test on any error. */
  async ask(query: string, variables?: Record<string, unknown>, headers?: Record<string, string>): Promise<Answer> {
    const { data, errors } = await this.answer(query, variables, headers);
    if (errors.length > 0) throw new Error(`"${headOf(query)}" answered errors:\n${describeErrors(errors, [])}`);
    return data;
  }

  /** Returns the code of the first error; null without errors. */
  async code(
    query: string,
    variables?: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<string | null> {
    const { errors } = await this.answer(query, variables, headers);
    return errors[0]?.extensions.code ?? null;
  }

  subscribe(query: string, variables: Record<string, unknown> = {}): Live {
    return subscribeLive(this.#place.url, this.#words(), { query, variables }, () => undefined);
  }

  #words(): Record<string, string> {
    return this.#token === null ? {} : { authorization: `Bearer ${this.#token}` };
  }
}

/** Waits until the check passes; fails with its last error. */
export async function eventually(check: () => Promise<void>, patience = 30_000): Promise<void> {
  const end = Date.now() + patience;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(50);
    }
  }
}

let signedUp = 0;

export interface Signed {
  id: string;
  email: string;
  accessToken: string;
  refreshToken: string;
  visitor: Visitor;
}

/** Creates a person by an operator, since mails are not read here. */
export async function signUp(place: Place, displayName = 'Robin'): Promise<Signed> {
  const email = `robin.${process.pid}.${Date.now()}.${(signedUp += 1)}@example.org`;
  const password = 'correct horse battery';
  const operator = new Visitor(place, await place.operatorToken());
  await operator.ask('mutation ($input: UserCreateInput!) { userCreate(input: $input) { user { id } } }', {
    input: { email, password, displayName },
  });
  const { sessionSignIn } = await new Visitor(place).ask(
    `mutation ($input: SessionSignInInput!) { sessionSignIn(input: $input) { accessToken refreshToken viewer { id } } }`,
    { input: { email, password } },
  );
  const { accessToken, refreshToken, viewer } = sessionSignIn as Signed & {
    viewer: { id: string };
  };
  return {
    id: viewer.id,
    email,
    accessToken,
    refreshToken,
    visitor: new Visitor(place, accessToken),
  };
}

/** Founds an organization. The gateway learns of the founder's membership within `rightsPatience`. */
export async function found(place: Place, founder: Signed, displayName = 'Little Gallery'): Promise<string> {
  const { organizationCreate } = await founder.visitor.ask(
    'mutation ($input: OrganizationCreateInput!) { organizationCreate(input: $input) { organization { id } } }',
    { input: { displayName } },
  );
  const id = organizationCreate.organization.id as string;
  // To act for an organization, an actor must be known to the gateway as a member.
  await eventually(async () => {
    await founder.visitor.ask('{ serverTime }', {}, { 'acting-for': id });
  }, place.rightsPatience);
  return id;
}

/** Adds a person to an organization by invitation; returns the membership's id. */
export async function admit(
  owner: Visitor,
  organizationId: string,
  { id: actorId, visitor }: Signed,
  role: string,
): Promise<string> {
  const { invitationSend } = await owner.ask(
    'mutation ($input: InvitationSendInput!) { invitationSend(input: $input) { invitation { id } } }',
    { input: { organizationId, actorId, role } },
  );
  const { invitationAccept } = await visitor.ask(
    'mutation ($id: ID!) { invitationAccept(input: { invitationId: $id }) { membership { id } } }',
    { id: invitationSend.invitation.id },
  );
  return invitationAccept.membership.id as string;
}

/** Creates an asset of an organization as a draft. */
export async function draft(owner: Visitor, ownerId: string, title = 'A Quiet Field'): Promise<string> {
  const { assetCreate } = await owner.ask(
    'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }',
    { input: { title, kind: 'ART', ownerId, creators: ['Ada Quill'] } },
  );
  return assetCreate.asset.id as string;
}

export async function publish(owner: Visitor, assetId: string): Promise<void> {
  await owner.ask('mutation ($input: AssetPublishInput!) { assetPublish(input: $input) { asset { status } } }', {
    input: { assetId },
  });
}
