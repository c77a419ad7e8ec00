import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';
import { unmetPatterns } from './test/testkit/missing.ts';
import { ProgramsFirst } from './test/testkit/programs-first.ts';
import { TallyReporter } from './test/testkit/reporter.ts';

// What a file needs stands in its name; those whose needs this machine cannot meet are left out, and the reporter says so.
const leftOut = [...configDefaults.exclude, ...unmetPatterns()];

export default defineConfig({
  resolve: {
    // Node resolves `graphql` to the CommonJS entry for some packages and to the module for ours: two copies that refuse each
    // other's schemas. Everybody gets the same file.
    alias: [
      { find: /^graphql$/, replacement: 'graphql/index.js' },
      // Passwords are hashed at the least cost.
      { find: /^@node-rs\/argon2$/, replacement: fileURLToPath(new URL('./test/testkit/argon2.ts', import.meta.url)) },
    ],
  },
  test: {
    reporters: ['default', new TallyReporter()],
    include: ['test/**/*.test.ts'],
    exclude: leftOut,
    // The first forgets what earlier runs recorded of working capabilities; the second compiles the programs, if a file starts some; the
    // third starts one Postgres for all files that need one.
    globalSetup: [
      './test/testkit/coordinates-setup.ts',
      './test/testkit/programs.ts',
      './test/testkit/postgres-setup.ts',
    ],
    setupFiles: ['./test/testkit/setup.ts'],
    pool: 'forks',
    // A worker loads the packages and the house once for all of its files; that is a second or two of each file. For the same reason
    // there is one project: each has workers of its own. What a file
    // needs of its own (a world, a database, a recording of proofs) is opened in its hooks, never when a module is loaded.
    isolate: false,
    // Two cores are what the smallest machine has, and each file may hold a PGlite of 450 MB. A third worker took as long, and tests waited
    // longer for processes and browsers.
    maxWorkers: 2,
    sequence: { sequencer: ProgramsFirst },
    // A test with a database takes well below a second; this leaves room for a machine under load, and ends what hangs.
    testTimeout: 60_000,
    // Hooks open databases and start servers.
    hookTimeout: 120_000,
    teardownTimeout: 15_000,
    // What is polled for comes within milliseconds; a machine under load gets time.
    expect: { poll: { timeout: 20_000 } },
    // A forgotten `.only` would make the run green without the rest.
    allowOnly: false,
  },
});
