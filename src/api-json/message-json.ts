/** A message with its deliveries as `--json` prints it. The keys are part of the contract. */
import { formatReply } from '../smtp/reply.ts';
import type { AttemptRecord } from '../store/delivery-records.ts';
import type { DeliveryView, MessageView } from '../store/views.ts';
import { timestamp } from './timestamp.ts';
import { waitsFor } from './waits-for.ts';

/** Deliveries carry their `history` where the view has it. */
export function messageJson({ facts, accountName, hasContent, deliveries }: MessageView) {
  return {
    id: facts.id,
    account: accountName,
    stream: facts.stream,
    reverse_path: facts.reversePath,
    header_from: facts.headerFrom,
    subject: facts.subject ?? null,
    size_bytes: facts.sizeBytes,
    accepted_at: timestamp(facts.acceptedAtMs),
    deliveries: deliveries.map(deliveryJson),
    via: facts.via,
    credential_id: facts.credentialId ?? null,
    message_id_header: facts.messageIdField,
    tags: facts.tags,
    metadata: facts.metadata,
    send_at: timestamp(facts.sendAtMs),
    expires_at: timestamp(facts.expiresAtMs),
    has_content: hasContent,
  };
}

function deliveryJson(delivery: DeliveryView) {
  return {
    id: delivery.id,
    recipient: delivery.recipient,
    destination: delivery.destination,
    state: delivery.state,
    attempts: delivery.attempts,
    next_attempt_at: timestamp(delivery.nextAttemptAtMs),
    last_reply: delivery.lastReply ?? null,
    settled_at: timestamp(delivery.settledAtMs),
    in_progress: delivery.claimed,
    ...(delivery.history === undefined ? {} : { history: delivery.history.map(attemptJson) }),
  };
}

function attemptJson(attempt: AttemptRecord) {
  return {
    at: timestamp(attempt.atMs),
    host: attempt.host ?? null,
    address: attempt.address ?? null,
    tls: attempt.tls ?? null,
    tls_failure: attempt.tlsFailure ?? null,
    reply: attemptReply(attempt),
    duration_ms: attempt.durationMs,
    stage: attempt.stage,
    reply_code: attempt.replyCode ?? null,
    status: attempt.status ?? null,
    local_class: attempt.localClass ?? null,
    route: attempt.route ?? null,
    source: attempt.source ?? null,
  };
}

/** `550 5.1.1 No such user`, or what happened in words when there was no reply. */
export function attemptReply({ replyCode, status, text }: AttemptRecord): string {
  return replyCode === undefined ? text : formatReply({ code: replyCode, status, text });
}

/** One delivery as a line of its own, for `queue list`. */
export function queuedJson(message: MessageView, delivery: DeliveryView, nowMs: number) {
  return {
    message_id: message.facts.id,
    account: message.accountName,
    reverse_path: message.facts.reversePath,
    accepted_at: timestamp(message.facts.acceptedAtMs),
    size_bytes: message.facts.sizeBytes,
    subject: message.facts.subject ?? null,
    ...deliveryJson(delivery),
    waits_for: waitsFor(delivery, nowMs),
    held_by: delivery.heldBy ?? null,
    reroute: delivery.reroute ?? null,
  };
}
