import { join } from 'node:path';
import { z } from 'zod';
import { newPassword } from '../../platform/config/password.ts';
import { readPrivateFile, writePrivateFile } from '../../platform/config/private-file.ts';
import { anonymous, type ActorSnapshot, setupActorId, houseActor } from '../../platform/context/actor.ts';
import { Caller, CallRefused } from '../../platform/house/caller.ts';
import type { House } from '../../platform/house/house.ts';
import { agent, organizations, people, service, type DemoPerson, type OrganizationKey } from './people.ts';
import { worksOf, type DemoWork } from './works.ts';

/** A sign-in that `npm start` prints. */
export interface DemoSignIn {
  displayName: string;
  email: string;
  password: string;
  /** Such as "OWNER of Quillhaven Museum". */
  roles: string[];
}

export interface Demo {
  signIns: DemoSignIn[];
  service: { displayName: string; key: string | null };
}

export const stateShape = z.object({
  /** The log of this world's database; a file with another log id belongs to a database that no longer exists. */
  logId: z.string(),
  /** When the whole world was built. */
  completedAt: z.iso.datetime().nullable(),
  passwords: z.record(z.string(), z.string()),
  serviceKey: z.string().nullable(),
  /** When the works had their pictures, which are drawn in the background after the start. */
  illustratedAt: z.iso.datetime().nullable().default(null),
  /** The year of recorded sales: its end, and when all of it was recorded. */
  sales: z.object({ until: z.iso.datetime(), recordedAt: z.iso.datetime().nullable() }).nullable().default(null),
});
type State = z.output<typeof stateShape>;

export const demoFile = 'demo.json';
const fileIn = (dataDir: string): string => join(dataDir, demoFile);

/**
 * Builds the demonstration in an empty house, or continues if an earlier start was killed; a house with other data is left alone.
 * Generates its passwords and keeps them in `demo.json`. Returns what the start prints; null if there is no demonstration.
 * Everything goes through the OSes' own GraphQL, so the facts are the same as for any client.
 */
export async function openDemo(house: House, dataDir: string, empty: boolean): Promise<Demo | null> {
  const path = fileIn(dataDir);
  const { logId } = house.hub;
  let state = readPrivateFile(path, stateShape);
  if (state?.logId !== logId) {
    if (!empty) return null;
    const passwords = Object.fromEntries(people.map(({ key }) => [key, newPassword()]));
    state = { logId, completedAt: null, passwords, serviceKey: null, illustratedAt: null, sales: null };
    // Saved before they are used: without the passwords an unfinished world could not be continued.
    writePrivateFile(path, state);
  }
  if (state.completedAt === null) {
    const keep = (change: Partial<State>): void => writePrivateFile(path, Object.assign(state, change));
    await new Builder(house, state, keep).build();
    await house.settled();
    keep({ completedAt: new Date().toISOString() });
  }
  return demoOf(state);
}

function demoOf(state: State): Demo {
  const signIns = people.map(({ key, email, displayName, roles }) => ({
    displayName,
    email,
    password: state.passwords[key] ?? '',
    roles: Object.entries(roles).map(
      ([organization, role]) => `${role} of ${organizations[organization as OrganizationKey].displayName}`,
    ),
  }));
  return { signIns, service: { displayName: service.displayName, key: state.serviceKey } };
}

/** The import source of the works, so that importing a line again changes nothing. */
const source = 'demonstration';

/** Builds the world step by step. Each step first checks the fact log for whether it was done, so a start may end at any step. */
class Builder {
  readonly #house: House;
  readonly #caller: Caller;
  readonly #state: State;
  readonly #keep: (change: Partial<State>) => void;

  constructor(house: House, state: State, keep: (change: Partial<State>) => void) {
    this.#house = house;
    this.#caller = new Caller(house.services);
    this.#state = state;
    this.#keep = keep;
  }

