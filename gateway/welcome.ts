import type { SignIns } from '../subgraphs/embedded.ts';

/** What a start says to the person before the screen, line by line: the console's address first. */
export function welcome(url: string, signIns: SignIns | null): string {
  const lines = [
    '',
    'Ensemble is ready.',
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
