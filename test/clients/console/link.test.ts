import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fragmentOf, readFragment, type SharedOperation } from '../../../clients/console/saved/link.ts';
import { kindOf, nameOf, withoutSecrets } from '../../../clients/console/saved/secrets.ts';

const operation: SharedOperation = {
  name: 'Größte Häuser 🏛',
  query: 'query Houses($first: Int) { houses(first: $first) { nodes { name } } }',
  variables: '{\n  "first": 10\n}',
  view: 'chart',
  chart: {
    key: 'Houses\nhouses\nname',
    choice: { kind: 'bar', label: 'name', values: [], split: null, top: 10, arrange: 'stacked' },
  },
};
const folded = (value: unknown): string =>
  `#op=1.${deflateRawSync(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')}`;

describe('a link', () => {
  it('restores the operation and the view of its answer', async () => {
    const fragment = await fragmentOf(operation);
    expect(fragment).toMatch(/^#op=1\.[\w-]+$/);
    expect(await readFragment(fragment)).toEqual(operation);
    const bare = { ...operation, variables: '', view: null, chart: null };
    expect(await readFragment(await fragmentOf(bare))).toEqual(bare);
  });

  it('is compressed', async () => {
    const query = operation.query.repeat(50);
    expect((await fragmentOf({ ...operation, query })).length).toBeLessThan(query.length / 5);
  });

  it('is absent without an operation, which differs from a damaged one', async () => {
    const fragment = await fragmentOf(operation);
    for (const other of ['', '#', '#section', '#opx=1']) expect(await readFragment(other)).toBeNull();
    const broken = [
      fragment.slice(0, -9),
      `${fragment}!`,
      '#op=1.',
      '#op=2.abc',
      folded('[]'),
      folded('{"q"'),
      folded({ q: ' ' }),
    ];
    for (const one of broken) expect(await readFragment(one), one).toBe('damaged');
  });

  it('contains only known values: an unknown view or chart is left out', async () => {
    const read = await readFragment(
      folded({ q: '{ a }', n: 5, v: { a: 1 }, w: 'script', k: 'x', c: { kind: 'pie' }, h: 'headers' }),
    );
    expect(read).toEqual({ name: '', query: '{ a }', variables: '', view: null, chart: null });
  });

  it('that expands to megabytes is refused', async () => {
    expect(await readFragment(folded({ q: 'a'.repeat(5_000_000) }))).toBe('damaged');
  });
});

describe('a saved or shared query', () => {
  const jwt = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1c3JfYSJ9.c2lnbmF0dXJl';

  it('has no secrets in its variables, by name or by format', () => {
    const variables = {
      input: { email: 'a@b.c', password: 'hunter22', nested: [{ refreshToken: 'r' }], pin: 1234 },
      note: jwt,
    };
    const cleaned = withoutSecrets('mutation ($input: X!) { a(input: $input) }', JSON.stringify(variables));
    expect(cleaned.removed).toBe(4);
    expect(JSON.parse(cleaned.variables)).toEqual({
      input: { email: 'a@b.c', password: '', nested: [{ refreshToken: '' }], pin: '' },
      note: '',
    });
  });

  it('has none in a variable with another name', () => {
    const cleaned = withoutSecrets(
      'mutation ($p: String!) { a(input: { password: $p, name: $n }) }',
      '{"p":"hunter22","n":"Ann"}',
    );
    expect(JSON.parse(cleaned.variables)).toEqual({ p: '', n: 'Ann' });
  });

  it('has none in its text, whose layout is kept', () => {
    const text = `# mine\nmutation {\n  a(password: "hunter22", key: "esk_abc", title: "esk, a word")\n}`;
    expect(withoutSecrets(text, '')).toEqual({
      query: `# mine\nmutation {\n  a(password: "", key: "", title: "esk, a word")\n}`,
      variables: '',
      removed: 2,
    });
  });

  it('has none in an incomplete text, and no unreadable variables', () => {
    const { query, variables } = withoutSecrets(`{ a(b: "${jwt}"`, '{ "password": "hunter22"');
    expect(query).toBe('{ a(b: ""');
    expect(variables).toBe('');
  });

  it('is unchanged without secrets', () => {
    const variables = '{ "first": 10,  "idempotencyKey": "nocturne-1", "countryCode": "CH" }';
    expect(withoutSecrets(operation.query, variables)).toEqual({ query: operation.query, variables, removed: 0 });
  });

  it('knows its kind and name', () => {
    expect([kindOf('{ a }'), kindOf('query A { a } mutation B { b }'), kindOf('{')]).toEqual([
      'query',
      'mutation',
      null,
    ]);
    expect([nameOf('query A { a }'), nameOf('{ assets { id } }'), nameOf('{')]).toEqual(['A', 'assets', 'Untitled']);
  });
});
