import { Command, InvalidArgumentError } from 'commander';
import { localGraph } from './config.ts';
import { LoaderFault } from './fault.ts';
import { isPassing } from './graph/patience.ts';

/** The common options: the graph's address, the credentials, and the output. */
export interface GraphFlags {
  url: string;
  email?: string;
  passwordFile?: string;
  keyFile?: string;
  lenient?: boolean;
  json?: boolean;
}

/** A command with the common options, which `--help` shows first. */
export function graphCommand(name: string): Command {
  return new Command(name)
    .option('--url <url>', 'the address of the graph', graphUrl, localGraph())
    .option(
      '--email <address>',
      'the account to sign in with; by default, on this machine, the operator in DATA_DIR/operator.json',
    )
    .option('--password-file <path>', 'a file that contains the password')
    .option('--key-file <path>', 'a file that contains a service key, instead of signing in')
    .option('--lenient', 'exit with 0 even if lines were rejected')
    .option('--json', 'print the summary as one line of JSON at the end');
}

function graphUrl(value: string): string {
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol))
    throw new InvalidArgumentError('It must be an address such as http://127.0.0.1:4000/graphql.');
  return value;
}

/** Parses an integer within bounds as an option's value. */
export function between(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!Number.isInteger(number) || number < least || number > most)
      throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`);
    return number;
  };
}

/** One run of the loader, from reading the file to the final table. */
export interface Undertaking {
  /** Aborted by Ctrl-C: the run ends after its pending calls. */
  readonly leaving: AbortController;
  /** The reason for an early end. */
  failure: LoaderFault | null;
  load(): Promise<void>;
  close(): Promise<void>;
  /** Reports the result; returns the exit code. */
  conclude(): number;
}

/** What an unfinished run says last. Advises to repeat it only if that can help: after Ctrl-C, and after an error that may pass. */
export function unfinished({ leaving, failure }: Undertaking, what: string, repeated: string): string {
  const helps = leaving.signal.aborted || isPassing(failure);
  return helps ? `${what} Run it again: ${repeated}\n` : `${what}\n`;
}

export async function conduct(run: Undertaking): Promise<void> {
  const leave = (): void => run.leaving.abort();
  process.once('SIGINT', leave);
  try {
    await run.load();
  } catch (error) {
    if (!(error instanceof LoaderFault)) throw error;
    run.failure = error;
  } finally {
    process.off('SIGINT', leave);
    await run.close();
  }
  process.exitCode = run.conclude();
}
