import { Command } from 'commander';
import { auctionsCommand } from './auctions/command.ts';
import { filesCommand } from './files/command.ts';
import { LoaderFault } from './fault.ts';
import { worksCommand } from './works/command.ts';

const program = new Command('load')
  .description('Loads catalogues, files and recorded auctions into the graph, as any user would.')
  .showHelpAfterError()
  .addCommand(worksCommand())
  .addCommand(auctionsCommand())
  .addCommand(filesCommand());

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof LoaderFault ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
});
