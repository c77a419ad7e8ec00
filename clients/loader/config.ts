import { join } from 'node:path';

/** The operator's sign-in of a gateway on this machine: in DATA_DIR, or the default of `npm start`. */
export function operatorFile(): string {
  return join(process.env['DATA_DIR'] || '.data', 'operator.json');
}

/** The graph of the gateway on this machine: at its PORT, unless the system chooses that (0), or at the default of `npm start`. */
export function localGraph(): string {
  const port = Number(process.env['PORT']);
  return `http://127.0.0.1:${Number.isInteger(port) && port > 0 && port <= 65_535 ? port : 4000}/graphql`;
}
