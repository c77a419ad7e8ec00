/**
 * Starts the embedded program stage by stage and times each stage; a child process of `boot.ts`. It uses the same functions as
 * gateway/start.ts, but runs nothing concurrently. `whole` opens the house in one step; `parts` times the steps inside the house,
 * each cold, and opens no gateway.
 */
export interface Stage {
  name: string;
  milliseconds: number;
  /** CPU milliseconds of all threads; unlike wall time, other load hardly changes it. */
  processor: number;
  /** MiB by which the process has grown. */
  mebibytes: number;
}

const stages: Stage[] = [];
let at = 0;
let memory = 0;
let processor = 0;

function done(name: string): void {
  const time = performance.now();
  const resident = process.memoryUsage().rss / 2 ** 20;
  const { user, system } = process.cpuUsage();
  const used = (user + system) / 1000;
  stages.push({ name, milliseconds: time - at, processor: used - processor, mebibytes: resident - memory });
  at = time;
  processor = used;
  memory = resident;
}

done('process, Node and the loader');
const [, , way, folder = ''] = process.argv;

const { openDatabase } = await import('../platform/database/database.ts');
const { migrate } = await import('../platform/database/migrations.ts');
done('import of the database');
const database = await openDatabase({ dataDir: folder });
done('database open');
const { openHouse } = await import('../platform/house/house.ts');
const { migrationsOf } = await import('../platform/house/migrations.ts');
const { createLog } = await import('../platform/telemetry/log.ts');
done('import of the platform (MikroORM, TypeGraphQL, Apollo’s subgraph)');
const { subgraphs } = await import('../subgraphs/index.ts');
done('import of the OSes');
await migrate(database, migrationsOf(subgraphs));
done('migrations');
const log = createLog({ level: 'warn', name: 'boot' });

if (way === 'parts') {
  const { buildSubgraph } = await import('../platform/subgraph/build.ts');
  const built = subgraphs.map((subgraph) => buildSubgraph(subgraph));
  done('house: schemas built, printed and checked');
  // The runner is only used by mutations, and none runs.
  for (const each of built) each.schema(undefined as never);
  done('house: executable schemas');
  const { createOrm } = await import('../platform/database/orm.ts');
  const orms = subgraphs.map(({ name, entities }) =>
    createOrm(database, { schema: name, entities: [...entities] as never[] }),
  );
  done('house: ORMs');
  for (const orm of orms) await orm.close();
} else {
  const house = await openHouse({
    subgraphs,
    database,
    secrets: { sealingKey: new Uint8Array(32) },
    log,
    migrate: false,
  });
  done('house: schemas, ORMs, relay, reactions');
  const { readFile } = await import('node:fs/promises');
  const { readConfig } = await import('../gateway/config.ts');
  const { startGateway } = await import('../gateway/server.ts');
  done('import of the gateway (Apollo Server and planner)');
  const supergraphSdl = await readFile(new URL('../schema/supergraph.graphql', import.meta.url), 'utf8');
  const { PlannerThread } = await import('../gateway/planning/planner.ts');
  const planner = await new PlannerThread(log).open(supergraphSdl);
  done('planner: its thread, supergraph read');
  const config = readConfig({ PORT: '0' }, []);
  const openPlanner = (): Promise<typeof planner> => Promise.resolve(planner);
  const gateway = await startGateway({ config, services: house.services, supergraphSdl, openPlanner, log });
  done('gateway: API schema, Apollo Server, listening');
  await fetch(`${gateway.url}/health/ready`);
  done('first answer');
  await gateway.close();
  await house.close();
}
await database.close();
console.log(JSON.stringify(stages));
