import { join } from 'node:path';

/** The operator's sign-in of a gateway on this machine: in DATA_DIR, or the default of `npm start`. */
export function operatorFile(): string {
  return join(process.env['DATA_DIR'] || '.data', 'operator.json');
}
