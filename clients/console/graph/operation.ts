import { GraphQLError, Kind, parse } from 'graphql';
import type { DocumentNode, OperationDefinitionNode } from 'graphql';

export interface ChosenOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly name: string | null;
}

/**
 * The operation of a document that will run. An unknown name is left over from the editor's previous content, so the first operation
 * is used instead. Null if the text has no operation or does not parse: the server then reports the error.
 */
export function chooseOperation(query: string, operationName: string | null | undefined): ChosenOperation | null {
  const document = parseOrNull(query);
  const operations = (document?.definitions ?? []).filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  const operation = operations.find((node) => node.name?.value === operationName) ?? operations[0];
  if (!document || !operation) return null;
  return { document, operation, name: operation.name?.value ?? null };
}

function parseOrNull(query: string): DocumentNode | null {
  try {
    return parse(query);
  } catch (error) {
    if (error instanceof GraphQLError) return null;
    throw error;
  }
}
