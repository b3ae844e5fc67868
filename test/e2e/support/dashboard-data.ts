/** Answers of the API for the dashboard's tests: ordinary mail, and mail whose every text is made to break a page. */
import { contentAnswer } from './dashboard-content-data.ts';
import type { Answering } from './dashboard-stub.ts';
import { relayAnswersOf } from './dashboard-relay-data.ts';
import { workAnswersOf } from './dashboard-work-data.ts';
import { settingsAnswer } from './dashboard-settings.ts';

const START = Date.parse('2026-11-24T06:00:00Z');
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();

export const SESSION = {
  person: { id: 'usr_1', email: 'olga@example.org', name: 'Olga' },
  accounts: [
    { id: 'acc_shop', name: 'shop', role: 'admin', reads_content: true },
    { id: 'acc_blog', name: 'blog', role: 'read-only', reads_content: false },
  ],
  relay_role: 'admin',
  must_enrol: false,
  expires_at: '2026-12-24T06:00:00Z',
};

/** Markup, quotes, text that turns direction, and 10,000 characters without a gap. */
export const HOSTILE_TEXTS = [
  '<script>window.broken = true</script><img src=x onerror="window.broken = true">',
  `"'\`><b onmouseover=alert(1)>quotes</b> {{7*7}} \${7*7} javascript:alert(1)`,
  'invoice\u202Egnp.exe \u2066left\u2069 \u200Bzero \u0007bell \u001b[31m',
  'x'.repeat(10_000),
  'שלום'.repeat(500),
];

/** One factor and one session for each text. */
function securityOf(texts: readonly (string | undefined)[]) {
  return {
    factors: texts.map((text, index) => ({
      ...{ id: `fac_${index}`, kind: index === 0 ? 'totp' : 'passkey', name: text ?? 'Laptop' },
      ...{ created_at: at(0), used_at: index === 0 ? null : at(60) },
    })),
    ...{ recovery_codes: 9, passkeys_possible: true, confirmed_until: at(600) },
    sessions: texts.map((text, index) => ({
      ...{ id: `ses_${index}`, address: '192.0.2.7', user_agent: text ?? null, is_this: index === 0 },
      ...{ created_at: at(0), seen_at: at(60) },
    })),
  };
}

export function messageOf(index: number, text?: string) {
  const hostile = text !== undefined;
  const recipient = hostile ? `${text}@recipient.test` : `reader${index}@recipient.test`;
  const reply = hostile ? `550 5.1.1 ${text}` : '550 5.1.1 No such user';
  const delivery = {
    id: `dlv_${index}`,
    recipient,
    destination: hostile ? text : 'recipient.test',
    state: 'bounced',
    attempts: 2,
    next_attempt_at: null,
    last_reply: reply,
    settled_at: at(index + 62),
    in_progress: false,
    history: [
      attempt(index + 1, hostile ? `451 4.7.1 ${text}` : '451 4.7.1 Greylisted', 451, text),
      attempt(index + 61, reply, 550, text),
    ],
  };
  return {
    id: `msg_${index}`,
    account: 'shop',
    stream: 'transactional',
    reverse_path: text ?? 'bounces@sender.test',
    header_from: text ?? 'shop@sender.test',
    subject: text ?? `Order ${index}`,
    size_bytes: 4_301,
    accepted_at: at(index),
    deliveries: [
      delivery,
      {
        ...delivery,
        id: `dlv_${index}_b`,
        state: 'deferred',
        settled_at: null,
        next_attempt_at: at(index + 900),
      },
    ],
    via: 'smtp',
    credential_id: 'crd_1',
    message_id_header: text ?? `<order-${index}@sender.test>`,
    tags: text === undefined ? ['orders'] : [text],
    metadata: text === undefined ? { order: String(index) } : { [text]: text },
    send_at: null,
    expires_at: at(index + 86_400),
    has_content: true,
    events: [
      { ...eventOf(index, 'accepted', null), original_from: text ?? 'root@sender.test' },
      {
        ...eventOf(index, 'bounced', `dlv_${index}`, recipient),
        via: 'report',
        host: text ?? 'mx.recipient.test',
        reply,
        meaning: text ?? 'The address does not exist.',
        action: text ?? 'Remove it from your lists.',
      },
    ],
  };
}

