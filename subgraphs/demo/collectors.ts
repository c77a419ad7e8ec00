import type { Caller } from '../../platform/house/caller.ts';
import { houseActor } from '../../platform/context/actor.ts';

/** Who does for the demonstration what only operators may. */
export const stagehand = houseActor('svc_demonstration', ['OPERATOR']);

/** Who buys and sells in the demonstration's auctions. Invented; nobody can sign in as one, and no mail reaches them. */
export const collectors = [
  'Annelise Brokaw',
  'Casimir Ondaatje-Reyes',
  'Delphine Strand',
  'Eero Lindqvale',
  'Fatou Mbenga-Hale',
  'Gideon Ashgrove',
  'Hanae Kurosawa-Lund',
  'Isidro Valcourt',
  'Juno Pemberwick',
  'Kofi Adjaye-Marsh',
  'Liselotte Varn',
  'Matteo Quillfeather',
  'Noor Haddadin',
  'Orsolya Kestrel',
] as const;

export type Collector = (typeof collectors)[number];

const emailOf = (name: Collector): string => `${name.toLowerCase().replaceAll(' ', '.')}@collectors.localhost`;

/** Makes the collectors who are not there yet, in one call, and answers everybody's id. */
export async function inviteCollectors(caller: Caller): Promise<ReadonlyMap<Collector, string>> {
  const { userInvite } = await caller.ask<{ userInvite: { lines: { line: number; user: { id: string } }[] } }>(
    'identity',
    stagehand,
    'mutation Invite($input: UserInviteInput!) { userInvite(input: $input) { lines { line user { id } } } }',
    {
      input: {
        sendMail: false,
        lines: collectors.map((displayName, n) => ({ line: n + 1, displayName, email: emailOf(displayName) })),
      },
    },
  );
  const ids = new Map(userInvite.lines.map(({ line, user }) => [collectors[line - 1] as Collector, user.id]));
  if (ids.size < collectors.length) throw new Error('The collectors of the demonstration could not all be made.');
  return ids;
}
