import type { Caller } from '../../platform/house/caller.ts';
import { houseActor } from '../../platform/context/actor.ts';

/** The actor for the operator's tasks of the demonstration. */
export const stagehand = houseActor('svc_demonstration', ['OPERATOR']);

/** The buyers and sellers of the demonstration's auctions. Invented; nobody can sign in as one, and no mail reaches them. */
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

/** Creates the missing collectors, in one call, and returns everybody's id. */
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
  if (ids.size < collectors.length) throw new Error('Not all collectors of the demonstration could be created.');
  return ids;
}