  async build(): Promise<void> {
    const ids = new Map<string, string>();
    for (const person of people) ids.set(person.key, await this.#person(person));
    const owned = {} as Record<OrganizationKey, string>;
    for (const key of Object.keys(organizations) as OrganizationKey[]) {
      const founder = people.find(({ roles }) => roles[key] === 'OWNER');
      owned[key] = await this.#organization(key, idIn(ids, founder?.key ?? ''));
      await this.#members(key, owned[key], ids);
    }
    await this.#agent(idIn(ids, 'ines'), owned[agent.owner]);
    await this.#service(idIn(ids, 'amara'), owned[service.owner]);
    const [tomasz, jonah] = [idIn(ids, 'tomasz'), idIn(ids, 'jonah')];
    await this.#works(tomasz, owned.museum, 'catalogue', worksOf('museum', 'catalogue'), true);
    await this.#works(tomasz, owned.museum, 'under examination', worksOf('museum', 'under examination'), false);
    await this.#works(jonah, owned.label, 'catalogue', worksOf('label', 'catalogue'), true);
    const withdrawn = worksOf('label', 'withdrawn');
    await this.#works(jonah, owned.label, 'withdrawn', withdrawn, true);
    for (const work of withdrawn) await this.#archive(jonah, owned.label, work);
  }

  async #person({ key, email, displayName }: DemoPerson): Promise<string> {
    const password = this.#state.passwords[key] ?? '';
    try {
      const { userCreate } = await this.#caller.ask<{ userCreate: { user: { id: string } } }>(
        'identity',
        houseActor(setupActorId, ['OPERATOR']),
        'mutation Create($input: UserCreateInput!) { userCreate(input: $input) { user { id } } }',
        { input: { email, password, displayName } },
      );
      return userCreate.user.id;
    } catch (error) {
      if (!(error instanceof CallRefused && error.code === 'CONFLICT')) throw error;
    }
    const { sessionSignIn } = await this.#caller.ask<{ sessionSignIn: { viewer: { id: string } } }>(
      'identity',
      anonymous(),
      'mutation SignIn($input: SessionSignInInput!) { sessionSignIn(input: $input) { viewer { id } } }',
      { input: { email, password } },
    );
    return sessionSignIn.viewer.id;
  }

  async #organization(key: OrganizationKey, founderId: string): Promise<string> {
    const input = organizations[key];
    const told = await this.#told('identity.organization.created', { displayName: input.displayName });
    if (told) return String(told['organizationId']);
    const { organizationCreate } = await this.#ask<{ organizationCreate: { organization: { id: string } } }>(
      founderId,
      'identity',
      'mutation Found($input: OrganizationCreateInput!) { organizationCreate(input: $input) { organization { id } } }',
      input,
    );
    return organizationCreate.organization.id;
  }

  async #members(key: OrganizationKey, organizationId: string, ids: Map<string, string>): Promise<void> {
    const founder = people.find(({ roles }) => roles[key] === 'OWNER');
    for (const person of people) {
      const role = person.roles[key];
      if (!role || person === founder) continue;
      const actorId = idIn(ids, person.key);
      if (await this.#told('identity.membership.granted', { organizationId, actorId })) continue;
      // Inviting again, after a start that ended here, renews the same invitation.
      const { invitationSend } = await this.#ask<{ invitationSend: { invitation: { id: string } } }>(
        idIn(ids, founder?.key ?? ''),
        'identity',
        'mutation Invite($input: InvitationSendInput!) { invitationSend(input: $input) { invitation { id } } }',
        { organizationId, actorId, role },
      );
      await this.#ask(
        actorId,
        'identity',
        'mutation Accept($input: InvitationAcceptInput!) { invitationAccept(input: $input) { membership { id } } }',
        { invitationId: invitationSend.invitation.id },
      );
    }
  }

  async #agent(founderId: string, ownerId: string): Promise<void> {
    const { displayName } = agent;
    if (await this.#told('identity.agent.created', { displayName, ownerId })) return;
    await this.#ask(
      founderId,
      'identity',
      'mutation Agent($input: AgentCreateInput!) { agentCreate(input: $input) { agent { id } } }',
      { displayName, ownerId },
    );
  }

  async #service(founderId: string, organizationId: string): Promise<void> {
    const { displayName, keyName } = service;
    let told = await this.#told('identity.service.created', { displayName, organizationId });
    if (!told) {
      const { serviceCreate } = await this.#ask<{ serviceCreate: { service: { id: string } } }>(
        founderId,
        'identity',
        'mutation Service($input: ServiceCreateInput!) { serviceCreate(input: $input) { service { id } } }',
        { displayName, organizationId },
      );
      told = { serviceId: serviceCreate.service.id };
    }
    // A key is shown once: if it was created but not saved, another one is created.
    if (this.#state.serviceKey !== null) return;
    const { actorKeyCreate } = await this.#ask<{ actorKeyCreate: { key: string } }>(
      founderId,
      'identity',
      'mutation Key($input: ActorKeyCreateInput!) { actorKeyCreate(input: $input) { key } }',
      { actorId: told['serviceId'], name: keyName },
    );
    this.#keep({ serviceKey: actorKeyCreate.key });
  }

  /** Imports works; existing ones stay unchanged. */
  async #works(
    actorId: string,
    ownerId: string,
    run: string,
    works: readonly DemoWork[],
    publish: boolean,
  ): Promise<void> {
    const { assetImport } = await this.#ask<{ assetImport: { rejected: { line: number; message: string }[] } }>(
      actorId,
      'assets',
      'mutation Import($input: AssetImportInput!) { assetImport(input: $input) { rejected { line message } } }',
      { source, run, ownerId, total: works.length, publish, lines: works.map((work, n) => ({ line: n + 1, ...work })) },
    );
    const [fault] = assetImport.rejected;
    if (fault) throw new Error(`"${works[fault.line - 1]?.title}" of the demonstration was refused: ${fault.message}`);
  }

  async #archive(actorId: string, ownerId: string, { title }: DemoWork): Promise<void> {
    const told = await this.#told('assets.asset.imported', { title, ownerId });
    // Idempotent.
    await this.#ask(
      actorId,
      'assets',
      'mutation Archive($input: AssetArchiveInput!) { assetArchive(input: $input) { asset { id } } }',
      { assetId: told?.['assetId'] },
    );
  }

  /** Calls an OS as an actor, with their current rights. */
  async #ask<T>(actorId: string, os: string, query: string, input: Record<string, unknown>): Promise<T> {
    const actor: ActorSnapshot = await this.#caller.actor(actorId);
    return this.#caller.ask<T>(os, actor, query, { input });
  }

  /** The payload of the first fact of this type with these values, in this database. */
  async #told(type: string, values: Record<string, unknown>): Promise<Record<string, unknown> | null> {
    const [fact] = await this.#house.database.query<{ payload: Record<string, unknown> }>(
      'select payload from facts.log where type = $1 and payload @> $2::jsonb order by seq limit 1',
      [type, JSON.stringify(values)],
    );
    return fact?.payload ?? null;
  }
}

function idIn(ids: ReadonlyMap<string, string>, key: string): string {
  const id = ids.get(key);
  if (id === undefined) throw new Error(`The demonstration has nobody with the key "${key}".`);
  return id;
}
