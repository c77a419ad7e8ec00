import { join } from 'node:path';

/** Where a gateway of this machine keeps its data: DATA_DIR, or the default of `npm start`. */
export function operatorFile(): string {
  return join(process.env['DATA_DIR'] || '.data', 'operator.json');
}
