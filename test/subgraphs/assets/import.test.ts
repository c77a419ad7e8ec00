import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

const imports = `mutation ($input: AssetImportInput!) {
  assetImport(input: $input) {
    created updated unchanged
    rejected { line field code message }
    import { id source run total lastLine created updated unchanged rejected createdAt updatedAt liveCursor owner { id displayName } }
  }
}`;
const list = `query ($filter: AssetImportFilter, $sort: [AssetImportSort!], $first: Int, $after: String) {
  viewer {
    assetImports(filter: $filter, sort: $sort, first: $first, after: $after) {
      totalCount nodes { id source run owner { displayName } } pageInfo { endCursor hasNextPage }
    }
  }
}`;
const progressed = `subscription ($filter: AssetImportProgressedFilter, $after: String) {
  assetImportProgressed(filter: $filter, after: $after) {
    cursor sequence occurredAt lastLine total created updated unchanged rejected import { id run owner { displayName } }
  }
}`;

let world: World;
let ann: Person;
let museum: string;
let viewer: Person;
let stranger: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'] });
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  museum = ann.organizationId ?? '';
  viewer = await world.signUp({ displayName: 'Vera' });
  await world.grant(museum, viewer, 'VIEWER');
  stranger = await world.signUp({ displayName: 'Sam', organization: 'Elsewhere' });
});
afterAll(() => world.close());

const lines = (prefix: string, count: number, more: object = {}) =>
  Array.from({ length: count }, (_, n) => ({
    line: n + 1,
    sourceId: `${prefix}${n}`,
    title: `Work ${n}`,
    kind: 'ART',
    ...more,
  }));

