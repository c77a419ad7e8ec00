import { routerKeysOf } from '../platform/access/router.ts';
import { readRouterConfig } from '../platform/config/environment.ts';
import { ConfigFault } from '../platform/config/fault.ts';
import { runProgram } from '../platform/config/program.ts';
import { subgraphs } from './index.ts';

const usage = `Prints the credentials that a third-party router sends to each subgraph in the header router-authorization, derived from ROUTER_SECRET.

  npm run --silent router-credentials
`;

/** One line per OS: its name and its credential. */
async function main(): Promise<number> {
  const [flag] = process.argv.slice(2);
  if (flag !== undefined && flag !== '--help') throw new ConfigFault(`${flag}: unknown flag\n\n${usage}`);
  if (flag === '--help') process.stdout.write(usage);
  else {
    const { routerSecret } = readRouterConfig();
    for (const { name } of subgraphs) process.stdout.write(`${name} ${routerKeysOf(routerSecret, name).credential}\n`);
  }
  return 0;
}

runProgram(main);
