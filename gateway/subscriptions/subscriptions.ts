import { getVariableValues, type DocumentNode, type ExecutionResult, type OperationDefinitionNode } from 'graphql';
import type { ActorSnapshot } from '../../platform/context/actor.ts';
import type { RequestInfo } from '../../platform/context/request.ts';
import type { SubgraphService } from '../../platform/serving/service.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import { Turns } from '../../platform/work/turns.ts';
import type { ErrorFormat } from '../errors.ts';
import { withSafeAliases, type SafeDocument } from '../execution/aliases.ts';
import type { Changes } from '../fetches/changes.ts';
import type { Consumer } from '../limits/consumer.ts';
import { eventWeight, type Rationing } from '../limits/rationing.ts';
import type { SupergraphValue } from '../supergraph/value.ts';
import { streamFingerprintOf } from './audience.ts';
import type { Delivery } from './delivery.ts';
import type { Outlet, Ration } from './flow.ts';
import { guardedFor } from './guarded.ts';
import { planSubscription } from './plan.ts';
import { normalise, normalOf, type NormalSubscription } from './root.ts';
import { Share, type ShareOptions } from './share.ts';
import { Subscriber, type Listener } from './subscriber.ts';
import type { SubscriptionPlan, Variables } from './subscription-plan.ts';

/** The weight of a subscription with its own stream in the OS, and of one that shares a stream. */
const weightAlone = 5;
const weightShared = 1;
/** Completions for single viewers at the same time: as many as of one stream. The others wait, each viewer's events in order. */
const completionsAtOnce = 16;
/** Estimated objects per event that add 1 to the weight, since each event reads them again. The base weight covers fewer. */
const objectsPerWeight = 500;

/** The plan of a subscription, and the variables that it uses. */
export interface PlannedSubscription {
  plan: SubscriptionPlan;
  used: Variables;
}

export interface SubscriptionRequest {
  value: SupergraphValue;
  planned: PlannedSubscription;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  variables: Variables;
  /** Estimated objects per event. */
  cost: number;
  info: RequestInfo;
  /** The consumer that is charged. */
  consumer: Consumer;
  /** Identifies the connection. */
  connection: string;
  listener: Listener;
  outlet: Outlet;
  delivery: Delivery;
  onEnd: (error: unknown, delivered: number) => void;
}

/** All open subscriptions of this process and the streams they share. */
export class Subscriptions {
  private readonly services: ReadonlyMap<string, SubgraphService>;
  private readonly changes: Changes;
  private readonly format: ErrorFormat;
  private readonly log: Logger;
  private readonly shares = new Map<string, Share>();
  private readonly rationing: Rationing;
  private readonly subscribersOf = new Map<string, Set<Subscriber>>();
  private readonly turns = new Turns(completionsAtOnce);
  private opened = 0;
  private streams = 0;
  private readonly valueIds = new WeakMap<SupergraphValue, number>();
  private values = 0;

  constructor(
    services: ReadonlyMap<string, SubgraphService>,
    changes: Changes,
    rationing: Rationing,
    format: ErrorFormat,
    log: Logger,
  ) {
    this.changes = changes;
    this.rationing = rationing;
    this.services = services;
    this.format = format;
    this.log = log;
  }

  /** Number of open subscriptions, and of streams behind them. */
  get size(): { subscriptions: number; streams: number } {
    return { subscriptions: this.opened, streams: this.streams };
  }

  /** Reevaluates an actor's subscriptions at once because its rights have changed. */
  rightsChanged(actorId: string): void {
    for (const subscriber of this.subscribersOf.get(actorId) ?? []) subscriber.rightsChanged();
  }

