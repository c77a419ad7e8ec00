import { z } from 'zod';
import { universeSlug, Universes } from '../context/universes.ts';

/** Universes that the variable opens at most. */
const mostUniverses = 1_000;

/** The variable of universes, for the programs that read it with others. */
export const universesVariables = {
  UNIVERSES: z
    .string()
    .default('')
    .transform((value) =>
      value
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(
      z
        .array(
          z.string().regex(universeSlug, {
            error:
              'must be a comma-separated list of slugs such as "spring,autumn-2" (lower-case letters, digits and hyphens, 63 at most)',
          }),
        )
        .max(mostUniverses, `lists more than ${mostUniverses} slugs`),
    )
    .transform((slugs) => new Universes(slugs))
    .describe('`spring,autumn-2`: universes besides `main`; the same at gateways and OSes'),
};
