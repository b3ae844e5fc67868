/** Everything that the trace of a message rests on, gathered once from the store. */
import { flatMapInTurn } from '../../platform/in-turn.ts';
import type { BounceRules } from '../../policy/bounce-rules.ts';
import { suppressionKeyOf } from '../../smtp/address-keys.ts';
import type { HealthState } from '../../store/health.ts';
import type { Credential } from '../../store/directory-records.ts';
import type { Suppression } from '../../store/suppression-records.ts';
import type { DeliveryView, DestinationView, MessageView, StoredEvent } from '../../store/views.ts';
import type { CommandContext } from '../program/command-context.ts';
import { receivedFacts } from './received-facts.ts';
import type { ReceivedView } from './received-facts.ts';

export interface TraceFacts {
  readonly message: MessageView;
  /** Of the message, oldest first. */
  readonly events: readonly StoredEvent[];
  /** That handed it in; `undefined` when the relay wrote it itself. */
  readonly credential: Credential | undefined;
  readonly received: ReceivedView | undefined;
  /** Destinations of waiting deliveries. */
  readonly destinations: ReadonlyMap<string, DestinationView>;
  /** By recipient as it stands in the delivery. */
  readonly suppressions: ReadonlyMap<string, Suppression>;
  /** What the message's account and stream are under. */
  readonly health: readonly HealthState[];
  readonly relayRuns: boolean;
  readonly rules: BounceRules;
  readonly nowMs: number;
}

const MAX_EVENTS = 10_000;

export async function gatherTraceFacts(context: CommandContext, message: MessageView): Promise<TraceFacts> {
  const { reader, services, nowMs } = context;
  const { facts } = message;
  const waiting = message.deliveries.filter(isWaiting).map(({ destination }) => destination);
  const destinations =
    waiting.length === 0
      ? []
      : await flatMapInTurn(new Set(waiting), async (name) => {
          const destination = await reader.destination(name);
          return destination === undefined ? [] : [destination];
        });
  return {
    message,
    events: (
      await reader.readEvents({
        accountId: undefined,
        messageId: facts.id,
        recipient: undefined,
        types: [],
        after: 0,
        limit: MAX_EVENTS,
      })
    ).events,
    credential:
      facts.credentialId === undefined
        ? undefined
        : await reader.findCredential(facts.accountId, facts.credentialId),
    received: message.hasContent ? await readReceived(context, facts.id) : undefined,
    destinations: new Map(destinations.map((destination) => [destination.name, destination])),
    suppressions: await findSuppressions(context, message),
    health: (await reader.healthStates()).filter(
      ({ accountId, stream }) => accountId === facts.accountId && (stream === '' || stream === facts.stream),
    ),
    relayRuns: services.runningRelay(context.config) !== undefined,
    rules: services.loadBounceRules(context.config),
    nowMs,
  };
}

export function isWaiting({ state }: DeliveryView): boolean {
  return state === 'scheduled' || state === 'queued' || state === 'deferred';
}

async function readReceived({ reader }: CommandContext, id: string): Promise<ReceivedView | undefined> {
  const contentId = await reader.contentIdOf(id);
  if (contentId === undefined || (await reader.chunkCount(contentId)) === 0) return undefined;
  return receivedFacts(await reader.readChunk(contentId, 0));
}

async function findSuppressions(
  { reader, nowMs }: CommandContext,
  { facts, deliveries }: MessageView,
): Promise<ReadonlyMap<string, Suppression>> {
  const found = new Map<string, Suppression>();
  for (const { recipient, state } of deliveries) {
    if (state !== 'bounced' && state !== 'suppressed') continue;
    const key = suppressionKeyOf(recipient);
    const suppression = await reader.suppressionFor(facts.accountId, facts.stream, key, nowMs);
    if (suppression !== undefined) found.set(recipient, suppression);
  }
  return found;
}
