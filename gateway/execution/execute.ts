import type {
  GatewayExecutionResult,
  GatewayExecutor,
  GatewayGraphQLRequestContext,
} from '@apollo/server-gateway-interface';
import { getVariableValues, type GraphQLError } from 'graphql';
import { Unavailable } from '../../platform/errors/errors.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import { toGraphQLError } from '../errors.ts';
import type { Planned } from '../planning/messages.ts';
import type { Parts } from '../supergraph/value.ts';
import { withNullErrors } from './null-errors.ts';
import { completeAnswer } from './completion.ts';
import type { OperationContext } from './context.ts';
import { errorsOf } from './failures.ts';
import { ErrorList } from './error-list.ts';
import { typedNodes } from './node-by-id.ts';
import { atRequiringFields } from './required-paths.ts';
import { runPlan } from './run-plan.ts';
import { TooLarge } from './size.ts';

/** Plans an operation and runs the plan on one supergraph value. */
export function ownExecutor(value: Parts, log: Logger): GatewayExecutor {
  return async (request) => {
    const context = request.context as OperationContext;
    if (context.onlyPlan) {
      await planOf(value, request, context);
      return { data: null };
    }
    const coerced = getVariableValues(
      value.apiSchema,
      request.operation.variableDefinitions ?? [],
      request.request.variables ?? {},
      {
        // Fifty errors are enough to fix an input.
        maxErrors: 50,
      },
    );
    if (coerced.errors) return { errors: coerced.errors };
    let plan: Planned;
    try {
      plan = await planOf(value, request, context);
    } catch (error) {
      if (error instanceof Unavailable) return { errors: [toGraphQLError(error)] };
      throw error;
    }
    return withNullErrors(await answerOf(value, plan, request), context, value.apiSchema, log);
  };
}

async function planOf(
  value: Parts,
  request: GatewayGraphQLRequestContext,
  context: Partial<OperationContext>,
): Promise<Planned> {
  const { plans } = value;
  // Its own name: a client need not repeat that of the only one.
  const operationName = request.operation.name?.value ?? null;
  const nodes = typedNodes(value, request.document, request.operation, request.request.variables ?? {});
  const key = [operationName ?? '', request.queryHash, ...(nodes ? [nodes.key] : [])].join('\n');
  const { record, signal = null } = context;
  if (record) record.planning = 0;
  const known = plans.known(key);
  if (known) return known;
  const before = performance.now();
  const plan = await plans.make(key, { source: nodes?.source() ?? request.source, operationName, signal });
  if (record) record.planning = performance.now() - before;
  return plan;
}

/** Runs a plan and completes its data, in the result format of the stock gateway. */
export async function answerOf(
  parts: Pick<Parts, 'services' | 'subtypes' | 'apiSchema'>,
  plan: Planned,
  request: GatewayGraphQLRequestContext,
): Promise<GatewayExecutionResult> {
  try {
    return await built(parts, plan, request);
  } catch (error) {
    const { budget } = request.context as Partial<OperationContext>;
    if (!(error instanceof TooLarge) || !budget) throw error;
    const fault = budget.tooLarge(request.operation.operation);
    // No further subgraph is asked.
    budget.exhaust(fault);
    return { data: null, errors: [toGraphQLError(fault)] };
  }
}

async function built(
  { services, subtypes, apiSchema: schema }: Pick<Parts, 'services' | 'subtypes' | 'apiSchema'>,
  plan: Planned,
  request: GatewayGraphQLRequestContext,
): Promise<GatewayExecutionResult> {
  const { document, operation } = request;
  // The budget is known once a subgraph was asked.
  const bytes = (): number => (request.context as Partial<OperationContext>).budget?.bytes ?? Infinity;
  const { data, errors: found, failures, isMultiplied } = await runPlan(plan, { services, subtypes, request, bytes });
  const asked = { schema, document, operation, variables: request.request.variables ?? {} };
  const answer = completeAnswer(asked, data, bytes());
  const { budget } = request.context as Partial<OperationContext>;
  if (budget) budget.isCounted = !isMultiplied && answer.isComplete;
  const list = new ErrorList();
  list.add(...atRequiringFields(found, plan.required));
  for (const failure of failures) if (!list.isFull) list.add(...errorsOf(failure, answer.data, plan.required));
  const errors = list.all;
  if (errors.length > 0) return { errors, data: answer.data };
  return answer.errors.length > 0
    ? { data: answer.data, extensions: { valueCompletion: answer.errors as GraphQLError[] } }
    : { data: answer.data };
}
