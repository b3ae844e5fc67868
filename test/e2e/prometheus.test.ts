/**
 * The dashboard and the alert rules of packaging/, in Debian's Prometheus, on the metrics of the real relayd: it loads
 * them, and every query of every panel has an answer.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { findProgram, run } from './support/programs.ts';
import { Prometheus } from './support/prometheus.ts';
import { SENDER_DOMAIN, Stage } from './support/stage.ts';

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const ROOT = path.resolve(import.meta.dirname, '../..');
const RULES = path.join(ROOT, 'packaging/prometheus/postern.rules.yml');
const RULE_TESTS = path.join(ROOT, 'test/fixtures/prometheus/postern.rules.test.yml');
const dashboard = JSON.parse(readFileSync(path.join(ROOT, 'packaging/grafana/postern.json'), 'utf8')) as {
  readonly panels: readonly Panel[];
};
const QUERIES = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => [title, filledIn(expr)] as const),
);
const FROM = `shop@${SENDER_DOMAIN}`;
const WAIT = { timeoutMs: 30_000, everyMs: 200 };

const missing = ['prometheus', 'promtool'].filter(
  (program) => findProgram([program], ['--version']) === undefined,
);
const needs = missing.length === 0 ? '' : ` (needs ${missing.join(' and ')})`;

/** As Grafana does it. */
function filledIn(expression: string): string {
  return expression
    .replaceAll('$__rate_interval', '1m')
    .replaceAll('$job', 'postern')
    .replaceAll('$instance', '.*');
}

it('every alert has its paragraph in docs/on-call.md, and no other has one', () => {
  const rules = readFileSync(RULES, 'utf8');
  const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, alert]) => alert);
  const runbooks = [...rules.matchAll(/runbook: (\S+)/g)].map(([, runbook]) => runbook);
  expect(runbooks).toEqual(alerts.map((alert) => `docs/on-call.md#${alert?.toLowerCase()}`));
  const headings = readFileSync(path.join(ROOT, 'docs/on-call.md'), 'utf8').matchAll(/^### (Postern\w+)$/gm);
  expect([...headings].map(([, alert]) => alert)).toEqual(alerts);
});

it('every alert is shown to fire by a test of promtool', () => {
  const alerts = readFileSync(RULES, 'utf8').matchAll(/- alert: (\w+)/g);
  const fired = readFileSync(RULE_TESTS, 'utf8').matchAll(
    /alertname: (\w+)\n *eval_time: \S+\n *exp_alerts:\n/g,
  );
  expect([...new Set([...fired].map(([, alert]) => alert))].sort()).toEqual(
    [...alerts].map(([, alert]) => alert).sort(),
  );
});

describe.skipIf(missing.length > 0)(`in a real Prometheus${needs}`, () => {
  let stage: Stage;
  let prometheus: Prometheus;

  beforeAll(async () => {
    stage = await Stage.start({
      config: { http: { listen: ['127.0.0.1:0'] }, metrics: { destinations: true } },
    });
    prometheus = await Prometheus.start(new URL(stage.relay.httpUrl).host, RULES);
    // A rate counts from the first sample: what came before that is in none.
    const holds = async (expression: string) =>
      await eventually(async () => (await prometheus.query(expression)).length > 0, WAIT);
    await holds('postern_ready');
    const session = await stage.session();
    for (const to of ['a@recipient.test', 'defer-451-4.7.1@recipient.test'])
      await session.submitForId({ from: FROM, to, content: `From: ${FROM}\r\nTo: ${to}\r\n\r\nHello.\r\n` });
    await session.command('MAIL FROM:<a@elsewhere.example>');
    await session.quit();
    await holds('rate(postern_delivery_seconds_count[1m]) > 0');
    await holds('count_over_time(postern_destination_deferred[1m]) > 1');
  }, 90_000);

  afterAll(async () => {
    await prometheus[Symbol.asyncDispose]();
    await stage[Symbol.asyncDispose]();
  });

  it('the scrape succeeds', async () => {
    const [up] = await prometheus.query('up{job="postern"}');
    expect(up?.value[1]).toBe('1');
  });

  it('the dashboard has panels', () => {
    expect(QUERIES.length).toBeGreaterThan(30);
  });

  it.each(QUERIES)('%s: %s has a number to show', async (_title, expression) => {
    const values = (await prometheus.query(expression)).map(({ value: [, text] }) => text);
    // A quantile of nothing is NaN: an empty panel.
    expect(values.filter((text) => text !== 'NaN')).not.toEqual([]);
  });

  it('all rules are evaluated, and none fires for a relay that is well', async () => {
    await eventually(
      async () => (await prometheus.rules()).every(({ health }) => health !== 'unknown'),
      WAIT,
    );
    const rules = await prometheus.rules();
    expect(rules.length).toBeGreaterThan(15);
    expect(rules.filter(({ health, state }) => health !== 'ok' || state === 'firing')).toEqual([]);
  });

  it('promtool: the rules are good, and fire when they should', async () => {
    const checked = await run('promtool', ['check', 'rules', '--lint-fatal', RULES]);
    expect(checked).toMatchObject({ code: 0, stderr: '' });
    const tested = await run('promtool', ['test', 'rules', RULE_TESTS]);
    expect(tested.stdout + tested.stderr).toContain('SUCCESS');
    expect(tested.code).toBe(0);
  });
});
