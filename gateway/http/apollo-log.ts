import type { Logger } from '../../platform/telemetry/log.ts';

/** Apollo's libraries log sentences. Except errors, they go into our log one level lower. */
export function apolloLogger(log: Logger): Record<'debug' | 'info' | 'warn' | 'error', (message?: unknown) => void> {
  return {
    debug: (message) => log.trace({ library: 'apollo' }, String(message)),
    info: (message) => log.debug({ library: 'apollo' }, String(message)),
    warn: (message) => log.info({ library: 'apollo' }, String(message)),
    error: (message) => log.error({ library: 'apollo' }, String(message)),
  };
}
