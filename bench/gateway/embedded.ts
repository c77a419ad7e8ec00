/** Our gateway with the benchmark's subgraphs in its process: `node embedded.ts SUPERGRAPH PORT`. */
import { readFileSync } from 'node:fs';
import { readConfig } from '../../gateway/config.ts';
import { startGateway } from '../../gateway/server.ts';
import { createLog } from '../../platform/telemetry/log.ts';
import { withoutLimits } from '../config.ts';
import { localServices } from './local.ts';

const [path = '', port = ''] = process.argv.slice(2);
const gateway = await startGateway({
  config: readConfig({ PORT: port, LIMITS: withoutLimits(), SHARE_FETCHES: '0' }, []),
  services: localServices(),
  supergraphSdl: readFileSync(path, 'utf8'),
  log: createLog({ level: 'warn', name: 'bench' }),
});
process.once('SIGTERM', () => void gateway.close().then(() => process.exit(0)));