  /** Plans a subscription. Rejects when it cannot be subscribed to; resolves to the errors of its variables. */
  async plan({
    value,
    document,
    operation,
    variables,
    actor,
  }: Pick<SubscriptionRequest, 'value' | 'document' | 'operation' | 'variables'> & { actor: ActorSnapshot }): Promise<
    PlannedSubscription | ExecutionResult
  > {
    const coerced = getVariableValues(value.apiSchema, operation.variableDefinitions ?? [], variables, {
      maxErrors: 50,
    });
    if (coerced.errors) return { errors: coerced.errors };
    const given = normalise(value.apiSchema, document, operation, coerced.coerced);
    const safe = withSafeAliases(given.document, value.plannerFields);
    const whole = safe ? normalOf(safe.document) : given;
    const guarded = guardedFor(value, whole, actor);
    const normal = guarded?.rest ?? whole;
    let plan = await this.planned(value, normal);
    if (guarded) plan = guarded.over(plan);
    if (safe) plan = restoring(plan, safe);
    const used: Variables = {};
    for (const definition of whole.operation.variableDefinitions ?? []) {
      const name = definition.variable.name.value;
      if (Object.hasOwn(coerced.coerced, name)) used[name] = coerced.coerced[name];
    }
    return { plan, used };
  }

  /** Plans a subscription before anybody asks for it, if its plan depends on neither variables nor rights. */
  async planAhead(value: SupergraphValue, document: DocumentNode, operation: OperationDefinitionNode): Promise<void> {
    if (value.guards.of(document, operation)) return;
    const given = normalise(value.apiSchema, document, operation, {});
    const safe = withSafeAliases(given.document, value.plannerFields);
    await this.planned(value, safe ? normalOf(safe.document) : given);
  }

  private async planned(value: SupergraphValue, normal: NormalSubscription): Promise<SubscriptionPlan> {
    const known = value.subscriptionPlans.get(normal.text);
    if (known) return known;
    const plan = await planSubscription(value, normal, this.log);
    value.subscriptionPlans.set(normal.text, plan, { size: normal.text.length });
    return plan;
  }

  /** Opens a subscription. Throws when the actor has too many already. */
  subscribe(request: SubscriptionRequest): Subscriber {
    const { plan, used } = request.planned;
    return this.open(request, plan, used, guardedHere(request.info));
  }

  private open(
    request: SubscriptionRequest,
    plan: SubscriptionPlan,
    variables: Variables,
    info: RequestInfo,
  ): Subscriber {
    const after = plan.after(variables);
    const identity = JSON.stringify([this.valueId(request.value), sorted(plan.identity(variables))]);
    const fingerprint = streamFingerprintOf(plan, info);
    const known = after === null && fingerprint !== null ? this.shares.get(keyOf(identity, fingerprint)) : undefined;
    let release = this.place(request, known ? weightShared : weightAlone);
    this.opened += 1;
    /** Opens an unshared stream, such as a replay. Once it has caught up it may be shared, or join a shared stream. */
    const alone = (member: Subscriber, from: string | null): Share => {
      const share = this.share(plan, variables, {
        alone: true,
        own: plan.audience === 'visible' && member.info.actor.id !== null,
        onCaughtUp: () => this.caughtUp(member, share, { identity, plan, variables }),
      });
      share.join(member);
      share.start(from);
      return share;
    };
    const subscriber = new Subscriber({
      plan,
      info,
      after,
      listener: { ...bound(request.listener), info: (actor) => guardedHere(request.listener.info(actor)) },
      outlet: request.outlet,
      delivery: request.delivery,
      ration: this.rationOf(request),
      largest: this.rationing.of(request.consumer.role).answer,
      alone,
      onShared: () => {
        release();
        release = this.place(request, weightShared);
      },
      onEnd: (error, delivered) => {
        this.opened -= 1;
        release();
        forget();
        request.onEnd(error, delivered);
      },
    });
    const forget = this.remember(subscriber);
    if (after !== null || fingerprint === null) {
      subscriber.listenTo(alone(subscriber, null));
      return subscriber;
    }
    const share = known ?? this.share(plan, variables, { alone: false, own: false });
    if (!known) this.offer(keyOf(identity, fingerprint), share);
    share.join(subscriber);
    subscriber.listenTo(share);
    if (!known) share.start(null);
    return subscriber;
  }

