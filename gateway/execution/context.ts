import { routerActorId, houseActor } from '../../platform/context/actor.ts';
import { newRequestInfo, type RequestInfo } from '../../platform/context/request.ts';
import type { Budget } from './budget.ts';
import type { Breakdown } from '../limits/breakdown.ts';
import type { Cost } from '../limits/cost.ts';
import type { OperationRecord } from '../http/record.ts';

/** The context of one operation during planning and execution: Apollo Server's `contextValue`. */
export interface OperationContext {
  info: RequestInfo;
  /** Aborted with `Ended` when the time limit is reached or, except for mutations, the client leaves; `null` where neither can happen. */
  signal: AbortSignal | null;
  record: OperationRecord;
  /** Set after the limits are checked. */
  cost: Cost | null;
  /** Types of the entities that their owners reported as absent for this viewer. */
  absent: Set<string>;
  /** Whether a subgraph left out rows that a viewer who has signed in may see; set by the fetches. */
  isIncomplete?: boolean;
  /** Whether it is answered over HTTP as application/json, where refusals of a document have another status. */
  isJson?: boolean;
  /** Whether the answer includes its cost and timings. */
  explain: boolean;
  /** The cost by field, for such an answer. */
  breakdown?: Breakdown;
  /** Whether the operation is only planned, so that the plan is there when a client asks for it. */
  onlyPlan?: boolean;
  /** What the operation has used so far; created when the first subgraph is called. */
  budget?: Budget;
}

/** The request info of the gateway's own queries: actors and token signing keys. */
export function gatewayRequest(requestId: string, universe: string): RequestInfo {
  return newRequestInfo({ ...houseActor(routerActorId), universe }, { requestId });
}