describe('assetImport', () => {
  test.each([21, 3000])('details of %s levels are INVALID with their path', async (levels) => {
    const details = JSON.parse(`${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`) as unknown;
    const input = { source: 'deep', run: '1', ownerId: museum, lines: lines('deep', 2, { details }) };
    expect(await refusal(ann, imports, { input })).toEqual({ code: 'INVALID', path: 'input.lines.0.details' });
    const written = `mutation { assetImport(input: { source: "deep", run: "1", ownerId: "${museum}",
      lines: [{ line: 1, sourceId: "1", title: "t", details: ${'{a:'.repeat(21)}1${'}'.repeat(21)} }] }) { created } }`;
    expect(await refusal(ann, written)).toEqual({ code: 'INVALID', path: 'input.lines.details' });
  });

  test('details of more than 128 kB are an invalid line; the others are imported', async () => {
    const [large, small] = lines('bulky', 2, { details: { room: 'x'.repeat(100_000) } });
    const input = {
      source: 'bulky',
      run: '1',
      ownerId: museum,
      lines: [{ ...large, details: { room: 'x'.repeat(128_000) } }, small],
    };
    const { assetImport } = await ann.ask(imports, { input });
    expect(assetImport).toMatchObject({ created: 1, rejected: [{ line: 1, field: 'details', code: 'too_big' }] });
  });

  test('imports new lines, updates changed ones, and repeating it changes nothing', async () => {
    const batch = { source: 'again', run: '1', ownerId: museum, total: 3, lines: lines('a', 3) };
    const first = await ann.ask(imports, { input: batch });
    expect(first.assetImport).toMatchObject({ created: 3, updated: 0, unchanged: 0, rejected: [] });
    expect(first.assetImport.import).toMatchObject({
      source: 'again',
      total: 3,
      lastLine: 3,
      created: 3,
      owner: { id: museum, displayName: 'Museum' },
    });
    const again = await ann.ask(imports, { input: batch });
    expect(again.assetImport).toMatchObject({ created: 0, updated: 0, unchanged: 3 });
    const [one, ...others] = lines('a', 3);
    const changed = await ann.ask(imports, {
      input: { ...batch, run: '2', lines: [{ ...one, title: 'New' }, ...others] },
    });
    expect(changed.assetImport).toMatchObject({ created: 0, updated: 1, unchanged: 2 });
    const { assets } = await world.anonymous.ask(
      '{ assets(filter: { source: { eq: "again" } }, sort: [TITLE_ASC]) { nodes { title sourceId version status } } }',
    );
    expect(assets.nodes).toEqual([
      { title: 'New', sourceId: 'a0', version: 2, status: 'PUBLISHED' },
      { title: 'Work 1', sourceId: 'a1', version: 1, status: 'PUBLISHED' },
      { title: 'Work 2', sourceId: 'a2', version: 1, status: 'PUBLISHED' },
    ]);
  });

  test('an invalid line is reported by number and field, the others are imported', async () => {
    const given = lines('f', 6);
    Object.assign(given[0] ?? {}, { title: ' ' });
    Object.assign(given[1] ?? {}, { acquiredOn: '1961-02-30' });
    Object.assign(given[2] ?? {}, { sourceUrl: 'javascript:alert(1)' });
    Object.assign(given[3] ?? {}, { sourceId: 'f4' });
    Object.assign(given[5] ?? {}, { createdEarliest: '0000-01-01' });
    const { assetImport } = await ann.ask(imports, { input: { source: 'faults', run: '1', lines: given } });
    expect(assetImport).toMatchObject({ created: 1, unchanged: 0 });
    expect(assetImport.rejected.map(({ line, field }: { line: number; field: string }) => [line, field])).toEqual([
      [1, 'title'],
      [2, 'acquiredOn'],
      [3, 'sourceUrl'],
      [5, 'sourceId'],
      [6, 'createdEarliest'],
    ]);
    expect(assetImport.import).toMatchObject({ created: 1, rejected: 5, lastLine: 6 });
  });

  test('a line that changes the kind of an asset without its structure is invalid', async () => {
    const [line] = lines('kind', 1);
    const batch = { source: 'kinds', run: '1' };
    const written = { ...line, structureType: 'ARTWORK', structure: { signed: true } };
    await ann.ask(imports, { input: { ...batch, lines: [written] } });
    const song = { ...line, kind: 'MUSIC' };
    const { assetImport } = await ann.ask(imports, { input: { ...batch, lines: [song] } });
    expect(assetImport).toMatchObject({ updated: 0, rejected: [{ line: 1, field: 'kind', code: 'structure_kind' }] });
    const track = { ...song, structureType: 'MUSIC_TRACK', structure: { explicit: false } };
    const mended = await ann.ask(imports, { input: { ...batch, lines: [track] } });
    expect(mended.assetImport).toMatchObject({ updated: 1, rejected: [] });
  });

  test('stores all fields of a line', async () => {
    const line = {
      line: 1,
      sourceId: 'full',
      title: 'Night',
      kind: 'ART',
      description: 'Dark.',
      sourceUrl: 'https://example.org/1',
      creators: ['One', 'Two'],
      classification: 'Painting',
      department: 'Fine Arts',
      materials: 'oil',
      creationDate: 'c. 1961',
      createdEarliest: '1960-01-01',
      createdLatest: '1962-12-31',
      acquiredOn: '1970-05-06',
      accessionNumber: '70.1',
      creditLine: 'Gift',
      provenanceText: 'The artist; the museum.',
      tags: ['night'],
      details: { width: 12, nested: { a: [1, null] } },
    };
    await ann.ask(imports, { input: { source: 'full', run: '1', lines: [line] } });
    const { assets } = await ann.ask(
      `{ assets(filter: { source: { eq: "full" } }) { nodes {
        sourceId title kind description sourceUrl creators classification department materials creationDate createdEarliest
        createdLatest acquiredOn accessionNumber creditLine provenanceText tags details
      } } }`,
    );
    const { line: _number, ...told } = line;
    expect(assets.nodes).toEqual([told]);
  });

  test('can leave new assets as drafts of the importer', async () => {
    await ann.ask(imports, { input: { source: 'drafts', run: '1', publish: false, lines: lines('d', 2) } });
    const ask = '{ assets(filter: { source: { eq: "drafts" } }) { totalCount nodes { status owner { id } } } }';
    expect((await world.anonymous.ask(ask)).assets.totalCount).toBe(0);
    expect((await ann.ask(ask)).assets.nodes[0]).toEqual({ status: 'DRAFT', owner: { id: ann.id } });
  });

  test('counts the published assets of the organization', async () => {
    const label = await world.signUp({ organization: 'Label' });
    await label.ask(imports, { input: { source: 'l', run: '1', ownerId: label.organizationId, lines: lines('l', 4) } });
    await world.settled();
    const ask = 'query ($id: ID!) { organization(id: $id) { assetCount } }';
    expect(await label.ask(ask, { id: label.organizationId })).toEqual({ organization: { assetCount: 4 } });
  });

  test('is for editors of the owner', async () => {
    const input = { source: 'x', run: '1', ownerId: museum, lines: lines('x', 1) };
    expect(await refusal(world.anonymous, imports, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(viewer, imports, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(stranger, imports, { input })).toEqual({ code: 'FORBIDDEN' });
    const wrong = { ...input, ownerId: 'svc_assets' };
    expect(await refusal(ann, imports, { input: wrong })).toEqual({ code: 'INVALID', path: 'input.ownerId' });
    expect(await refusal(ann, imports, { input: { ...input, lines: [] } })).toEqual({
      code: 'INVALID',
      path: 'input.lines',
    });
    expect(await refusal(ann, imports, { input: { ...input, lines: lines('x', 501) } })).toEqual({
      code: 'INVALID',
      path: 'input.lines',
    });
  });

  test('takes as many statements for two lines as for fifty', async () => {
    const ask = 'mutation ($input: AssetImportInput!) { assetImport(input: $input) { created updated } }';
    const of = (run: string, count: number, more?: object) => ({
      input: { source: 'count', run, lines: lines(run, count, more) },
    });
    for (const [run, count] of [
      ['two', 2],
      ['fifty', 50],
    ] as const) {
      expect(await world.statements(() => ann.ask(ask, of(run, count)))).toHaveLength(5);
      // Rows that are changed together return their new versions in one more statement.
      expect(await world.statements(() => ann.ask(ask, of(run, count, { title: 'Changed' })))).toHaveLength(6);
      expect(await world.statements(() => ann.ask(ask, of(run, count, { title: 'Changed' })))).toHaveLength(4);
    }
  });
});

describe('assetImports', () => {
  test('are visible to the owners of the assets', async () => {
    const universe = world.inUniverse('runs');
    const owner = await universe.signUp({ displayName: 'Olga', organization: 'One' });
    const member = await universe.signUp();
    await universe.grant(owner.organizationId ?? '', member, 'GUEST');
    const other = await universe.signUp({ organization: 'Two' });
    for (const run of ['1', '2', '3'])
      await owner.ask(imports, { input: { source: 's', run, ownerId: owner.organizationId, lines: lines(run, 1) } });
    const runs = async (person: Person, variables: object = {}) =>
      (await person.ask(list, { ...variables })).viewer.assetImports.nodes.map(
        ({ run }: { run: string }) => run,
      ) as string[];
    expect(await runs(owner)).toEqual(['3', '2', '1']);
    expect(await runs(member, { sort: ['CREATED_AT_ASC'] })).toEqual(['1', '2', '3']);
    expect(await runs(other)).toEqual([]);
    expect(await runs(await universe.operator())).toEqual(['3', '2', '1']);
    expect(await runs(await world.operator(), { filter: { ownerId: { eq: owner.organizationId } } })).toEqual([]);
    expect(await universe.anonymous.ask(list)).toEqual({ viewer: null });
    const page = (await owner.ask(list, { first: 2 })).viewer.assetImports;
    expect(await runs(owner, { after: page.pageInfo.endCursor })).toEqual(['1']);
    expect(await refusal(owner, list, { after: page.pageInfo.endCursor, sort: ['CREATED_AT_ASC'] })).toEqual({
      code: 'INVALID',
      path: 'after',
    });
  });

  test('takes three statements beside that of the viewer, however many there are', async () => {
    const few = await world.statements(() => stranger.ask(list, { first: 50 }));
    await stranger.ask(imports, { input: { source: 's', run: '1', lines: lines('s', 1) } });
    expect(few).toHaveLength(3);
    expect(await world.statements(() => stranger.ask(list, { first: 50 }))).toHaveLength(4);
    expect(await world.statements(() => ann.ask(list, { first: 50 }))).toHaveLength(4);
  });
});

describe('assetImportProgressed', () => {
  const take = (person: Person, run: string, count: number) =>
    person.ask(imports, {
      input: { source: `live ${run}`, run, ownerId: person.organizationId, lines: lines(run, count) },
    });

  test('has an event for each batch with its numbers, and the present run', async () => {
    const label = await world.signUp({ displayName: 'L', organization: 'Label' });
    await using live = await label.subscribe(progressed);
    const { assetImport } = await take(label, 'first', 2);
    const { assetImportProgressed: event } = await live.next();
    expect(event).toMatchObject({ lastLine: 2, created: 2, updated: 0, rejected: 0 });
    expect(event.import).toEqual({ id: assetImport.import.id, run: 'first', owner: { displayName: 'Label' } });
  });

  test('others get no events', async () => {
    const label = await world.signUp({ organization: 'Label' });
    const other = await world.signUp({ organization: 'Other' });
    await using mine = await label.subscribe(progressed);
    await using theirs = await other.subscribe(progressed);
    await take(label, 'mine', 1);
    await take(other, 'theirs', 1);
    expect((await mine.next()).assetImportProgressed.import.run).toBe('mine');
    expect((await theirs.next()).assetImportProgressed.import.run).toBe('theirs');
    await world.settled();
    expect([mine.pending(), theirs.pending()]).toEqual([[], []]);
  });

  test('filters by source, and replays after a cursor without gap or duplicate', async () => {
    const label = await world.signUp({ organization: 'Label' });
    const { assetImport } = await take(label, 'zero', 1);
    for (const run of ['a', 'b', 'c']) await take(label, run, 1);
    await using live = await label.subscribe(progressed, { after: assetImport.import.liveCursor });
    const runs: string[] = [];
    let cursor = '';
    while (runs.at(-1) !== 'b') {
      const { assetImportProgressed: event } = await live.next();
      runs.push(event.import.run);
      cursor = event.cursor;
    }
    expect(runs.slice(-2)).toEqual(['a', 'b']);
    await using from = await label.subscribe(progressed, { after: cursor });
    expect((await from.next()).assetImportProgressed.import.run).toBe('c');
    await using only = await label.subscribe(progressed, { filter: { source: { eq: 'live e' } } });
    await take(label, 'd', 1);
    await take(label, 'e', 1);
    expect((await only.next()).assetImportProgressed.import.run).toBe('e');
    expect((await from.next()).assetImportProgressed.import.run).toBe('d');
  });

  test('a made-up cursor is INVALID, one of another log EXPIRED, and anonymous listeners are refused', async () => {
    const ended = async (client: World['anonymous'], variables: object) => {
      const live = await client.subscribe(progressed, { ...variables });
      const end = await live.ended();
      await live.close();
      return end && 'errors' in end ? end.errors[0]?.extensions['code'] : end;
    };
    expect(await ended(ann, { after: 'nonsense' })).toBe('INVALID');
    const other = Buffer.from('another.7').toString('base64url');
    expect(await ended(ann, { after: other })).toBe('EXPIRED');
    expect(await ended(ann, { filter: { importId: { in: Array.from({ length: 501 }, () => 'imp_1') } } })).toBe(
      'INVALID',
    );
    expect(await ended(world.anonymous, {})).toBe('UNAUTHENTICATED');
  });

  test('ends its rights with the membership', async () => {
    const label = await world.signUp({ organization: 'Label' });
    const member = await world.signUp();
    await world.grant(label.organizationId ?? '', member, 'EDITOR');
    await using live = await member.subscribe(progressed);
    await take(label, 'before', 1);
    expect((await live.next()).assetImportProgressed.import.run).toBe('before');
    const { memberships } = await label.ask(
      'query ($id: ID!) { memberships(filter: { actorId: { eq: $id } }) { nodes { id } } }',
      { id: member.id },
    );
    await label.ask('mutation ($id: ID!) { membershipRemove(input: { membershipId: $id }) { membership { id } } }', {
      id: memberships.nodes[0].id,
    });
    await world.settled();
    await take(label, 'after', 1);
    await world.settled();
    const seen = live.pending().filter((event) => event.assetImportProgressed?.import?.run === 'after');
    expect(seen).toEqual([]);
  });
});
