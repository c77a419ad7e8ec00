import { Command, InvalidArgumentError } from 'commander';
import { LoaderFault } from './fault.ts';

/** What every command asks: where the graph is, who signs in, and how the end is told. */
export interface GraphFlags {
  url: string;
  email?: string;
  passwordFile?: string;
  keyFile?: string;
  lenient?: boolean;
  json?: boolean;
}

/** A command with these options, which `--help` shows first. */
export function graphCommand(name: string): Command {
  return new Command(name)
    .option('--url <url>', 'where the graph is', graphUrl, 'http://127.0.0.1:4000/graphql')
    .option('--email <address>', 'who signs in; by default, on this machine, the operator in DATA_DIR/operator.json')
    .option('--password-file <path>', 'the password, in a file')
    .option('--key-file <path>', 'a service key, in a file, instead of signing in')
    .option('--lenient', 'end with 0 although lines were rejected')
    .option('--json', 'print the summary as one line of JSON at the end');
}

function graphUrl(value: string): string {
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol))
    throw new InvalidArgumentError('It is an address such as http://127.0.0.1:4000/graphql.');
  return value;
}

/** A whole number within bounds, as an option's value. */
export function between(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!Number.isInteger(number) || number < least || number > most)
      throw new InvalidArgumentError(`It is a number from ${least} to ${most}.`);
    return number;
  };
}

/** One run of the loader, from the first look into the file to the table at the end. */
export interface Undertaking {
  /** Aborted by Ctrl-C: it ends after what is on its way. */
  readonly leaving: AbortController;
  /** What ended it early. */
  failure: LoaderFault | null;
  load(): Promise<void>;
  close(): Promise<void>;
  /** Tells how it went; answers the exit code. */
  conclude(): number;
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
