import { createHash } from 'node:crypto';
import { LoaderFault } from '../fault.ts';
import type { GraphClient } from '../graph/client.ts';
import { GraphError } from '../graph/errors.ts';

/** People of one call; the graph allows no more. */
const linesAtMost = 500;

export const userInvite = /* GraphQL */ `
  mutation LoaderUserInvite($input: UserInviteInput!) {
    userInvite(input: $input) {
      lines {
        line
        user {
          id
        }
      }
      rejected {
        line
        field
        message
      }
    }
  }
`;

interface Answer {
  userInvite: {
    lines: { line: number; user: { id: string } }[];
    rejected: { line: number; field: string | null; message: string }[];
  };
}

/**
 * Users without a password for the recorded bidders, by their recorded names; existing ones are found again. Their addresses end in
 * `.invalid` (RFC 2606), where no mail ever arrives, and no mail is sent.
 */
export async function makeBidders(
  graph: GraphClient,
  recording: string,
  names: readonly string[],
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (let from = 0; from < names.length; from += linesAtMost) {
    const lines = names
      .slice(from, from + linesAtMost)
      .map((displayName, n) => ({ line: from + n + 1, displayName, email: addressOf(recording, displayName) }));
    const { userInvite: answer } = await invited(graph, lines);
    const [fault] = answer.rejected;
    if (fault) throw new LoaderFault(`The bidder ${names[fault.line - 1]} cannot be created: ${fault.message}`);
    for (const { line, user } of answer.lines) ids.set(names[line - 1] ?? '', user.id);
  }
  return ids;
}

async function invited(graph: GraphClient, lines: object[]): Promise<Answer> {
  try {
    return await graph.send<Answer>(userInvite, { input: { lines, sendMail: false } });
  } catch (error) {
    if (!(error instanceof GraphError) || error.details.code !== 'FORBIDDEN') throw error;
    throw new LoaderFault(`Only an operator can replay auctions, bidding on behalf of others. ${error.message}`, {
      cause: error,
    });
  }
}

/** One address for each name of a recording; the digest distinguishes names that differ only in case or punctuation. */
export function addressOf(recording: string, name: string): string {
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 12);
  const readable = plain(name).slice(0, 40).replace(/-$/, '');
  return `${readable === '' ? '' : `${readable}.`}${digest}@${plain(recording).slice(0, 60).replace(/-$/, '') || 'recording'}.invalid`;
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}
