/** Values of a span's attributes, by the names of OpenTelemetry's semantic conventions where there are any. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  /** The side of a call that the work is, as OpenTelemetry names it; `internal` by default. */
  kind?: 'server' | 'client' | 'consumer' | 'internal';
  attributes?: Attributes;
  /** The span that caused this, as W3C traceparent; by default the span in which the work begins. */
  parent?: string | null;
}

/** One piece of work in a trace. */
export interface Span {
  /** Its W3C traceparent, for what it causes elsewhere; null if nothing is traced. */
  readonly traceparent: string | null;
  readonly set: (attributes: Attributes) => void;
  /** Renames it once more is known. */
  readonly rename: (name: string) => void;
  /** Marks it as failed, by an error code or a SQLSTATE: messages may contain values. */
  readonly fail: (code: string) => void;
}

/** Records spans. */
export interface Tracer {
  run<T>(name: string, options: SpanOptions, work: (span: Span) => T): T;
  /** Whether the current work belongs to a recorded span. */
  isRecording(): boolean;
}

const nothing: Span = { traceparent: null, set: () => undefined, rename: () => undefined, fail: () => undefined };

let tracer: Tracer | null = null;

/** Traces what this process does from now on; null ends it. */
export function traceBy(given: Tracer | null): void {
  tracer = given;
}

/** Runs work as a span, if this process is traced; the span ends with the work. */
export function inSpan<T>(name: string, options: SpanOptions, work: (span: Span) => T): T {
  return tracer ? tracer.run(name, options, work) : work(nothing);
}

/** The same for work that is only of interest within other spans, such as statements, but not as the beginning of a trace. */
export function inInnerSpan<T>(name: () => string, options: () => SpanOptions, work: (span: Span) => T): T {
  return tracer?.isRecording() ? tracer.run(name(), options(), work) : work(nothing);
}

/** The same for work that is done for somebody: probes and other work without a trace begin none. */
export function inSpanOf<T>(
  parent: string | null,
  name: string,
  options: Omit<SpanOptions, 'parent'>,
  work: (span: Span) => T,
): T {
  if (parent !== null) return inSpan(name, { ...options, parent }, work);
  return inInnerSpan(
    () => name,
    () => options,
    work,
  );
}