/** As lists have it: without attempts and events. */
function lineOf(index: number, text?: string) {
  const { events: _events, deliveries, ...message } = messageOf(index, text);
  return { ...message, deliveries: deliveries.map(({ history: _history, ...delivery }) => delivery) };
}

function attempt(seconds: number, reply: string, code: number, text: string | undefined) {
  return {
    at: at(seconds),
    host: text ?? 'mx.recipient.test',
    address: '192.0.2.1',
    tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384',
    tls_failure: text ?? null,
    reply,
    duration_ms: 240,
    stage: 'rcpt',
    reply_code: code,
    status: null,
    local_class: null,
    route: text ?? null,
    source: null,
  };
}

function eventOf(index: number, event: string, deliveryId: string | null, recipient: string | null = null) {
  return {
    id: `evt_${index}_${event}`,
    event,
    message_id: `msg_${index}`,
    delivery_id: deliveryId,
    recipient,
    timestamp: at(index + 62),
    account: 'shop',
    stream: 'transactional',
    tags: [],
    metadata: {},
  };
}

export function suppressionOf(index: number, text?: string) {
  return {
    address: text ?? `gone${index}@recipient.test`,
    erased: false,
    reason: 'unknown-address',
    scope: 'account',
    created_at: at(index),
    expires_at: null,
    account: 'shop',
    evidence: text ?? '550 5.1.1 No such user',
    created_by: text ?? 'relay',
    event: null,
  };
}

/** The usual answers over `count` messages; `texts`: what stands in the first ones. */
export function answersOf(count: number, texts: readonly string[] = []): Answering {
  const work = workAnswersOf(texts);
  const relay = relayAnswersOf(texts);
  return (request) => {
    const { method, path, query, body } = request;
    const ok = (answer: unknown) => ({ status: 200, body: answer });
    if (path === 'session') return ok(SESSION);
    if (path === 'security') return ok(securityOf(texts.length === 0 ? [undefined] : texts));
    if (path === 'operation/overview') return ok({ checks: texts.map(checkOf) });
    if (path === 'v1/messages') {
      const first = Number(query.get('after') ?? '0');
      const end = Math.min(count, first + Number(query.get('limit') ?? '50'));
      const data = Array.from({ length: end - first }, (_, index) =>
        lineOf(first + index, texts[first + index]),
      );
      return ok({ data, next: end < count ? String(end) : null, index_behind: texts.length > 0 });
    }
    if (path === 'v1/suppressions' && method === 'POST')
      return { status: 201, body: { ...suppressionOf(0), address: (body as { address: string }).address } };
    if (path === 'v1/suppressions')
      return ok({
        data: Array.from({ length: 5 }, (_, index) => suppressionOf(index, texts[index])),
        next: null,
      });
    const message = /^v1\/messages\/msg_(\d+)(\/cancel)?$/.exec(path);
    if (message !== null) return ok(messageOf(Number(message[1]), texts[Number(message[1])]));
    if (path.startsWith('v1/suppressions/')) return ok(suppressionAnswer(path, method, texts[0]));
    return (
      contentAnswer(request, texts[0]) ??
      relay(request) ??
      work(request) ??
      settingsAnswer({ method, path, body }, texts)
    );
  };
}

function checkOf(text: string, index: number) {
  return { name: `${index} ${text}`, level: 'failing', detail: text, remedy: text };
}

function suppressionAnswer(path: string, method: string, text: string | undefined) {
  const address = decodeURIComponent(path.slice('v1/suppressions/'.length));
  if (method === 'DELETE') return { address, scope: 'account', removed: true };
  const one = { ...suppressionOf(0, text), address };
  return {
    ...{ address, stream: 'transactional', suppressed: true, suppression: one },
    looked_at: [
      { ...one, applies: true, unless: null },
      { ...one, reason: 'manual', scope: 'broadcast', applies: false, unless: 'other-stream' },
    ],
  };
}
