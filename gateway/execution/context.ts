import { routerActorId, houseActor } from '../../platform/context/actor.ts';
import { newRequestInfo, type RequestInfo } from '../../platform/context/request.ts';
import type { Budget } from './budget.ts';
import type { Cost } from '../limits/cost.ts';
import type { OperationRecord } from '../http/record.ts';

/** What travels with one operation through planning and execution: Apollo Server's context value. */
export interface OperationContext {
  info: RequestInfo;
  /** Aborted with `Ended` when the time is over or, but for a mutation, the client has left; `null` where neither can be. */
  signal: AbortSignal | null;
  record: OperationRecord;
  /** Set once the limits were checked. */
  cost: Cost | null;
  /** Types of which an owner answered that there is no such entity for this viewer. */
  absent: Set<string>;
  /** Whether the answer tells what it cost and how long each part of it took. */
  explain: boolean;
  /** What the operation has used so far; made when the first subgraph is asked. */
  budget?: Budget;
}

/** The request info of the gateway's own questions: who is this actor, with which keys are tokens signed. */
export function gatewayRequest(requestId: string, universe: string): RequestInfo {
  return newRequestInfo({ ...houseActor(routerActorId), universe }, { requestId });
}
