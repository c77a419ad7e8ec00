import type { Logger } from '../telemetry/log.ts';

/** Errors whose message says everything; all others are printed with their stack. */
const plain = new Set([
  'ConfigFault',
  'DataFolderLocked',
  'DeclarationFault',
  'MigrationMismatch',
  'NotMigrated',
  'ReactionRefused',
  'CallRefused',
  'BackupFault',
]);

/** Set by the first signal: later errors are caused by the shutdown and not reported. */
let leaving = false;

/**
 * Runs a program. If `main` returns a number, that is the exit code; a server returns nothing and keeps running. An error is
 * printed to standard error and exits with 1.
 */
export function runProgram(main: () => Promise<number | void>): void {
  main().then(
    (code) => {
      if (typeof code === 'number') process.exit(code);
    },
    (error: unknown) => {
      if (leaving) return;
      const told = error instanceof Error ? (plain.has(error.name) ? error.message : error.stack) : null;
      process.stderr.write(`${told ?? String(error)}\n`);
      process.exit(1);
    },
  );
}

/** SIGTERM and SIGINT drain through `close` and exit with 0, or with 1 if it fails; a second signal exits at once. */
export function drainOnSignals(log: Logger, close: () => Promise<void>): void {
  const leave = (signal: NodeJS.Signals): void => {
    if (leaving) process.exit(1);
    leaving = true;
    log.info({ signal }, 'draining');
    close().then(
      () => {
        log.info('drained');
        process.exit(0);
      },
      (error: unknown) => {
        log.error({ err: error }, 'shutdown failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', leave);
  process.on('SIGINT', leave);
}
