import type { TracingConfig } from '../config/telemetry.ts';
import type { Logger } from './log.ts';

/** Begins to trace, if a receiver is configured; the packages for it are loaded only then. Returns a function that ends it. */
export async function tracing(
  config: TracingConfig | null,
  serviceName: string,
  log: Logger,
): Promise<(() => Promise<void>) | null> {
  if (config === null) return null;
  const { startTracing } = await import('./otlp.ts');
  return startTracing(config, serviceName, log);
}
