import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';

export type { Logger } from 'pino';

/** Where a secret may stand in what is logged; pino writes [redacted] there. */
const secrets = ['authorization', 'password', 'refreshToken', 'accessToken', 'key', 'secret'];

/** Structured logs on standard output, one JSON object a line. Correlation ids come from `child({ correlationId })`. */
export function createLog(options: { level?: string; name?: string } = {}, destination?: DestinationStream): Logger {
  const settings: LoggerOptions = {
    level: options.level ?? 'info',
    base: options.name ? { name: options.name } : {},
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: secrets.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
  };
  return destination ? pino(settings, destination) : pino(settings);
}
