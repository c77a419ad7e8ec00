import { getVariableValues, type DocumentNode, type ExecutionResult, type OperationDefinitionNode } from 'graphql';
import type { RequestInfo } from '../../platform/context/request.ts';
import { TooMany } from '../../platform/errors/errors.ts';
import type { SubgraphService } from '../../platform/subgraph/service.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import type { ErrorFormat } from '../errors.ts';
import type { SupergraphValue } from '../supergraph/value.ts';
import { fingerprintOf } from './audience.ts';
import { planSubscription, type SubscriptionPlan, type Variables } from './plan.ts';
import { normalise } from './root.ts';
import { Share, type Member } from './share.ts';
import { Subscriber, type Listener, type Outlet } from './subscriber.ts';

/** Subscriptions of one actor over all its connections (of one address, for who has not signed in): ten full connections. */
const mostPerActor = 1_000;

export interface SubscriptionRequest {
  value: SupergraphValue;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  variables: Variables;
  info: RequestInfo;
  listener: Listener;
  outlet: Outlet;
  onEnd: (error: unknown, delivered: number) => void;
}

/** All open subscriptions of this process, and the streams that they share. */
export class SubscriptionRoom {
  private readonly services: ReadonlyMap<string, SubgraphService>;
  private readonly format: ErrorFormat;
  private readonly log: Logger;
  private readonly shares = new Map<string, Share>();
  private readonly perActor = new Map<string, number>();
  private readonly subscribersOf = new Map<string, Set<Subscriber>>();
  private opened = 0;
  private streams = 0;
  private readonly valueIds = new WeakMap<SupergraphValue, number>();
  private values = 0;

  constructor(services: ReadonlyMap<string, SubgraphService>, format: ErrorFormat, log: Logger) {
    this.services = services;
    this.format = format;
    this.log = log;
  }

  /** How many subscriptions and how many streams behind them are open. */
  get size(): { subscriptions: number; streams: number } {
    return { subscriptions: this.opened, streams: this.streams };
  }

  /** Somebody's rights have changed: what they listen to is decided anew, at once. */
  rightsChanged(actorId: string): void {
    for (const subscriber of this.subscribersOf.get(actorId) ?? []) subscriber.rightsChanged();
  }

  /** Opens a subscription. Throws when the operation cannot be subscribed to, or the actor has too many already. */
  subscribe(request: SubscriptionRequest): Subscriber | ExecutionResult {
    const { value, document, operation, info } = request;
    const coerced = getVariableValues(value.apiSchema, operation.variableDefinitions ?? [], request.variables, {
      maxErrors: 50,
    });
    if (coerced.errors) return { errors: coerced.errors };
    const normal = normalise(value.apiSchema, document, operation, coerced.coerced);
    let plan = value.subscriptionPlans.get(normal.text);
    if (!plan) {
      plan = planSubscription(value, normal, this.log);
      value.subscriptionPlans.set(normal.text, plan, { size: normal.text.length });
    }
    const used: Variables = {};
    for (const definition of normal.operation.variableDefinitions ?? []) {
      const name = definition.variable.name.value;
      if (name in coerced.coerced) used[name] = coerced.coerced[name];
    }
    return this.open(request, plan, used, normal.text, guardedHere(info));
  }

  private open(
    request: SubscriptionRequest,
    plan: SubscriptionPlan,
    variables: Variables,
    text: string,
    info: RequestInfo,
  ): Subscriber {
    const release = this.count(info);
    const after = plan.after(variables);
    const subscriber = new Subscriber({
      plan,
      info,
      after,
      listener: { ...bound(request.listener), info: (actor) => guardedHere(request.listener.info(actor)) },
      outlet: request.outlet,
      alone: (member, from) => this.alone(member, plan, variables, from),
      onEnd: (error, delivered) => {
        release();
        forget();
        request.onEnd(error, delivered);
      },
    });
    const forget = this.remember(subscriber);
    const fingerprint = after === null ? fingerprintOf(plan.audience, info) : null;
    if (fingerprint === null) {
      subscriber.listenTo(this.alone(subscriber, plan, variables, null));
      return subscriber;
    }
    const key = JSON.stringify([this.valueId(request.value), text, sorted(variables), fingerprint]);
    let share = this.shares.get(key);
    const first = share === undefined;
    if (share === undefined) {
      share = this.share(plan, variables, () => this.shares.delete(key));
      this.shares.set(key, share);
    }
    share.join(subscriber);
    subscriber.listenTo(share);
    if (first) share.start(null);
    return subscriber;
  }

  private alone(member: Member, plan: SubscriptionPlan, variables: Variables, from: string | null): Share {
    const share = this.share(plan, variables, () => undefined);
    share.join(member);
    share.start(from);
    return share;
  }

  private share(plan: SubscriptionPlan, variables: Variables, onEnd: () => void): Share {
    this.streams += 1;
    return new Share({
      plan,
      variables,
      service: this.services.get(plan.service),
      format: (result) => JSON.stringify(this.formatted(result)),
      log: this.log,
      onEnd: () => {
        this.streams -= 1;
        onEnd();
      },
    });
  }

  private formatted(result: ExecutionResult): Record<string, unknown> {
    const errors = result.errors?.map((error) => this.format(error));
    return { ...(errors ? { errors } : {}), data: result.data ?? null };
  }

  private count(info: RequestInfo): () => void {
    const who = info.actor.id ?? `anonymous ${info.client.ip ?? ''}`;
    const open = this.perActor.get(who) ?? 0;
    if (open >= mostPerActor) {
      throw new TooMany(
        `You have ${mostPerActor} subscriptions open, which is the most. End some first, or filter over many keys in one.`,
      );
    }
    this.perActor.set(who, open + 1);
    this.opened += 1;
    return () => {
      this.opened -= 1;
      const left = (this.perActor.get(who) ?? 1) - 1;
      if (left > 0) this.perActor.set(who, left);
      else this.perActor.delete(who);
    };
  }

  /** Keeps a subscriber under whose rights it depends on: the principal's and the delegate's. */
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

/** The token's end is watched here, per event; the subgraph must not end a stream that a refreshed token keeps going. */
function guardedHere(info: RequestInfo): RequestInfo {
  return { ...info, actor: { ...info.actor, expiresAt: null } };
}

function bound(listener: Listener): Pick<Listener, 'peek' | 'actor'> {
  return { peek: () => listener.peek(), actor: () => listener.actor() };
}

/** The same value with the keys of all objects in order, so that equal variables print alike. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
