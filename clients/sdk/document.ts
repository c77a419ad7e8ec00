/**
 * An operation with its types: a typed document of codegen's client preset with `documentMode: 'string'`, or one without text but with the
 * hash of `persistedDocuments`, by which it is sent.
 */
export interface TypedDocument<TData, TVariables> {
  /** Has no value; carries the types, as in `@graphql-typed-document-node/core`. */
  __apiType?: (variables: TVariables) => TData;
  /** What codegen's `persistedDocuments` adds. */
  __meta__?: Record<string, unknown> | undefined;
}

/** A typed document, or the text of an operation whose types the caller states. */
export type Document<TData, TVariables> = TypedDocument<TData, TVariables> | string;

/** What is sent of a document. */
export interface SentDocument {
  query: string;
  documentId?: string;
  operationName?: string;
}

/** Throws a TypeError for a document that has neither text nor hash. */
export function sentOf(document: Document<unknown, never>): SentDocument {
  const text = typeof document === 'string' ? document : String(document);
  const meta = typeof document === 'string' ? undefined : document.__meta__;
  const hash = meta?.['hash'];
  const isText = /^[^{]*\{/.test(text) && !text.startsWith('[object');
  if (!isText) {
    if (typeof hash !== 'string')
      throw new TypeError(
        "The document has no text: generate it with documentMode: 'string', or with persistedDocuments.",
      );
    return { query: '', documentId: `sha256:${hash}` };
  }
  const name = /\b(?:query|mutation|subscription)\s+([_A-Za-z]\w*)/.exec(text.replaceAll(/#.*/g, ''))?.[1];
  return { query: text, ...(name ? { operationName: name } : {}) };
}

/** Whether an operation declares a variable. */
export function declares({ query }: SentDocument, variable: string): boolean {
  return new RegExp(`\\$${variable}\\s*:`).test(query);
}
