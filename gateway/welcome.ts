import { setTimeout as sleep } from 'node:timers/promises';
import type { SignIns } from '../subgraphs/embedded.ts';
import type { Gateway } from './server.ts';

/** Milliseconds between two looks at subgraphs that do not answer yet. */
const lookEvery = 1_000;

/** Prints the welcome. If subgraphs do not answer yet, names them, and says when they change and when all answer. */
export async function welcome(
  gateway: Pick<Gateway, 'url' | 'readiness'>,
  signIns: SignIns | null,
  print: (text: string) => void,
  every = lookEvery,
): Promise<void> {
  let said: string | null = null;
  for (;;) {
    const { status, waitingFor } = await gateway.readiness();
    if (status === 'draining') return;
    const state = status === 'ready' ? 'Ensemble is ready.' : `Ensemble waits for ${waitingFor.join(', ')}.`;
    if (said === null) print(welcomeText(gateway.url, state, signIns));
    else if (state !== said) print(`${state}\n`);
    if (status === 'ready') return;
    said = state;
    await sleep(every, undefined, { ref: false });
  }
}

/** What a start prints for people: the console's address first. */
function welcomeText(url: string, state: string, signIns: SignIns | null): string {
  const lines = [
    '',
    state,
    '',
    `  GraphiQL    ${url}/`,
    `  GraphQL     ${url}/graphql`,
    `  WebSocket   ${url.replace(/^http/, 'ws')}/graphql   (graphql-transport-ws)`,
    `  Health      ${url}/health/ready`,
  ];
  const { demo, operator } = signIns ?? { demo: null, operator: null };
  if (demo) {
    const widths = [0, 1, 2].map((n) => Math.max(...demo.signIns.map((each) => cells(each)[n]?.length ?? 0)));
    lines.push('', 'Demo sign-ins (e-mail, password):');
    for (const each of demo.signIns)
      lines.push(
        `  ${cells(each)
          .map((cell, n) => cell.padEnd(widths[n] ?? 0))
          .join('   ')}`,
      );
    if (demo.service.key !== null) {
      lines.push('', `Demo service ${demo.service.displayName}:`, `  authorization: Bearer ${demo.service.key}`);
    }
  }
  if (operator) {
    lines.push('', 'Operator:');
    if (operator.password === null) lines.push(`  ${operator.email}   password in ${operator.file}`);
    else lines.push(`  ${operator.email}   ${operator.password}`, `  Shown this once; it is kept in ${operator.file}`);
  }
  return `${lines.join('\n')}\n\n`;
}

function cells({ email, password, displayName, roles }: NonNullable<SignIns['demo']>['signIns'][number]): string[] {
  return [email, password, displayName, roles.join(', ')];
}
