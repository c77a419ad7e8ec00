import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/*
 * What this process counts, for Prometheus. Labels have few values: names of systems, of their consumers and of errors, never what a
 * client chooses.
 */

const registry = new Registry();
const registers = [registry];

/** Seconds, from a cached answer to the longest interactive operation. */
const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export const operationSeconds = new Histogram({
  name: 'ensemble_operation_duration_seconds',
  help: 'Queries and mutations from arrival to answer, by whether the answer has errors.',
  labelNames: ['kind', 'outcome'] as const,
  buckets,
  registers,
});

export const operationErrors = new Counter({
  name: 'ensemble_operation_errors_total',
  help: 'Errors in answers, by code; codes of foreign subgraphs are "other".',
  labelNames: ['code'] as const,
  registers,
});

export const fetchSeconds = new Histogram({
  name: 'ensemble_fetch_duration_seconds',
  help: 'Calls of subgraphs for operations and events.',
  labelNames: ['subgraph', 'outcome'] as const,
  buckets,
  registers,
});

export const sharedFetches = new Counter({
  name: 'ensemble_fetches_shared_total',
  help: 'Fetches answered by the call of another request.',
  labelNames: ['subgraph'] as const,
  registers,
});

export const plansMade = new Counter({
  name: 'ensemble_plans_made_total',
  help: 'Operations planned; all others had a plan already.',
  registers,
});

export const events = new Counter({
  name: 'ensemble_events_total',
  help: 'Events of streams that arrived from subgraphs.',
  labelNames: ['subgraph'] as const,
  registers,
});

export const deliveries = new Counter({
  name: 'ensemble_deliveries_total',
  help: 'Events sent to subscribers.',
  registers,
});

export const statementSeconds = new Histogram({
  name: 'ensemble_statement_duration_seconds',
  help: 'SQL statements, from being sent to the answer.',
  labelNames: ['outcome'] as const,
  buckets,
  registers,
});

export const factsHandled = new Counter({
  name: 'ensemble_facts_handled_total',
  help: 'Facts that reactions have handled or, when they failed, parked.',
  labelNames: ['consumer', 'outcome'] as const,
  registers,
});

/** Adds a gauge that is read when somebody looks. Returns a function that removes it. */
export function gauge(name: string, help: string, read: () => number): () => void {
  registry.removeSingleMetric(name);
  const made = new Gauge({
    name,
    help,
    registers,
    collect() {
      this.set(read());
    },
  });
  return () => {
    if (registry.getSingleMetric(name) === made) registry.removeSingleMetric(name);
  };
}

let collecting = false;

/** All metrics in Prometheus' text format. Those of Node begin with the first call, because they take a timer. */
export async function exposition(): Promise<{ type: string; text: string }> {
  if (!collecting) collectDefaultMetrics({ register: registry });
  collecting = true;
  return { type: registry.contentType, text: await registry.metrics() };
}
