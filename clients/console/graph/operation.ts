import { GraphQLError, Kind, parse } from 'graphql';
import type { DocumentNode, OperationDefinitionNode } from 'graphql';

export interface ChosenOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly name: string | null;
}

/**
 * The operation of a document that will run. A name that the document does not have is a leftover of the editor's last
 * content and gives way to the first operation. Null if the text has no operation or does not parse: the server then
 * says what is wrong.
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
