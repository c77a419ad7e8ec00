import { cpus, loadavg, totalmem } from 'node:os';
import { Command } from 'commander';
import { table, type Bench } from './bench.ts';
import { bids } from './bids.ts';
import { boot } from './boot.ts';
import { facts } from './facts.ts';
import { fanout } from './fanout.ts';
import { forty } from './forty.ts';
import { gateway } from './gateway.ts';
import { imports } from './import.ts';
import { profile } from './profile.ts';
import { reactions } from './reactions.ts';
import { search } from './search.ts';

const benches: readonly Bench[] = [boot, facts, fanout, bids, reactions, search, imports, forty, gateway, profile];

const list = benches.map(({ name, sentence }) => `  ${name.padEnd(8)} ${sentence}`).join('\n');

const program = new Command('bench')
  .description(`Measures this machine; nothing else should run on it meanwhile.\n\n${list}`)
  .argument('[name]', 'which one')
  .option('--json', 'print the figures as one line of JSON at the end')
  .action(async (name: string | undefined, { json }: { json?: boolean }) => {
    if (name === undefined) return console.log(list);
    const bench = benches.find((each) => each.name === name);
    if (!bench) return program.error(`There is no benchmark "${name}".\n${list}`);
    const [cpu] = cpus();
    console.log(
      `${bench.name}: ${bench.sentence}\n${cpus().length} × ${cpu?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}\n`,
    );
    const [load = 0] = loadavg();
    if (load > cpus().length / 4)
      console.log(`This machine is busy (load ${load.toFixed(1)}): the figures are not reliable.\n`);
    const bars = await bench.run((text) => console.log(text));
    console.log(`\n${table(bars)}`);
    if (json) console.log(JSON.stringify({ name: bench.name, bars }));
    // A missed bar is a result, not a failure of the benchmark.
    process.exit(0);
  });

await program.parseAsync();
