import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedPostgres } from '../testkit/shared-postgres.ts';
import { openApart, type ApartPlace } from './apart.ts';
import { eventually, found, signUp, Visitor } from './place.ts';
import { stories } from './stories.ts';

const postgres = sharedPostgres();

describe('apart, each OS and the gateway a process of its own', () => {
  let place: ApartPlace;
  beforeAll(async () => {
    place = await openApart(await postgres.createDatabase());
  }, 240_000);
  afterAll(() => place?.[Symbol.asyncDispose]());

  test.each(stories)('$name', { timeout: 60_000 }, async ({ tell }) => tell(place));

  test('another router may ask an OS with the user’s own token', { timeout: 60_000 }, async () => {
    const ada = await signUp(place, 'Ada');
    const organizationId = await found(place, ada);
    const asked = async (words: Record<string, string>) => {
      const response = await fetch(place.urlOf('assets'), {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...words },
        body: JSON.stringify({
          query: 'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { owner { id } } } }',
          variables: { input: { title: 'By another way', kind: 'ART' } },
        }),
      });
      const body = (await response.json()) as { data?: unknown; errors?: { extensions: { code: string } }[] };
      return { status: response.status, data: body.data, code: body.errors?.[0]?.extensions.code };
    };
    const router = { 'router-authorization': place.routerSecret };
    const authorization = `Bearer ${ada.accessToken}`;
    expect(await asked({ ...router, authorization, 'acting-for': organizationId })).toMatchObject({
      status: 200,
      data: { assetCreate: { asset: { owner: { id: organizationId } } } },
    });
    expect(await asked({ authorization })).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect(await asked({ ...router, authorization: `${authorization}x` })).toMatchObject({
      status: 401,
      code: 'UNAUTHENTICATED',
    });
    const bo = await signUp(place);
    const other = { ...router, authorization: `Bearer ${bo.accessToken}`, 'acting-for': organizationId };
    expect(await asked(other)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
  });

  test('a killed OS leaves nothing half done', { timeout: 120_000 }, async () => {
    const ada = await signUp(place);
    const organizationId = await found(place, ada);
    const importing = Array.from({ length: 20 }, (_, n) =>
      ada.visitor.answer('mutation ($input: AssetImportInput!) { assetImport(input: $input) { created } }', {
        input: {
          source: 'killed',
          run: `batch ${n}`,
          ownerId: organizationId,
          lines: Array.from({ length: 50 }, (__, m) => ({
            line: m + 1,
            sourceId: `${n}-${m}`,
            title: `Work ${n}-${m}`,
          })),
        },
      }),
    );
    await Promise.race(importing);
    await place.kill('assets');
    const answers = await Promise.all(importing);
    expect(answers.filter(({ errors }) => errors.some(({ extensions }) => extensions.code !== 'UNAVAILABLE'))).toEqual(
      [],
    );
    await place.start('assets');
    await eventually(async () => {
      const { organization, assets } = await new Visitor(place).ask(
        `query ($id: ID!) {
          organization(id: $id) { assetCount }
          assets(filter: { ownerId: { eq: $id } }, first: 1) { totalCount }
        }`,
        { id: organizationId },
      );
      expect(assets.totalCount % 50).toBe(0);
      expect(assets.totalCount).toBeGreaterThanOrEqual(50 * answers.filter(({ errors }) => errors.length === 0).length);
      expect(organization.assetCount).toBe(assets.totalCount);
    });
  });
});
