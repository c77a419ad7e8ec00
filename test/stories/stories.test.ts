import { afterAll, beforeAll, describe, test } from 'vitest';
import { openEmbedded } from './embedded.ts';
import type { Place } from './place.ts';
import { stories } from './stories.ts';

describe('embedded, in one process', () => {
  let place: Place;
  beforeAll(async () => {
    place = await openEmbedded();
  });
  afterAll(() => place?.[Symbol.asyncDispose]());

  test.each(stories)('$name', async ({ tell }) => tell(place));
});
