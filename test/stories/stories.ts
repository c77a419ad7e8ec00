import { expect } from 'vitest';
import { auction } from './auctions.ts';
import { picture } from './pictures.ts';
import { admit, draft, eventually, found, publish, signUp, Visitor, type Place, type Signed } from './place.ts';

/** A scenario from outside the house; the same for one process and several. */
export interface Story {
  name: string;
  tell: (place: Place) => Promise<void>;
}

const importBatch = `mutation ($input: AssetImportInput!) { assetImport(input: $input) {
  created updated unchanged rejected { line field code } import { id lastLine liveCursor }
} }`;

function line(n: number, creator = 'Ada Quill') {
  return { line: n, sourceId: `w-${n}`, title: `Work ${n}`, kind: 'ART', creators: [creator], department: 'Paper' };
}

/** From the first sign-up to figures over an import, which is watched while it runs. */
async function importAndWatch(place: Place): Promise<void> {
  const ada = await signUp(place, 'Ada');
  const organizationId = await found(place, ada, 'Press of the Two Hares');
  const input = { source: 'story', run: 'first', ownerId: organizationId, total: 5 };
  const first = await ada.visitor.ask(importBatch, { input: { ...input, lines: [line(1), line(2)] } });
  expect(first.assetImport).toMatchObject({ created: 2, rejected: [] });

  await using live = ada.visitor.subscribe(
    `subscription ($after: String) { assetImportProgressed(after: $after) {
      cursor lastLine total created updated unchanged rejected import { created owner { displayName } }
    } }`,
    { after: first.assetImport.import.liveCursor },
  );
  const second = await ada.visitor.ask(importBatch, {
    input: { ...input, lines: [{ ...line(2), title: 'Work Two' }, line(3, 'Bo Ekman'), { line: 4 }] },
  });
  expect(second.assetImport).toMatchObject({ created: 1, updated: 1, rejected: [{ line: 4, field: 'sourceId' }] });
  // The cursor of an answer is never later than its data, so the first batch may arrive again, and nothing is missed.
  let { assetImportProgressed: seen } = await live.next();
  if (seen.lastLine === 2) ({ assetImportProgressed: seen } = await live.next());
  expect(seen).toMatchObject({ lastLine: 4, total: 5, created: 1, updated: 1, unchanged: 0, rejected: 1 });
  expect(seen.import.owner).toEqual({ displayName: 'Press of the Two Hares' });
  await ada.visitor.ask(importBatch, { input: { ...input, lines: [line(5)] } });
  const third = await live.next();
  expect(third.assetImportProgressed).toMatchObject({ lastLine: 5, created: 1, import: { created: 4 } });

  // A subscriber that was away gets everything once.
  await using later = ada.visitor.subscribe(
    'subscription ($after: String) { assetImportProgressed(after: $after) { lastLine } }',
    { after: seen.cursor },
  );
  expect(await later.next()).toEqual({ assetImportProgressed: { lastLine: 5 } });

  const anybody = new Visitor(place);
  const { assets } = await anybody.ask(
    `query ($owner: ID!) { assets(filter: { ownerId: { eq: $owner } }, sort: [TITLE_ASC]) {
      totalCount nodes { title owner { __typename displayName } createdBy { displayName } }
    } }`,
    { owner: organizationId },
  );
  expect(assets.totalCount).toBe(4);
  expect(assets.nodes[0]).toEqual({
    title: 'Work 1',
    owner: { __typename: 'Organization', displayName: 'Press of the Two Hares' },
    createdBy: { displayName: 'Ada' },
  });
  const { assetAggregate } = await anybody.ask(
    `query ($owner: ID!) { assetAggregate(filter: { ownerId: { eq: $owner } }, groupBy: [CREATOR, OWNER]) {
      rows { count creator owner { displayName } }
    } }`,
    { owner: organizationId },
  );
  const owner = { displayName: 'Press of the Two Hares' };
  expect(assetAggregate.rows).toHaveLength(2);
  expect(assetAggregate.rows).toEqual(
    expect.arrayContaining([
      { count: 3, creator: 'Ada Quill', owner },
      { count: 1, creator: 'Bo Ekman', owner },
    ]),
  );
  await eventually(async () => expect(await assetCount(place, organizationId)).toBe(4));
}