  /** An unshared stream has caught up with the past: it continues together with others that subscribe to the same. */
  private caughtUp(
    subscriber: Subscriber,
    own: Share,
    { identity, plan, variables }: { identity: string; plan: SubscriptionPlan; variables: Variables },
  ): void {
    const fingerprint = streamFingerprintOf(plan, subscriber.info);
    if (fingerprint === null || !subscriber.mayLeave(own)) return;
    const key = keyOf(identity, fingerprint);
    const known = this.shares.get(key);
    if (known) subscriber.shareWith(known);
    else if (!own.isOwn) this.offer(key, own);
    else {
      // Others cannot share what this viewer sees, but this viewer can share what everybody sees.
      const share = this.share(plan, variables, { alone: false, own: false });
      this.offer(key, share);
      subscriber.shareWith(share);
      // The client's own cursor may be long past.
      share.start(own.position);
    }
  }

  /** Lets other subscribers join a stream. */
  private offer(key: string, share: Share): void {
    this.shares.set(key, share);
    share.open(() => {
      if (this.shares.get(key) === share) this.shares.delete(key);
    });
  }

  private share(
    plan: SubscriptionPlan,
    variables: Variables,
    more: Pick<ShareOptions, 'alone' | 'own' | 'onCaughtUp'>,
  ): Share {
    this.streams += 1;
    return new Share({
      ...more,
      plan,
      variables,
      service: this.services.get(plan.service),
      changes: this.changes,
      format: (result) => JSON.stringify(this.formatted(result)),
      turns: this.turns,
      log: this.log,
      onEnd: () => {
        this.streams -= 1;
      },
    });
  }

  private formatted(result: ExecutionResult): Record<string, unknown> {
    const errors = result.errors?.map((error) => this.format(error));
    return { ...(errors ? { errors } : {}), data: result.data ?? null };
  }

  /** The receivers pay for events: each for sending its own, and all together for making it. */
  private rationOf({ consumer, cost }: SubscriptionRequest): Ration {
    return {
      take: (frame) => this.rationing.chargeEvent(consumer, eventWeight + cost / frame.members, frame.bytes()),
      wait: () => this.rationing.wait(consumer),
    };
  }

  /** Reserves a subscription's place on its connection and its consumer's account. Throws TOO_MANY. */
  private place({ consumer, connection, cost }: SubscriptionRequest, own: number): () => void {
    const weight = own + Math.floor(cost / objectsPerWeight);
    const one = { role: consumer.role, accounts: [{ key: connection, times: 1, name: 'this connection' }] };
    const onConnection = this.rationing.hold(one, 'streamsPerSocket', weight);
    try {
      const inAll = this.rationing.hold(consumer, 'streams', weight);
      return () => {
        onConnection();
        inAll();
      };
    } catch (error) {
      onConnection();
      throw error;
    }
  }

  /** Indexes a subscriber by the actors whose rights it depends on: the principal and the delegate. */
  private remember(subscriber: Subscriber): () => void {
    const { id, delegate } = subscriber.info.actor;
    const actors = [id, delegate].filter((each) => each !== null);
    for (const actor of actors) {
      const known = this.subscribersOf.get(actor);
      if (known) known.add(subscriber);
      else this.subscribersOf.set(actor, new Set([subscriber]));
    }
    return () => {
      for (const actor of actors) {
        const known = this.subscribersOf.get(actor);
        known?.delete(subscriber);
        if (known?.size === 0) this.subscribersOf.delete(actor);
      }
    };
  }

  private valueId(value: SupergraphValue): number {
    let id = this.valueIds.get(value);
    if (id === undefined) this.valueIds.set(value, (id = this.values += 1));
    return id;
  }
}

/** The plan with the client's aliases in its answers. */
function restoring(plan: SubscriptionPlan, safe: SafeDocument): SubscriptionPlan {
  const { complete } = plan;
  return { ...plan, complete: async (...event) => safe.restore(await complete(...event)) };
}

/** The gateway checks the token's expiry per event; the subgraph must not end a stream whose token is refreshed. */
function guardedHere(info: RequestInfo): RequestInfo {
  return { ...info, actor: { ...info.actor, expiresAt: null } };
}

function bound(listener: Listener): Pick<Listener, 'peek' | 'actor'> {
  return { peek: () => listener.peek(), actor: () => listener.actor() };
}

function keyOf(identity: string, fingerprint: string): string {
  return `${identity} ${fingerprint}`;
}

/** The same value with all object keys sorted, so that equal variables serialize alike. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
