import {
  context,
  diag,
  DiagLogLevel,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span as ApiSpan,
  type SpanContext,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { TracingConfig } from '../config/telemetry.ts';
import type { Logger } from './log.ts';
import { traceBy, type Span, type SpanOptions, type Tracer } from './tracing.ts';

/** Spans that wait to be sent; further ones are dropped. A few megabytes. */
const queueSize = 4_096;
/** Milliseconds between sends. */
const sendEvery = 2_000;
/** Milliseconds for one send, and for the last one when the process ends. */
const sendPatience = 5_000;
/** Characters of an attribute: enough for a statement. */
const longestValue = 4_096;

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const;

/** Sends spans of this process to an OTLP receiver. Returns a function that sends the rest and ends. */
export function startTracing(config: TracingConfig, serviceName: string, log: Logger): () => Promise<void> {
  const told = (message: string): void => log.warn({ reason: message }, 'traces could not be sent');
  const silent = (): void => undefined;
  diag.setLogger({ error: told, warn: told, info: silent, debug: silent, verbose: silent }, DiagLogLevel.WARN);
  const exporter = new OTLPTraceExporter({
    url: config.url,
    headers: config.headers,
    timeoutMillis: sendPatience,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': config.serviceName ?? serviceName,
      'service.namespace': 'ensemble',
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(config.ratio) }),
    spanLimits: { attributeValueLengthLimit: longestValue },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: queueSize,
        scheduledDelayMillis: sendEvery,
        exportTimeoutMillis: sendPatience,
      }),
    ],
  });
  const contexts = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(contexts);
  traceBy(new OtlpTracer(provider.getTracer('ensemble')));
  return async () => {
    traceBy(null);
    // What still runs ends without spans; those that ended are sent.
    await provider.shutdown().catch((error: unknown) => log.warn({ err: error }, 'the last traces could not be sent'));
    context.disable();
    diag.disable();
  };
}

class OtlpTracer implements Tracer {
  readonly #tracer: ReturnType<TracerProvider['getTracer']>;

  constructor(tracer: ReturnType<TracerProvider['getTracer']>) {
    this.#tracer = tracer;
  }

  isRecording(): boolean {
    return trace.getActiveSpan()?.isRecording() === true;
  }

  run<T>(name: string, { kind = 'internal', attributes = {}, parent }: SpanOptions, work: (span: Span) => T): T {
    const from = parent === undefined ? context.active() : contextOf(parent);
    const span = this.#tracer.startSpan(name, { kind: kinds[kind], attributes }, from);
    return context.with(trace.setSpan(from, span), () => ending(span, () => work(new Recorded(span))));
  }
}

/** Ends a span with its work, synchronous or not. An error that is thrown marks it by its code, never by its message. */
function ending<T>(span: ApiSpan, work: () => T): T {
  const failed = (error: unknown): void => {
    const code = (error as { code?: unknown } | null)?.code;
    span.setStatus({ code: SpanStatusCode.ERROR, message: typeof code === 'string' ? code : nameOf(error) });
    span.end();
  };
  let result: T;
  try {
    result = work();
  } catch (error) {
    failed(error);
    throw error;
  }
  if (result instanceof Promise) result.then(() => span.end(), failed);
  else span.end();
  return result;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Error';
}

class Recorded implements Span {
  readonly #span: ApiSpan;

  constructor(span: ApiSpan) {
    this.#span = span;
  }

  get traceparent(): string | null {
    return traceparentOf(this.#span.spanContext());
  }

  readonly set: Span['set'] = (attributes) => {
    this.#span.setAttributes(attributes);
  };

  readonly rename: Span['rename'] = (name) => {
    this.#span.updateName(name);
  };

  readonly fail: Span['fail'] = (code) => {
    this.#span.setAttribute('error.type', code);
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message: code });
  };
}

/** W3C Trace Context, version 00: https://www.w3.org/TR/trace-context/#traceparent-header */
const form = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

function traceparentOf(span: SpanContext): string | null {
  if (!isSpanContextValid(span)) return null;
  return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}`;
}

/** The context of a span elsewhere; a new trace for none or one that is not valid. */
function contextOf(parent: string | null): Context {
  const [, traceId, spanId, flags] = form.exec(parent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
  const remote: SpanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(remote) ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT;
}