export async function assetCount(place: Place, organizationId: string): Promise<number> {
  const { organization } = await new Visitor(place).ask('query ($id: ID!) { organization(id: $id) { assetCount } }', {
    id: organizationId,
  });
  return organization.assetCount as number;
}

/** A fact of one OS changes another one's answers. */
async function countFollows(place: Place): Promise<void> {
  const ada = await signUp(place);
  const organizationId = await found(place, ada);
  const assetId = await draft(ada.visitor, organizationId);
  expect(await new Visitor(place).ask('query ($id: ID!) { asset(id: $id) { id } }', { id: assetId })).toEqual({
    asset: null,
  });
  await publish(ada.visitor, assetId);
  await eventually(async () => expect(await assetCount(place, organizationId)).toBe(1));
  await ada.visitor.ask('mutation ($id: ID!) { assetArchive(input: { assetId: $id }) { asset { status } } }', {
    id: assetId,
  });
  await eventually(async () => expect(await assetCount(place, organizationId)).toBe(0));
}

const refresh = `mutation ($input: SessionRefreshInput!) { sessionRefresh(input: $input) { accessToken refreshToken } }`;

/** A refresh token works once: an immediate retry returns the same next token, until that one is used. */
async function refreshOnce(place: Place): Promise<void> {
  const anybody = new Visitor(place);
  const ada = await signUp(place);
  const next = async (refreshToken: string) =>
    (await anybody.ask(refresh, { input: { refreshToken } })).sessionRefresh as Pick<
      Signed,
      'accessToken' | 'refreshToken'
    >;
  const fresh = await next(ada.refreshToken);
  const renewed = new Visitor(place, fresh.accessToken);
  expect(await renewed.ask('{ viewer { id } }')).toEqual({ viewer: { id: ada.id } });
  expect((await next(ada.refreshToken)).refreshToken).toBe(fresh.refreshToken);
  await next(fresh.refreshToken);
  expect(await anybody.code(refresh, { input: { refreshToken: ada.refreshToken } })).toBe('UNAUTHENTICATED');
  expect(await renewed.ask('{ viewer { id } }')).toEqual({ viewer: { id: ada.id } });
}

const actOnBehalf = `mutation ($input: SessionActOnBehalfInput!) {
  sessionActOnBehalf(input: $input) { accessToken actor { displayName } }
}`;

/** An operator acts in another actor's name, within the rights of both. */
async function onBehalf(place: Place): Promise<void> {
  const ada = await signUp(place, 'Ada');
  const organizationId = await found(place, ada);
  const input = { actorId: ada.id, reason: 'Helping with an import' };
  expect(await ada.visitor.code(actOnBehalf, { input: { ...input, actorId: organizationId } })).toBe('FORBIDDEN');
  const operator = new Visitor(place, await place.operatorToken());
  const { sessionActOnBehalf } = await operator.ask(actOnBehalf, { input });
  expect(sessionActOnBehalf.actor).toEqual({ displayName: 'Ada' });
  const delegate = new Visitor(place, sessionActOnBehalf.accessToken as string);
  const { viewer } = await delegate.ask('{ viewer { id platformRoles } }');
  expect(viewer).toEqual({ id: ada.id, platformRoles: [] });
  const assetId = await draft(delegate, organizationId, 'Made with help');
  const { asset } = await ada.visitor.ask('query ($id: ID!) { asset(id: $id) { createdBy { id } owner { id } } }', {
    id: assetId,
  });
  expect(asset).toEqual({ createdBy: { id: ada.id }, owner: { id: organizationId } });
  expect(await delegate.code(actOnBehalf, { input: { ...input, actorId: organizationId } })).toBe('FORBIDDEN');
}

/** Any entity by its id, from any OS; null if it is missing or not visible. */
async function nodes(place: Place): Promise<void> {
  const ada = await signUp(place, 'Ada');
  const organizationId = await found(place, ada, 'Two Hares');
  const hidden = await draft(ada.visitor, organizationId, 'Hidden');
  const shown = await draft(ada.visitor, organizationId, 'Shown');
  await publish(ada.visitor, shown);
  const query = `query ($ids: [ID!]!) { nodes(ids: $ids) {
    __typename id ... on User { displayName } ... on Organization { displayName } ... on Asset { title owner { id } }
  } }`;
  const unknown = `${shown.slice(0, -4)}0000`;
  const ids = [ada.id, organizationId, shown, hidden, unknown];
  const { nodes: found_ } = await new Visitor(place).ask(query, { ids });
  expect(found_).toEqual([
    { __typename: 'User', id: ada.id, displayName: 'Ada' },
    { __typename: 'Organization', id: organizationId, displayName: 'Two Hares' },
    { __typename: 'Asset', id: shown, title: 'Shown', owner: { id: organizationId } },
    null,
    null,
  ]);
  const { nodes: own } = await ada.visitor.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: [hidden] });
  expect(own).toEqual([{ id: hidden }]);
  const { node } = await new Visitor(place).ask('query ($id: ID!) { node(id: $id) { id } }', { id: unknown });
  expect(node).toBeNull();
}

