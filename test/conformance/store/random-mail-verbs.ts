/** Random verbs of the flow of mail, and of what is seen of it. */
import { EVENT_TYPES, WAITING_STATES } from '../../../src/policy/delivery-state.ts';
import type { ClaimedDelivery } from '../../../src/store/delivery-records.ts';
import type { EventFilter, EventPage, MessageFilter } from '../../../src/store/queue-admin.ts';
import type { Store } from '../../../src/store/store.ts';
import type { MessageView, StoredEvent } from '../../../src/store/views.ts';
import { idOf, messageOf, selectionOf, settlementOf, type Known } from './random-messages.ts';
import { DAY_MS, STREAMS, type RandomValues } from './random-values.ts';

/** What one store has handed out: by the delivery's public id. */
export type Handed = Map<string, Pick<ClaimedDelivery, 'deliveryId' | 'fence'>>;

/** Runs on one store, and on the next one, with the same values. */
export type Run = (store: Store, handed: Handed) => Promise<unknown>;
export type Make = (values: RandomValues, known: Known) => Run;

export const MAIL_VERBS: Readonly<Record<string, Make>> = {
  accept: (values, known) => {
    const message = messageOf(values, known);
    return (store) => store.spool.accept(structuredClone(message));
  },
  acceptAll: (values, known) => {
    const messages = [messageOf(values, known), messageOf(values, known)];
    return (store) => store.spool.acceptAll(structuredClone(messages));
  },
  claim: (values) => {
    const nowMs = values.now();
    return async (store, handed) => {
      const request = { nowMs, limit: 1000, limitPerDestination: 1000, excludedDestinations: [] };
      const { claims, nextDueAtMs } = await store.spool.claim(request);
      const deliveries = claims.flatMap((claim) => claim.deliveries);
      for (const { id, deliveryId, fence } of deliveries) handed.set(id, { deliveryId, fence });
      const told = deliveries.map(({ fence: _, ...delivery }) => delivery);
      return { told: told.sort((a, b) => (a.id < b.id ? -1 : 1)), nextDueAtMs };
    };
  },
  settle: (values, known) => {
    const nowMs = values.now();
    const parts = values.some(3, () => [values.of(known.deliveries), settlementOf(values, nowMs)] as const);
    const once = new Map(parts);
    return (store, handed) => {
      const settlements = [...once].flatMap(([id, part]) => {
        const hand = handed.get(id);
        return hand === undefined ? [] : [{ ...part, ...hand }];
      });
      return store.spool.settle({ nowMs, settlements, dsns: [] });
    };
  },
  blockDestinations: (values) => {
    const untilMs = values.now() + values.below(100_000);
    const block = {
      destination: values.domain(),
      untilMs,
      failures: values.below(3),
      lastError: values.text(),
    };
    return (store) => store.spool.blockDestinations([block]);
  },
  suspendDestination: (values) => {
    const [name, suspended, nowMs] = [values.domain(), values.maybe(), values.now()];
    return (store) => store.queue.suspendDestination(name, suspended, nowMs, 'relayctl');
  },
  queue: (values, known) => {
    const verb = values.of(['retry', 'hold', 'release', 'cancel'] as const);
    const [selection, nowMs, actor] = [selectionOf(values, known), values.now(), values.text()];
    return (store) => store.queue[verb](selection, nowMs, actor);
  },
  reschedule: (values, known) => {
    const nowMs = values.now();
    const [account, id, atMs] = [
      values.account(),
      idOf(values, known.messages),
      nowMs + values.below(100_000),
    ];
    return (store) => store.queue.reschedule(account, id, atMs, nowMs, 'x');
  },
  listMessages: (values, known) => {
    const filter = {
      accountId: values.optional(() => values.account()),
      state: values.optional(() => values.of([...WAITING_STATES, 'delivered', 'bounced', 'held'] as const)),
      destination: values.optional(() => values.domain()),
      recipient: values.optional(() => values.of([values.address(), values.text()])),
      stream: values.optional(() => values.of([...STREAMS, values.text()])),
      tag: values.optional(() => values.of([values.tag(), values.text()])),
      before: values.optional(() => values.of(known.messages)),
      limit: 1 + values.below(20),
    };
    const accountId = values.account();
    return async (store) => [
      await store.queue.listMessages(filter),
      await allPages(store, { ...filter, accountId }),
    ];
  },
  readEvents: (values, known) => {
    const filter = {
      accountId: values.optional(() => values.account()),
      messageId: values.optional(() => idOf(values, known.messages)),
      recipient: values.optional(() => values.of([values.address(), values.text()])),
      types: values.some(2, () => values.of(EVENT_TYPES)),
      stream: values.optional(() => values.of([...STREAMS, values.text()])),
      tag: values.optional(() => values.of([values.tag(), values.text()])),
      after: values.below(100),
      limit: 1 + values.below(50),
    };
    return (store) => eventPages(store, filter);
  },
  look: (values, known) => {
    const [id, name, after] = [idOf(values, known.messages), values.domain(), values.below(50)];
    return async (store) => [
      await store.queue.messageById(id),
      await store.queue.summary(10),
      await store.queue.destination(name),
      await store.queue.destinationTrouble(name),
      await store.events.countEvents(after),
      await store.events.countBounces(after, after + 1000),
      await store.events.newestEventMs(),
      await store.reports.reportedMessage(id),
    ];
  },
  statistics: (values) => {
    const nowMs = values.now();
    const query = {
      accountIds: values.some(1, () => values.account()),
      span: values.of(['hour', 'day'] as const),
      fromMs: nowMs - values.below(2 * DAY_MS),
      toMs: nowMs,
      of: undefined,
      group: values.optional(() => values.of(['domain', 'stream', 'destination', 'tag'] as const)),
      limit: 100,
    };
    const tag = { ...query, group: undefined, of: { group: 'tag', name: values.tag() } as const };
    return async (store) => [
      await store.statistics.statistics(query),
      await store.statistics.statistics(tag),
    ];
  },
};

async function eventPages(store: Store, filter: EventFilter) {
  const found: StoredEvent[] = [];
  let page: EventPage | undefined;
  do {
    page = await store.events.readEvents({ ...filter, after: page?.next ?? filter.after });
    found.push(...page.events);
  } while (page.more);
  return { found, next: page.next };
}

/** A page may end anywhere, and find nothing. */
async function allPages(store: Store, filter: MessageFilter & { readonly accountId: string }) {
  const found: MessageView[] = [];
  let { before } = filter;
  do {
    const { messages, next } = await store.queue.pageOfMessages({ ...filter, before });
    found.push(...messages);
    before = next;
  } while (before !== undefined);
  return found;
}
