import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';

export type { Logger } from 'pino';

/** Properties that logs never show; pino writes [redacted] instead. They include the secret columns, and personal ones by name. */
export const redacted: readonly string[] = [
  'accessToken',
  'authorization',
  'collidingEmail',
  'email',
  'hash',
  'ip',
  'key',
  'password',
  'passwordHash',
  'phone',
  'postalCode',
  'recipient',
  'refreshToken',
  'sealedPrivateKey',
  'sealedSuccessor',
  'sealedToken',
  'secret',
  'userAgent',
];

/** Structured logs on standard output, one JSON object per line. Correlation ids come from `child({ correlationId })`. */
export function createLog(options: { level?: string; name?: string } = {}, destination?: DestinationStream): Logger {
  const settings: LoggerOptions = {
    level: options.level ?? 'info',
    base: options.name ? { name: options.name } : {},
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: redacted.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
  };
  return destination ? pino(settings, destination) : pino(settings);
}