/** Errors say what is wrong, where, and in which OS. */
async function errors(place: Place): Promise<void> {
  const anybody = new Visitor(place);
  const ada = await signUp(place);
  const bo = await signUp(place);
  const organizationId = await found(place, ada);
  const create = 'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }';
  const input = { title: 'Mine', kind: 'ART', ownerId: organizationId };
  expect(await anybody.code(create, { input })).toBe('UNAUTHENTICATED');
  expect(await bo.visitor.code(create, { input })).toBe('FORBIDDEN');
  expect(await bo.visitor.code('{ serverTime }', {}, { 'acting-for': organizationId })).toBe('FORBIDDEN');
  const invalid = await ada.visitor.answer(create, { input: { ...input, title: '' } });
  expect(invalid.data).toBeNull();
  expect(invalid.errors[0]).toMatchObject({
    path: ['assetCreate'],
    extensions: {
      code: 'INVALID',
      os: 'assets',
      retryable: false,
      issues: expect.arrayContaining([expect.objectContaining({ path: ['input', 'title'] })]),
    },
  });
  const assetId = await draft(ada.visitor, organizationId);
  const publishing = 'mutation ($input: AssetPublishInput!) { assetPublish(input: $input) { asset { id } } }';
  const notFound = await bo.visitor.answer(publishing, { input: { assetId } });
  expect(notFound.errors[0]).toMatchObject({
    extensions: { code: 'NOT_FOUND', os: 'assets', path: ['input', 'assetId'] },
  });
  expect(await anybody.code('{ assets { nodes { colour } } }')).toBe('BAD_QUERY');
  expect(await anybody.code('{ assets(first: 5000) { nodes { id } } }')).toBe('LIMIT_EXCEEDED');
  expect(await anybody.code('{ asset(id: "usr_01h455vb4pex5vsknk084sn02q") { id } }')).toBe('INVALID');
  expect(await new Visitor(place, 'nonsense').code('{ serverTime }')).toBe('UNAUTHENTICATED');
  const [refused] = (await anybody.answer('{ assetLinks { totalCount } serverTime }')).errors;
  expect(refused?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', os: 'assets' });
}

/** Revoked rights end everywhere within moments. */
async function rightsGo(place: Place): Promise<void> {
  const ada = await signUp(place);
  const bo = await signUp(place);
  const organizationId = await found(place, ada);
  const membershipId = await admit(ada.visitor, organizationId, bo, 'EDITOR');
  await eventually(async () => {
    await draft(bo.visitor, organizationId);
  }, place.rightsPatience);
  await ada.visitor.ask(
    'mutation ($id: ID!) { membershipRemove(input: { membershipId: $id }) { membership { id } } }',
    {
      id: membershipId,
    },
  );
  const create = 'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }';
  const input = { title: 'Too late', kind: 'ART', ownerId: organizationId };
  await eventually(
    async () => expect(await bo.visitor.code(create, { input })).toBe('FORBIDDEN'),
    place.rightsPatience,
  );
}

export const stories: readonly Story[] = [
  { name: 'sign up, found, import, watch, query across OSes, count', tell: importAndWatch },
  { name: 'publishing in one OS counts in another', tell: countFollows },
  { name: 'a refresh token returns one next token, and none after that is used', tell: refreshOnce },
  { name: 'an operator acts on behalf of another actor', tell: onBehalf },
  { name: 'any entity by its id, and null for a missing one', tell: nodes },
  { name: 'errors say what is wrong, and where', tell: errors },
  { name: 'a file becomes a public picture', tell: picture },
  { name: 'a work is put up, two people bid, it is followed live, and goes to the winner', tell: auction },
  { name: 'revoked rights end', tell: rightsGo },
];
