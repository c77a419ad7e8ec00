import { z } from 'zod';

/** Where traces are sent. */
export interface TracingConfig {
  /** The receiver's address for traces, OTLP over HTTP with JSON. */
  url: string;
  headers: Record<string, string>;
  /** Null for the program's own name. */
  serviceName: string | null;
  /** The share of new traces that is recorded, 0 to 1. A trace that a client began is recorded if the client's is. */
  ratio: number;
}

/** `name=value,…` with percent-encoded values, as OpenTelemetry's specification says. */
const headers = z.string().transform((text, context) => {
  const found: Record<string, string> = {};
  for (const pair of text.split(',').filter((each) => each.trim() !== '')) {
    const [, name = '', value = ''] = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=(.*)$/.exec(pair) ?? [];
    try {
      if (name === '') throw new Error('no name');
      found[name.toLowerCase()] = decodeURIComponent(value.trim());
    } catch {
      context.addIssue({ code: 'custom', message: 'must be name=value,… with percent-encoded values' });
      return z.NEVER;
    }
  }
  return found;
});

/** Who may read the metrics of a process. */
export interface MetricsConfig {
  /** The bearer token that readers send; null if none is configured. */
  token: string | null;
}

/** The variables of traces, by OpenTelemetry's names: https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
export const tracingVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
    .optional()
    .describe('a receiver of traces, OTLP over HTTP, such as `http://127.0.0.1:4318`; without it nothing is traced'),
  OTEL_EXPORTER_OTLP_HEADERS: headers.optional().describe('`name=value,…`: headers for it, values percent-encoded'),
  OTEL_SERVICE_NAME: z
    .string()
    .max(255)
    .optional()
    .meta({ description: 'name of this process in traces', byDefault: '`gateway`, or the names of the OSes' }),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .refine((text) => /^(0(\.\d+)?|1(\.0+)?)$/.test(text), 'must be a number from 0 to 1')
    .transform(Number)
    .default(1)
    .meta({ description: 'share of traces that is recorded, 0 to 1', byDefault: '`1`' }),
};

export const metricsVariables = {
  METRICS_TOKEN: z.string().min(32, 'must have at least 32 characters').optional().meta({
    description: 'bearer token for reading `/metrics`; without it they are served only to this machine',
  }),
};

/** Null if nothing is traced. */
export function tracingConfigOf(values: {
  OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  OTEL_EXPORTER_OTLP_HEADERS?: Record<string, string> | undefined;
  OTEL_SERVICE_NAME?: string | undefined;
  OTEL_TRACES_SAMPLER_ARG: number;
}): TracingConfig | null {
  const endpoint = values.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return null;
  return {
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    headers: values.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    serviceName: values.OTEL_SERVICE_NAME ?? null,
    ratio: values.OTEL_TRACES_SAMPLER_ARG,
  };
}
