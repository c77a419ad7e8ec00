import type { ExecutionResult } from 'graphql';
import type { SubgraphRequest, SubgraphService } from '../../platform/serving/service.ts';
import { Answers } from './answers.ts';
import { systems } from './systems/index.ts';

/**
 * The benchmark's subgraphs in this process, with the same answers from memory. Each answer is parsed anew, since the gateway adds to
 * it.
 */
export function localServices(): SubgraphService[] {
  return systems.map((system) => {
    const answers = new Answers(system);
    const execute = async ({ query, variables, operationName }: SubgraphRequest): Promise<ExecutionResult> => {
      const body = JSON.stringify({ query, variables, operationName });
      const bytes = answers.known(body) ?? (await answers.compute(body, (json) => Buffer.from(json)));
      return JSON.parse(bytes.toString()) as ExecutionResult;
    };
    const subscribe = (): Promise<ExecutionResult> => Promise.reject(new Error('There are no subscriptions.'));
    return { name: system.name, execute, subscribe };
  });
}
