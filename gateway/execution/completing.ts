import type { GatewayExecutor } from '@apollo/server-gateway-interface';
import type { Parts } from '../supergraph/value.ts';
import { completeAnswer } from './completion.ts';
import { isData } from './merge.ts';

/** An executor of the whole graph, whose answers have only what is in this schema. */
export function completing(execute: GatewayExecutor, { apiSchema: schema }: Pick<Parts, 'apiSchema'>): GatewayExecutor {
  return async (request) => {
    const answer = await execute(request);
    if (!isData(answer.data)) return answer;
    const { document, operation } = request;
    const asked = { schema, document, operation, variables: request.request.variables ?? {} };
    return { ...answer, data: completeAnswer(asked, answer.data).data };
  };
}
