/** Answers of the API for the dashboard's pages of statistics, templates and the audit log, ordinary and hostile. */
import type { Answering } from './dashboard-stub.ts';

const START = Date.parse('2026-11-24T06:00:00Z');
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();

function figuresOf(accepted: number) {
  return {
    ...{ accepted, delivered: accepted - 24, delivered_at_first_attempt: accepted - 100, relayed: 0 },
    ...{ deferred: 40, bounced: 20, bounced_hard: 15, bounced_soft: 5, bounced_after_delivery: 1 },
    ...{ expired: 4, suppressed: 7, complained: 1, unsubscribed: 2, cancelled: 0, opened: 0, clicked: 0 },
    ...{ delivery_rate: 0.98, bounce_rate: 0.016, hard_bounce_rate: 0.012, complaint_rate: 0.0008 },
    ...{ first_attempt_rate: 0.93, time_to_deliver_ms: { p50: 840, p90: 4_000, p99: 62_000 } },
  };
}

const NO_FIGURES = {
  ...figuresOf(24),
  ...{ accepted: 0, delivered_at_first_attempt: 0, deferred: 0, bounced: 0, bounced_hard: 0 },
  ...{ delivery_rate: null, bounce_rate: null, complaint_rate: null, time_to_deliver_ms: null },
};

/** `undefined`: of another page. */
export function workAnswersOf(texts: readonly string[]): Answering {
  return ({ method, path, query, body }) => {
    const ok = (answer: unknown) => ({ status: 200, body: answer });
    const text = texts[0];
    if (path === 'v1/stats') return ok(statsOf(query, texts));
    if (path === 'v1/templates' && method === 'POST')
      return { status: 201, body: { ...templateOf(0), name: (body as { name: string }).name } };
    if (path === 'v1/templates')
      return ok({ data: Array.from({ length: 5 }, (_, index) => templateLineOf(index, texts[index])) });
    if (/^v1\/templates\/[^/]+\/render$/.test(path)) return ok(renderedOf(body, text));
    if (path.startsWith('v1/templates/') && method === 'DELETE')
      return ok({ id: 'tpl_0', name: 'welcome-0', removed: true });
    if (path.startsWith('v1/templates/') && method === 'PUT')
      return ok({ ...templateOf(0), version: 4, latest_version: 4 });
    if (path.startsWith('v1/templates/'))
      return ok({ ...templateOf(0, text), version: Number(query.get('version') ?? '3') });
    if (path === 'v1/audit')
      return ok({
        data: Array.from({ length: 6 }, (_, index) => auditLineOf(index, texts[index])),
        next: null,
      });
    return undefined;
  };
}

function statsOf(query: URLSearchParams, texts: readonly string[]) {
  const by = query.get('by') ?? 'day';
  const group = query.get('group');
  const step = by === 'hour' ? 3_600 : 86_400;
  const names = texts.length > 0 ? texts : ['orders', '=HYPERLINK("https://evil.test")', '(other)'];
  return {
    ...{ account: 'shop', from: at(0), to: at(24 * step), by, group, only: null },
    total: figuresOf(30_000),
    periods: Array.from({ length: 24 }, (_, index) => ({
      at: at(index * step),
      ...(index === 5 ? NO_FIGURES : figuresOf(1_204 + index * 10)),
    })),
    names: group === null ? [] : names.map((name) => ({ name, title: null, ...figuresOf(1_000) })),
    more_names: group === null ? 0 : 3,
  };
}

function templateLineOf(index: number, text?: string) {
  return { id: `tpl_${index}`, name: text ?? `welcome-${index}`, version: 3, created_at: at(index) };
}

export function templateOf(index: number, text?: string) {
  return {
    ...templateLineOf(index, text),
    latest_version: 3,
    subject: text ?? 'Welcome, {{ name }}',
    html: text ?? '<p>Hello {{ name }}</p>',
    text: text ?? 'Hello {{ name }}\n\nYour code is {{ code }}.',
    variables: [
      { name: text ?? 'name', required: true },
      { name: 'code', required: false },
    ],
  };
}

function renderedOf(body: unknown, text: string | undefined) {
  const { variables } = body as { variables: Record<string, unknown> };
  return {
    subject: text ?? `Welcome, ${String(variables['name'])}`,
    html: text ?? `<p>Hello ${String(variables['name'])}</p>`,
    text: text ?? `Hello ${String(variables['name'])}`,
  };
}

const ACTORS = ['api:crd_1', 'operator', 'relay', 'user:usr_1', 'user:usr_2'];

function auditLineOf(index: number, text?: string) {
  return {
    id: `aud_${100 - index}`,
    at: at(-index * 60),
    actor: text ?? ACTORS[index % ACTORS.length],
    credential: index === 0 ? 'crd_1' : null,
    origin: text ?? '192.0.2.7',
    action: text ?? 'suppression add',
    subject: text ?? `gone${index}@recipient.test`,
  };
}
