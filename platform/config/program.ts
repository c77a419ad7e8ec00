import type { Logger } from '../telemetry/log.ts';

/** Faults that a sentence tells wholly; of all others the stack is shown. */
const plain = new Set([
  'ConfigFault',
  'DataFolderLocked',
  'MigrationMismatch',
  'NotMigrated',
  'ReactionRefused',
  'CallRefused',
  'BackupFault',
]);

/** Set by the first signal: from then on whatever fails does so because the process is about to go. */
let leaving = false;

/**
 * Runs a program. A number that it answers is the exit code of one that is done; a server answers nothing and goes on. A fault is
 * told on standard error and ends the process with 1.
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

/** SIGTERM and SIGINT drain by `close` and end the process with 0, or 1 when that fails; a second one ends it at once. */
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
        log.error({ err: error }, 'the end was not a clean one');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', leave);
  process.on('SIGINT', leave);
}
