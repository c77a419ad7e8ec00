import { randomUUID } from 'node:crypto';
import type { OrganizationRole, PlatformRole } from '../../platform/context/actor.ts';
import type { Database } from '../../platform/database/database.ts';
import { newId } from '../../platform/ids/ids.ts';
import { normalEmail } from '../../platform/scalars/email.ts';
import { newToken, tokenHash } from '../../platform/secrets/token.ts';
import type { Answer, Client, Person } from './client.ts';

export interface SignUp {
  displayName?: string;
  /** The name of an organization to found; the person becomes its owner. */
  organization?: string;
  platformRoles?: PlatformRole[];
  email?: string;
  password?: string;
  /** Leaves the e-mail address unconfirmed, as for an account created by hand. */
  isUnconfirmed?: boolean;
}

/** The actions in one universe of a world. */
export interface UniverseOfWorld {
  readonly universe: string;
  /** An anonymous client. */
  readonly anonymous: Client;
  signUp(options?: SignUp): Promise<Person>;
  /** A person with the platform role OPERATOR, the same one at each call. */
  operator(): Promise<Person>;
  /**
   * Gives an actor a role in an organization, and waits until it takes effect: members, agents and services get it directly; others
   * are invited by the first owner and accept.
   */
  grant(organizationId: string, actor: { id: string }, role: OrganizationRole): Promise<void>;
  /** A client with this access token or service key. */
  bearer(token: string): Client;
}

/** Creates people through the gateway, as in reality. */
export class Universe implements UniverseOfWorld {
  readonly universe: string;
  readonly anonymous: Client;
  readonly #clientFor: (universe: string, token: string | null) => Client;
  readonly #database: Database;
  readonly #settled: () => Promise<void>;
  readonly #people = new Map<string, Person>();
  #operator: Promise<Person> | undefined;

  constructor(
    universe: string,
    clientFor: (universe: string, token: string | null) => Client,
    database: Database,
    settled: () => Promise<void>,
  ) {
    this.universe = universe;
    this.anonymous = clientFor(universe, null);
    this.#clientFor = clientFor;
    this.#database = database;
    this.#settled = settled;
  }

  bearer(token: string): Client {
    return this.#clientFor(this.universe, token);
  }

  operator(): Promise<Person> {
    return (this.#operator ??= this.#makeOperator());
  }

  /** The first operator of an installation is created outside of the graph: no other one can appoint it. */
  async #makeOperator(): Promise<Person> {
    const person = await this.signUp({ displayName: 'Olga Operator' });
    await this.#database.query(
      `update identity.actors set platform_roles = '{OPERATOR}', rights_version = rights_version + 1 where id = $1`,
      [person.id],
    );
    return person;
  }

  async grant(organizationId: string, actor: { id: string }, role: OrganizationRole): Promise<void> {
    const members = await this.#database.query<{ actor_id: string; role: string }>(
      'select actor_id, role from identity.memberships where organization_id = $1 order by created_at',
      [organizationId],
    );
    const owner = this.#people.get(members.find((each) => each.role === 'OWNER')?.actor_id ?? '');
    if (!owner) throw new Error(`Nobody who signed up here owns ${organizationId}.`);
    const person = this.#people.get(actor.id);
    if (!person || members.some((each) => each.actor_id === actor.id)) {
      const input = { organizationId, actorId: actor.id, role };
      await owner.ask(
        'mutation ($input: MembershipGrantInput!) { membershipGrant(input: $input) { membership { id } } }',
        { input },
      );
    } else {
      const { invitationSend } = await owner.ask(
        'mutation ($input: InvitationSendInput!) { invitationSend(input: $input) { invitation { id } } }',
        { input: { organizationId, actorId: actor.id, role } },
      );
      await person.ask(
        'mutation ($input: InvitationAcceptInput!) { invitationAccept(input: $input) { membership { id } } }',
        { input: { invitationId: invitationSend.invitation.id } },
      );
    }
    await this.#settled();
  }

  /** The link of the mail from `userSignUp`, without sending one: hundreds of people sign up in tests. */
  async #link(email: string): Promise<string> {
    const token = newToken('elk');
    await this.#database.query(
      `insert into identity.one_time_links (id, universe_id, created_at, updated_at, purpose, subject_id, address, hash, expires_at)
      values ($1, $2, now(), now(), 'SIGN_UP', $1, $3, $4, now() + interval '1 day')`,
      [newId('otl'), this.universe, normalEmail(email), tokenHash(token)],
    );
    return token;
  }

  async signUp(options: SignUp = {}): Promise<Person> {
    const unique = randomUUID();
    const email = options.email ?? `${unique}@example.org`;
    const password = options.password ?? `correct horse ${unique}`;
    const displayName = options.displayName ?? 'Ann Example';
    const token = await this.#link(email);
    const { userSignUpComplete } = await this.anonymous.ask(
      'mutation ($input: UserSignUpCompleteInput!) { userSignUpComplete(input: $input) { accessToken refreshToken user { id } } }',
      { input: { token, password, displayName } },
    );
    const { accessToken, refreshToken, user } = userSignUpComplete as Answer;
    if (options.isUnconfirmed)
      await this.#database.query('update identity.actors set email_confirmed_at = null where id = $1', [user.id]);
    const client = this.bearer(accessToken as string);
    let organizationId: string | null = null;
    if (options.organization !== undefined) {
      const { organizationCreate } = await client.ask(
        'mutation ($input: OrganizationCreateInput!) { organizationCreate(input: $input) { organization { id } } }',
        { input: { displayName: options.organization } },
      );
      organizationId = organizationCreate.organization.id as string;
    }
    if (options.platformRoles) {
      const operator = await this.operator();
      await operator.ask(
        'mutation ($input: PlatformRoleSetInput!) { platformRoleSet(input: $input) { actor { id } } }',
        { input: { actorId: user.id, roles: options.platformRoles } },
      );
    }
    await this.#settled();
    const person: Person = {
      id: user.id as string,
      email,
      password,
      displayName,
      accessToken: accessToken as string,
      refreshToken: refreshToken as string,
      organizationId,
      ask: (...asked) => client.ask(...asked),
      askForErrors: (...asked) => client.askForErrors(...asked),
      answer: (...asked) => client.answer(...asked),
      subscribe: (...asked) => client.subscribe(...asked),
    };
    this.#people.set(person.id, person);
    return person;
  }
}
